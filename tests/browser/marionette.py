"""A real Firefox, driven over its own wire (Marionette, protocol 3), with a push service of ours.

https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html
"""

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.deadlines import patience, until

NAMES = ("firefox-esr", "firefox")


def firefox() -> str | None:
    """The browser that the environment names, or the system's own."""
    return os.environ.get("FIREFOX") or next(filter(None, map(shutil.which, NAMES)), None)


def preferences(push_port: int) -> dict[str, Any]:
    """Notifications without a question, pushes from loopback, and nothing asked of the world."""
    return {
        "marionette.port": 0,
        "dom.push.serverURL": f"ws://127.0.0.1:{push_port}/",
        "dom.push.testing.allowInsecureServerURL": True,
        "dom.push.connection.enabled": True,
        "dom.push.testing.ignorePermission": True,
        "permissions.default.desktop-notification": 1,
        "alerts.useSystemBackend": False,
        "app.update.enabled": False,
        "browser.safebrowsing.malware.enabled": False,
        "browser.shell.checkDefaultBrowser": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
        "toolkit.telemetry.enabled": False,
        "services.settings.server": "http://127.0.0.1:9/",
    }


class Firefox:
    """One session. Scripts run in the page that is open."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=patience(60))
        self._buffer = b""
        self._number = 0
        self._read()
        self.ask("WebDriver:NewSession", capabilities={})
        seconds = int(patience(40) * 1000)
        self.ask("WebDriver:SetTimeouts", script=seconds, pageLoad=seconds, implicit=0)

    def open(self, url: str) -> None:
        """Go there, and wait until the page is loaded."""
        self.ask("WebDriver:Navigate", url=url)

    def run(self, script: str, *args: Any) -> Any:
        """The value of an async function's body; what it throws is an AssertionError here."""
        wrapped = (
            "const done = arguments[arguments.length - 1], given = [...arguments].slice(0, -1);"
            f"(async (...args) => {{ {script} }})(...given)"
            ".then((value) => done({value}), (error) => done({error: String(error)}));"
        )
        told = self.ask(
            "WebDriver:ExecuteAsyncScript", script=wrapped, args=list(args), newSandbox=False
        )["value"]
        assert "error" not in told, told["error"]
        return told.get("value")

    def press(self, css: str, within: str = "") -> None:
        """A real click, which is a user's act; ``within`` the shadow of another element."""
        wanted: dict[str, Any] = {"using": "css selector", "value": css}
        if within:
            host = self.ask("WebDriver:FindElement", using="css selector", value=within)
            root = self.ask("WebDriver:GetShadowRoot", id=_id(host))
            found = self.ask("WebDriver:FindElementFromShadowRoot", shadowRoot=_id(root), **wanted)
        else:
            found = self.ask("WebDriver:FindElement", **wanted)
        self.ask("WebDriver:ElementClick", id=_id(found))

    def picture(self, path: Path) -> None:
        """What the page looks like."""
        import base64

        told = self.ask("WebDriver:TakeScreenshot", full=True)
        path.write_bytes(base64.b64decode(told["value"]))

    def ask(self, command: str, **parameters: Any) -> Any:
        """One command and its answer."""
        self._number += 1
        packet = json.dumps([0, self._number, command, parameters]).encode()
        self._socket.sendall(f"{len(packet)}:".encode() + packet)
        _, number, error, result = self._read()
        assert number == self._number
        assert error is None, f"{command}: {error}"
        return result

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _read(self) -> Any:
        while b":" not in self._buffer:
            self._buffer += self._more()
        length, _, rest = self._buffer.partition(b":")
        while len(rest) < int(length):
            rest += self._more()
        self._buffer = rest[int(length) :]
        return json.loads(rest[: int(length)])

    def _more(self) -> bytes:
        got = self._socket.recv(65536)
        assert got, "Firefox hung up"
        return got


def _id(answer: Any) -> str:
    return str(next(iter(answer["value"].values())))


@contextmanager
def running(path: str, folder: Path, push_port: int) -> Iterator[Firefox]:
    """Firefox with a profile of its own in ``folder``; it ends with the block."""
    profile = folder / "profile"
    profile.mkdir()
    lines = (
        f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in preferences(push_port).items()
    )
    (profile / "user.js").write_text("\n".join(lines))
    command = [path, "--headless", "--no-remote", "--marionette", "--profile", str(profile)]
    with (folder / "firefox.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            env=os.environ | {"HOME": str(folder), "MOZ_HEADLESS": "1"},
            start_new_session=True,
        )
        active = profile / "MarionetteActivePort"
        try:
            until(
                lambda: active.is_file() and active.read_text().strip(),
                lambda: f"Firefox listens: {(folder / 'firefox.log').read_text()[-2000:]}",
                60,
            )
            driver = Firefox(int(active.read_text()))
            try:
                yield driver
            finally:
                driver.close()
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)
