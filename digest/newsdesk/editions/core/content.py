"""What an edition says, as a value: made by publish, frozen in the database, read by messages."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from digest.newsdesk.picture import Picture, from_plain


@dataclass(frozen=True, slots=True)
class Sponsor:
    """Words that somebody pays for; a picture comes with what it shows."""

    name: str
    text: str
    url: str
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class ContentItem:
    """One story as the reader meets it. ``wordings`` overrides headline and blurb by channel.

    ``language`` is that of the words, as far as it is known. ``news`` is what moved since its
    readers last had it, at the moment ``news_since`` (ISO 8601); both empty for what is new.
    """

    story: str
    headline: str
    url: str
    blurb: str = ""
    sources: tuple[str, ...] = ()
    source_count: int = 0
    agency: str = ""
    section: str = ""
    is_update: bool = False
    language: str = ""
    news: str = ""
    news_since: str = ""
    picture: Picture | None = None
    first_at: str = ""
    wordings: dict[str, dict[str, str]] = field(default_factory=dict)

    def headline_on(self, channel: str) -> str:
        """The editor's headline for ``channel``, or the common one."""
        return self.wordings.get(channel, {}).get("headline") or self.headline

    def blurb_on(self, channel: str) -> str:
        """The editor's blurb for ``channel``, or the common one."""
        return self.wordings.get(channel, {}).get("blurb") or self.blurb


@dataclass(frozen=True, slots=True)
class EditionContent:
    """A published edition: title, date, and items in order. ``kind`` newsletter or personal.

    ``sender_name``, ``reply_to`` and ``theme`` are the newsletter's own, for mails; empty: the
    newsroom's. ``sponsor``: whose words it carries beside its items.
    """

    public_id: str
    kind: str
    title: str
    language: str
    local_date: date
    slot_at: datetime
    time_zone: str
    items: tuple[ContentItem, ...]
    intro: str = ""
    newsletter_slug: str = ""
    topics: tuple[str, ...] = ()
    revision: int = 1
    sender_name: str = ""
    reply_to: str = ""
    theme: str = ""
    sponsor: Sponsor | None = None

    def to_document(self) -> dict[str, Any]:
        """The content as JSON-ready values."""
        # Without asdict, which copies every value: thousands an hour are made.
        plain: dict[str, Any] = {name: getattr(self, name) for name in _NAMES}
        plain["items"] = tuple(asdict(each) for each in self.items)
        plain["sponsor"] = asdict(self.sponsor) if self.sponsor else None
        plain["local_date"] = self.local_date.isoformat()
        plain["slot_at"] = self.slot_at.isoformat()
        return plain

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "EditionContent":
        """The content that :meth:`to_document` wrote."""
        items = tuple(_item(each) for each in document["items"])
        return cls(
            **{
                **document,
                "items": items,
                "topics": tuple(document["topics"]),
                "sponsor": _sponsor(document.get("sponsor")),
                "local_date": date.fromisoformat(document["local_date"]),
                "slot_at": datetime.fromisoformat(document["slot_at"]),
            }
        )


_NAMES = tuple(EditionContent.__dataclass_fields__)


def document(content: EditionContent, items: Sequence[str], public_id: str = "") -> str:
    """As :meth:`EditionContent.to_document` in JSON, of items that are JSON already.

    ``content`` comes without any. What many editions carry is so turned into JSON once.
    """
    plain = replace(content, items=(), public_id=public_id).to_document()
    del plain["items"]
    return f'{{"items": [{", ".join(items)}], {json.dumps(plain)[1:]}'


def _sponsor(plain: dict[str, Any] | None) -> Sponsor | None:
    if not plain:
        return None
    return Sponsor(**{**plain, "picture": from_plain(plain.get("picture"))})


def _item(plain: dict[str, Any]) -> ContentItem:
    return ContentItem(
        **{
            **plain,
            "sources": tuple(plain["sources"]),
            "picture": from_plain(plain.get("picture")),
        }
    )
