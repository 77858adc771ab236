"""Our templates at Meta: listed, handed in, and handed in again after a refusal.

Business Management API, ``/{account}/message_templates`` and ``/{template}``:
https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates
"""

import json
from typing import Any

import aiohttp

from digest.outbound.channels.answered import whole
from digest.outbound.channels.base import Unreachable
from digest.outbound.channels.provider_templates import (
    FoundTemplate,
    OwnTemplate,
    TemplatesRefused,
)
from digest.outbound.channels.report import mapping, text
from digest.outbound.channels.whatsapp import button
from digest.outbound.channels.whatsapp.pictures.upload import uploaded

_FIELDS = "id,name,language,status,category,rejected_reason,quality_score,components"
_PATIENCE = 20.0
# A hundred with all their words, in scripts that JSON writes in six characters each.
_LARGEST_ANSWER = 8 * 1024 * 1024
# Of a hundred each; an account holds 250 names unless Meta allows more.
_MOST_PAGES = 60


class TemplateAccount:
    """One WhatsApp Business Account; used as a context that holds its connection."""

    def __init__(self, url: str, account: str, token: str, app: str = "") -> None:
        self._url, self._account, self._token = url.rstrip("/"), account, token
        self._app = app

    async def __aenter__(self) -> "TemplateAccount":
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=_PATIENCE),
            headers={"Authorization": f"Bearer {self._token}"},
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._session.close()

    async def all(self) -> tuple[FoundTemplate, ...]:
        """Every template of the account, page by page."""
        found: list[FoundTemplate] = []
        query = {"fields": _FIELDS, "limit": "100"}
        for _ in range(_MOST_PAGES):
            page = await self._ask("GET", f"{self._account}/message_templates", params=query)
            rows = page.get("data")
            found += [_found(row) for row in rows if isinstance(row, dict)] if isinstance(
                rows, list
            ) else []  # fmt: skip
            paging = mapping(page.get("paging"))
            after = text(mapping(paging.get("cursors")).get("after"))
            if not paging.get("next") or not after:
                break
            query["after"] = after
        return tuple(found)

    async def hand_in(self, own: OwnTemplate, provider_id: str = "") -> FoundTemplate:
        """Create it; edit the one that is there, which sends it to review again.

        A sample of its picture is handed to the app before.
        """
        handle = ""
        if own.picture is not None:
            handle = await uploaded(own.picture, self._app, self._token, self._ask)
        components = as_components(own, handle)
        address = button.in_components(components)
        if provider_id:
            told: dict[str, Any] = {"category": own.category, "components": components}
            await self._ask("POST", provider_id, json=told)
            return FoundTemplate(
                own.name, own.language, provider_id, "PENDING", own.category, button=address
            )
        told = {
            "name": own.name,
            "language": own.language,
            "category": own.category,
            "components": components,
        }
        made = await self._ask("POST", f"{self._account}/message_templates", json=told)
        return FoundTemplate(
            own.name,
            own.language,
            text(made.get("id")),
            text(made.get("status")) or "PENDING",
            text(made.get("category")) or own.category,
            button=address,
        )

    async def _ask(self, method: str, path: str, **how: Any) -> dict[str, Any]:
        url = f"{self._url}/{path}"
        try:
            async with self._session.request(method, url, allow_redirects=False, **how) as answer:
                raw, status = await whole(answer.content, _LARGEST_ANSWER), answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(f"Meta does not answer: {type(error).__name__}") from None
        try:
            body = mapping(json.loads(raw))
        except ValueError:
            body = {}
        if status != 200:
            raise _refused(status, mapping(body.get("error")))
        return body


def as_components(own: OwnTemplate, handle: str = "") -> list[dict[str, Any]]:
    """What a template is made of, with examples for Meta's review; ``handle`` is that of the sample
    of its picture. Its reference:

    https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components
    """
    components: list[dict[str, Any]] = [
        {"type": "BODY", "text": own.body, "example": {"body_text": [list(own.samples)]}}
    ]
    if own.picture is not None:
        sample = {"header_handle": [handle]}
        components.insert(0, {"type": "HEADER", "format": "IMAGE", "example": sample})
    if own.button is not None:
        link = {
            "type": "URL",
            "text": own.button.label,
            "url": own.button.address,
            "example": [own.button.example],
        }
        components.append({"type": "BUTTONS", "buttons": [link]})
    return components


def _refused(status: int, error: dict[str, Any]) -> TemplatesRefused:
    """In Meta's words for people where it has some."""
    code = error.get("code")
    said = text(error.get("error_user_msg")) or text(
        mapping(error.get("error_data")).get("details")
    )
    words = said or text(error.get("message")) or "no reason given"
    subcode = error.get("error_subcode")
    number = f"{code}" if not isinstance(subcode, int) else f"{code}/{subcode}"
    return TemplatesRefused(f"{number if code is not None else status} {words}"[:500], status)


def _found(row: dict[str, Any]) -> FoundTemplate:
    return FoundTemplate(
        name=text(row.get("name"))[:100],
        language=text(row.get("language"))[:20],
        provider_id=text(row.get("id"))[:60],
        status=text(row.get("status")),
        category=text(row.get("category")),
        reason=text(row.get("rejected_reason")),
        quality=text(mapping(row.get("quality_score")).get("score")),
        button=button.in_components(row["components"]) if "components" in row else None,
    )
