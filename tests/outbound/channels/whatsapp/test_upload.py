"""The sample of a template's picture: handed in by Meta's Resumable Upload API, or refused."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from digest.outbound.channels.provider_templates import TemplatesRefused
from digest.outbound.channels.whatsapp import slots
from digest.outbound.channels.whatsapp.account import TemplateAccount, as_components
from digest.outbound.channels.whatsapp.own_templates import on_site
from digest.outbound.channels.whatsapp.stand_in.account import ACCOUNT_ID, TemplateStore
from digest.outbound.channels.whatsapp.stand_in.shapes import Fault
from digest.outbound.channels.whatsapp.stand_in.uploads import APP_ID
from tests.fakes.whatsapp import TOKEN, CloudApi, serve

SITE = "https://news.example/"
OWN = next(each for each in on_site(SITE) if each.key == "alert_picture:en")
SAMPLE = slots.samples_of_pictures()["alert_picture"].read_bytes()
LENGTH = str(len(SAMPLE))
TOLD = {"file_name": "a.png", "file_length": LENGTH, "file_type": "image/png"}
BYTES = {"Authorization": f"OAuth {TOKEN}", "file_offset": "0"}


def handed_in(api: CloudApi, app: str = APP_ID, **changes: Any) -> Any:
    async def run() -> Any:
        runner = await serve(api)
        try:
            async with TemplateAccount(api.url, ACCOUNT_ID, TOKEN, app) as account:
                return await account.hand_in(replace(OWN, **changes))
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def test_a_sample_is_uploaded_and_named_by_its_handle() -> None:
    api = CloudApi(templates=TemplateStore())
    assert handed_in(api).status == "PENDING"
    kept = api.templates.kept["alert_picture", "en"]
    (header,) = (each for each in kept.components if each["type"] == "HEADER")
    (handle,) = header["example"]["header_handle"]
    assert header["format"] == "IMAGE" and api.templates.handles == {handle: "image/png"}
    assert api.uploads.open == {}


def test_a_refusal_says_so_in_metas_words(tmp_path: Path) -> None:
    api = CloudApi(templates=TemplateStore())
    with pytest.raises(TemplatesRefused, match=r"100/33 .*does not exist"):
        handed_in(api, "12345")
    fake = tmp_path / "fake.png"
    fake.write_bytes(b"GIF89a no png at all")
    with pytest.raises(TemplatesRefused, match="no image/png"):
        handed_in(api, picture=fake)
    assert api.templates.kept == {}


def asked(told: dict[str, Any], headers: dict[str, str], data: bytes, **more: Any) -> int:
    """The code of the first refusal of an upload; 0 where a handle came back."""

    async def run() -> int:
        api = CloudApi()
        runner = await serve(api)
        bearer = {"Authorization": more.get("bearer", f"Bearer {TOKEN}")}
        try:
            async with aiohttp.ClientSession() as session:
                url = f"{api.url}/{more.get('app', APP_ID)}/uploads"
                async with session.post(url, params=told, headers=bearer) as answer:
                    body = await answer.json()
                if answer.status != 200:
                    return int(body["error"]["code"])
                url = f"{api.url}/{more.get('session', body['id'])}"
                for _ in range(more.get("times", 1)):
                    async with session.post(url, data=data, headers=headers) as answer:
                        body = await answer.json()
                return 0 if body.get("h") else int(body["error"]["code"])
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def test_what_is_right_gets_a_handle() -> None:
    assert asked(TOLD, BYTES, SAMPLE) == 0


@pytest.mark.parametrize(
    ("fault", "told", "headers", "data", "more", "code"),
    [
        ("another app", TOLD, BYTES, SAMPLE, {"app": "1"}, 100),
        ("no token", TOLD, BYTES, SAMPLE, {"bearer": ""}, 190),
        ("no name", TOLD | {"file_name": ""}, BYTES, SAMPLE, {}, 100),
        ("no length", TOLD | {"file_length": ""}, BYTES, SAMPLE, {}, 100),
        ("a length in words", TOLD | {"file_length": "many"}, BYTES, SAMPLE, {}, 100),
        ("nothing at all", TOLD | {"file_length": "0"}, BYTES, b"", {}, 100),
        ("over 5 MB", TOLD | {"file_length": "5242881"}, BYTES, SAMPLE, {}, 100),
        ("a kind that is none", TOLD | {"file_type": "image/webp"}, BYTES, SAMPLE, {}, 100),
        ("the bearer's word", TOLD, BYTES | {"Authorization": f"Bearer {TOKEN}"}, SAMPLE, {}, 190),
        ("another token", TOLD, BYTES | {"Authorization": "OAuth x"}, SAMPLE, {}, 190),
        ("no offset", TOLD, {"Authorization": f"OAuth {TOKEN}"}, SAMPLE, {}, 100),
        ("an offset in the middle", TOLD, BYTES | {"file_offset": "7"}, SAMPLE, {}, 100),
        ("half of it", TOLD, BYTES, SAMPLE[:100], {}, 100),
        ("other bytes than told", TOLD, BYTES, b"x" * len(SAMPLE), {}, 100),
        ("a session that never was", TOLD, BYTES, SAMPLE, {"session": "upload:x"}, 100),
        ("the same session twice", TOLD, BYTES, SAMPLE, {"times": 2}, 100),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_stand_in_refuses_uploads_that_meta_refuses(
    fault: str, told: Any, headers: Any, data: bytes, more: Any, code: int
) -> None:
    assert asked(told, headers, data, **more) == code


BODY, BUTTONS = as_components(OWN, "h")[1:]


@pytest.mark.parametrize(
    "header",
    [
        {"format": "IMAGE"},
        {"format": "IMAGE", "example": {"header_handle": []}},
        {"format": "IMAGE", "example": {"header_handle": ["known", "known"]}},
        {"format": "IMAGE", "example": {"header_handle": "known"}},
        {"format": "IMAGE", "example": {"header_handle": ["unheard of"]}},
        {"format": "IMAGE", "example": {"header_handle": ["a film"]}},
        {"format": "IMAGE", "example": {"header_url": ["https://a.example/a.png"]}},
        {"format": "PICTURE", "example": {"header_handle": ["known"]}},
        {"format": "IMAGE", "text": "x", "example": {"header_handle": ["known"]}},
        {"format": "IMAGE", "link": "https://a.example/a.png"},
    ],
)
def test_a_template_without_a_sample_of_its_picture_is_refused(header: dict[str, Any]) -> None:
    store = TemplateStore(handles={"known": "image/png", "a film": "video/mp4"})
    told = {"name": "x", "language": "en", "category": "MARKETING"}
    with pytest.raises(Fault):
        store.create(told | {"components": [{"type": "HEADER"} | header, BODY, BUTTONS]})
    good = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["known"]}}
    assert store.create(told | {"components": [good, BODY, BUTTONS]})["status"] == "PENDING"
