"""A local mailbox to look at what was sent: mails and WhatsApp messages. Development only.

``python -m digest.demo.viewer --folder F --whatsapp F2 --port N``
"""

import argparse
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from digest.demo import reading
from digest.outbound.channels.whatsapp.marks import spoken
from digest.outbound.messages.environment import TEMPLATES

POLICY = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; img-src 'self' data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
# The mail's own page: in a sandbox without scripts, forms or a way out of its frame.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src http: https: data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
_FOLDER = web.AppKey("folder", Path)
_WHATSAPP = web.AppKey("whatsapp", Path)
_PAGES = web.AppKey("pages", Environment)
_TEMPLATES = TEMPLATES / "mailbox"


def application(folder: Path, whatsapp_folder: Path | None = None) -> web.Application:
    """The viewer over a maildir-like ``folder`` and a folder of JSON lines."""
    app = web.Application()
    app[_FOLDER] = folder
    app[_WHATSAPP] = whatsapp_folder or folder / "no-whatsapp"
    app[_PAGES] = Environment(
        loader=FileSystemLoader(_TEMPLATES), undefined=StrictUndefined, autoescape=True
    )
    app[_PAGES].filters["spoken"] = spoken
    app.add_routes(
        [
            web.get("/", _list),
            web.get("/whatsapp", _whatsapp),
            web.get("/mail/{name}", _mail),
            web.get("/mail/{name}/html", _html),
            web.get("/viewer.css", _css),
        ]
    )
    return app


def serve(
    folder: Path, whatsapp_folder: Path | None = None, host: str = "127.0.0.1", port: int = 8025
) -> None:
    """Serve the viewer until interrupted."""
    web.run_app(application(folder, whatsapp_folder), host=host, port=port, print=None)


async def _list(request: web.Request) -> web.Response:
    total, envelopes = reading.mails(request.app[_FOLDER])
    return _page(request, "list.html", total=total, envelopes=envelopes, here="mail")


async def _whatsapp(request: web.Request) -> web.Response:
    found = reading.bubbles(request.app[_WHATSAPP])
    return _page(request, "whatsapp.html", bubbles=found, here="whatsapp")


async def _mail(request: web.Request) -> web.Response:
    opened = _opened(request)
    wanted = request.query.get("as", "phone" if opened.html else "text")
    shown = wanted if wanted in {"phone", "desktop", "text", "source"} else "phone"
    total, envelopes = reading.mails(request.app[_FOLDER])
    return _page(
        request,
        "mail.html",
        mail=opened,
        shown=shown,
        total=total,
        envelopes=envelopes,
        here="mail",
    )


async def _html(request: web.Request) -> web.Response:
    opened = _opened(request)
    headers = {"Content-Security-Policy": MAIL_POLICY, "X-Content-Type-Options": "nosniff"}
    return web.Response(text=opened.html, content_type="text/html", headers=headers)


async def _css(request: web.Request) -> web.FileResponse:
    return web.FileResponse(_TEMPLATES / "viewer.css")


def _opened(request: web.Request) -> reading.Mail:
    opened = reading.mail(request.app[_FOLDER], request.match_info["name"])
    if opened is None:
        raise web.HTTPNotFound(text="There is no such mail here (any more).")
    return opened


def _page(request: web.Request, template: str, **context: object) -> web.Response:
    context |= {"folder": request.app[_FOLDER], "whatsapp_folder": request.app[_WHATSAPP]}
    return web.Response(
        text=request.app[_PAGES].get_template(template).render(**context),
        content_type="text/html",
        headers={
            "Content-Security-Policy": POLICY,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        },
    )


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description="Look at what was sent, locally.")
    parser.add_argument("--folder", type=Path, required=True, help="holds new/*.eml")
    parser.add_argument("--whatsapp", type=Path, default=None, help="holds *.jsonl")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8025)
    given = parser.parse_args()
    print(f"Local mailbox on http://{given.host}:{given.port}/", flush=True)
    serve(given.folder, given.whatsapp, given.host, given.port)


if __name__ == "__main__":
    main()
