"""What the doctor says of a network where the newsroom has places: the same questions to each."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from digest.kit.doctor.dns import Ask
from digest.kit.doctor.finding import ERROR, Finding, error, ok, warning
from digest.outbound.channels.answered import asked


@dataclass(frozen=True, slots=True)
class TokenQuestion:
    """The request that tells whether a network knows us; ``told``: it is a POST of that."""

    path: str
    headers: Mapping[str, str]
    told: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class PlaceDoctor:
    """One network. ``names`` are the settings it cannot do without, the last of them the secret.

    ``url`` names the setting of its server; ``otherwise`` is the server where that is empty.
    ``version``, a pattern, is what a server's path must end in; without one it has no path.
    ``who`` gives the name that the network knows us by, out of its answer; empty: it does not.
    """

    label: str
    names: tuple[str, ...]
    url: str
    remedy: str
    question: Callable[[Any], TokenQuestion]
    who: Callable[[dict[str, Any]], str]
    otherwise: str = ""
    version: str = ""

    def check(self, settings: Any, ask: Ask) -> list[Finding]:
        """The settings, and whether the network knows the token. DNS knows nothing of it."""
        found = self.check_settings(settings)
        is_set = all(getattr(settings, name) for name in self.names)
        if not is_set or any(each.state == ERROR for each in found):
            return found
        question = self.question(settings)
        base = (getattr(settings, self.url) or self.otherwise).rstrip("/")
        status, told = asked(
            f"{base}{question.path}",
            question.headers,
            method="GET" if question.told is None else "POST",
            told=question.told,
        )
        return found + self._judged(status, told)

    def check_settings(self, settings: Any) -> list[Finding]:
        """Whether every setting is there, and the server is one that a token may travel to."""
        empty = " and ".join(name for name in self.names if not getattr(settings, name))
        if empty:
            judge = error if settings.DIGEST_PRODUCTION else warning
            words = f"In use, but {empty} is not set: nothing can be posted."
            found = [judge(self.label, words, self.remedy)]
        else:
            found = [ok(self.label, "Its settings are there.")]
        return found + self._of_server(getattr(settings, self.url), settings)

    def _of_server(self, url: str, settings: Any) -> list[Finding]:
        if not url:
            return []
        parts = urlsplit(url)
        if settings.DIGEST_PRODUCTION and parts.scheme != "https":
            words = f"{self.url} is not https: the token would travel in the clear."
            return [error(self.label, words, "Write it with https://.")]
        if not re.fullmatch(self.version, parts.path.rstrip("/")):
            shape = f"end as {self.otherwise} does" if self.version else "name the server alone"
            words = f"{self.url} does not {shape}: every request would miss."
            return [error(self.label, words, f"Mend {self.url} (docs/settings.md).")]
        return []

    def _judged(self, status: int, told: dict[str, Any]) -> list[Finding]:
        """Nothing when it did not answer plainly."""
        secret = self.names[-1]
        if status == 200 and (who := self.who(told)):
            return [ok(self.label, f"It knows the token, as {who}.")]
        if 300 <= status < 400:
            words = f"Its server leads elsewhere ({status}): our token does not follow it there."
            return [error(self.label, words, f"Set {self.url} to where it leads.")]
        # What is no object of theirs says nothing of the token.
        if status in {200, 401, 403} and told:
            words = f"It does not take the token ({status}): nothing can be posted."
            remedy = f"Make a new one and set {secret} (docs/operations.md)."
            return [error(self.label, words, remedy)]
        return []
