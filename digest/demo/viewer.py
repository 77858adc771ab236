"""A local mailbox to look at what was sent, by whatever channel. Development only.

``python -m digest.demo.viewer --home HOME --channels email,whatsapp --port N``
"""

import argparse
import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from digest.management import stand_ins
from digest.management.stand_ins import FoundStandIn
from digest.outbound.channels.stand_in import OpenedMessage
from digest.outbound.messages.environment import TEMPLATES

SHOWN = 300
# Pictures above messages are the outlets' own, as on a phone.
POLICY = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; img-src 'self' data: http: https:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# A message's own page: in a sandbox without scripts, forms or a way out of its frame.
PAGE_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src http: https: data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
_SHOWN = web.AppKey("shown", Mapping[str, FoundStandIn])
_PAGES = web.AppKey("pages", Environment)
_TEMPLATES = TEMPLATES / "mailbox"


def application(shown: Sequence[FoundStandIn]) -> web.Application:
    """The viewer over what the stand-ins took, a page each; the first one's is the front page."""
    app = web.Application()
    app[_SHOWN] = {each.spec.name: each for each in shown}
    app[_PAGES] = Environment(
        loader=FileSystemLoader(_TEMPLATES), undefined=StrictUndefined, autoescape=True
    )
    app.add_routes(
        [
            web.get("/", _front),
            web.get("/viewer.css", _css),
            web.get("/{channel}", _taken),
            web.get("/{channel}/write", _writing),
            web.post("/{channel}/write", _written),
            web.get("/{channel}/{key}", _opened),
            web.get("/{channel}/{key}/html", _html),
        ]
    )
    return app


async def _front(request: web.Request) -> web.Response:
    first = next(iter(request.app[_SHOWN].values()), None)
    if first is None:
        raise web.HTTPNotFound(text="No channel has a stand-in here, so nothing is shown.")
    return _list(request, first)


async def _taken(request: web.Request) -> web.Response:
    return _list(request, _asked(request))


async def _opened(request: web.Request) -> web.Response:
    here = _asked(request)
    opened = _open(request, here)
    wanted = request.query.get("as", "phone" if opened.page else "text")
    view = wanted if wanted in {"phone", "desktop", "text", "source"} else "phone"
    taken = here.stand_in.taken(here.folder, SHOWN)
    return _page(request, "opened.html", here, opened=opened, view=view, taken=taken)


async def _writing(request: web.Request) -> web.Response:
    here = _asked(request)
    if here.stand_in.writes is None:
        raise web.HTTPNotFound(text="Nobody writes to the newsroom there.")
    return _page(request, "write.html", here, taken=here.stand_in.taken(here.folder, SHOWN))


async def _written(request: web.Request) -> web.Response:
    """What a reader says, handed to the stand-in; from a page of ours alone."""
    here, form = _asked(request), await request.post()
    origin = request.headers.get("Origin", "")
    if here.stand_in.writes is None or origin != f"http://{request.host}":
        raise web.HTTPForbidden(text="Only the page beside may write.")
    said, chat = str(form.get("said", "")).strip(), str(form.get("chat", "")).strip()
    if not (said and chat):
        raise web.HTTPBadRequest(text="Say who writes, and what.")
    if not await asyncio.to_thread(here.stand_in.writes, here.folder, chat, said):
        raise web.HTTPBadGateway(text="The stand-in does not answer, or takes no such reader.")
    raise web.HTTPSeeOther(f"/{here.spec.name}")


async def _html(request: web.Request) -> web.Response:
    opened = _open(request, _asked(request))
    headers = {"Content-Security-Policy": PAGE_POLICY, "X-Content-Type-Options": "nosniff"}
    return web.Response(text=opened.page, content_type="text/html", headers=headers)


async def _css(request: web.Request) -> web.FileResponse:
    return web.FileResponse(_TEMPLATES / "viewer.css")


def _asked(request: web.Request) -> FoundStandIn:
    found = request.app[_SHOWN].get(request.match_info["channel"])
    if found is None:
        raise web.HTTPNotFound(text="No such channel has a stand-in here.")
    return found


def _open(request: web.Request, here: FoundStandIn) -> OpenedMessage:
    opens = here.stand_in.opened
    opened = opens(here.folder, request.match_info["key"]) if opens else None
    if opened is None:
        raise web.HTTPNotFound(text="There is no such message here (any more).")
    return opened


def _list(request: web.Request, here: FoundStandIn) -> web.Response:
    taken = here.stand_in.taken(here.folder, SHOWN)
    template = "list.html" if here.stand_in.opened else "wall.html"
    return _page(request, template, here, taken=taken)


def _page(
    request: web.Request, template: str, here: FoundStandIn, **context: object
) -> web.Response:
    context |= {"channels": [each.spec for each in request.app[_SHOWN].values()]}
    context |= {"looks": here.stand_in.looks, "writes": here.stand_in.writes is not None}
    context |= {"here": here.spec, "folder": here.folder / here.stand_in.lies_in[1]}
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
    """Read the command line and serve until interrupted."""
    parser = argparse.ArgumentParser(description="Look at what was sent, locally.")
    parser.add_argument("--home", type=Path, required=True, help="holds each channel's folder")
    parser.add_argument("--channels", required=True, help="their names, with commas between")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8025)
    given = parser.parse_args()
    print(f"Local mailbox on http://{given.host}:{given.port}/", flush=True)
    app = application(stand_ins.shown(given.channels.split(","), given.home))
    web.run_app(app, host=given.host, port=given.port, print=None)


if __name__ == "__main__":
    main()
