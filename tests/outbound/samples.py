"""Contents, words and copies for the tests of messages and channels."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from hypothesis import strategies as st

from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.editions.core.content import ContentItem, EditionContent
from digest.newsdesk.picture import Picture
from digest.outbound.channels.rendering import render_edition
from digest.outbound.messages.message import Copy, Endpoint, ReaderLinks, Words
from digest.outbound.messages.newsroom import ConfirmContent, Newsroom

NEWSROOM = Newsroom(
    name="The Meridian",
    postal_address="1 Example Street, Singapore",
    base_url="https://news.meridian.example",
    from_email="news@meridian.example",
    list_domain="meridian.example",
)

LEAD = ContentItem(
    story=str(UUID(int=1)),
    headline="Beijing and Pyongyang mark 75 years of ties with a promise to work closer",
    url="https://wire.example/ties",
    blurb="Messages between the two leaders speak of a “new chapter”.",
    sources=("KCNA", "Reuters", "Yonhap", "AFP"),
    source_count=11,
    picture=Picture("https://wire.example/flag.jpg", "A flag over a low building", "Lina Sato"),
    first_at="2024-10-05T21:40:00+00:00",
)

EDITION = EditionContent(
    public_id=str(UUID(int=99)),
    kind="newsletter",
    title="Korean peninsula",
    language="en",
    local_date=date(2024, 10, 6),
    slot_at=datetime(2024, 10, 5, 23, tzinfo=UTC),
    time_zone="Asia/Singapore",
    newsletter_slug="korean-peninsula",
    topics=("Korean peninsula relations", "Trade and shipping"),
    items=(
        LEAD,
        replace(
            LEAD,
            story=str(UUID(int=2)),
            headline="Seoul answers the nuclear warning",
            url="https://wire.example/warning",
            is_update=True,
            picture=None,
        ),
        ContentItem(
            story=str(UUID(int=3)),
            headline="What the trade figures say about a guarded friendship",
            url="https://wire.example/trade",
            sources=("38 North",),
            source_count=1,
            agency="Reuters",
        ),
        ContentItem(
            story=str(UUID(int=4)),
            headline="환적 화물 지연, 항만 하루 밀려",
            url="https://wire.example/port",
            sources=("한강신문",),
            source_count=1,
            section="Trade and shipping",
        ),
    ),
)

ALERT = AlertContent(
    public_id=str(UUID(int=77)),
    kind="first",
    headline="Ferry with 212 aboard runs aground",
    url="https://news.meridian.example/s/0000000000000000000001",
    language="en",
    summary="Rescue boats have taken off most passengers.",
    sources=("Harbour Ledger",),
    issued_at="2024-10-06T03:12:00+00:00",
)

CONFIRM_THIS = ConfirmContent("en", ("Morning briefing", "Topic: Trade"), "07:00")

LINKS = ReaderLinks(
    unsubscribe="https://news.meridian.example/unsubscribe/u1.AbC-_9?a=1&b=2",
    preferences="https://news.meridian.example/preferences/p1.XyZ",
    confirm="https://news.meridian.example/confirm/c1.KlM",
)

# Headlines as feeds bring them: every script, marks of every trade, and things that break layouts.
NASTY = st.one_of(
    st.text(max_size=400),
    st.text(alphabet="*_~`# \n\t>-1.)", max_size=60),
    st.text(alphabet="<>&\"'/= ab!-", max_size=40),
    st.text(alphabet="한국어中文日本語ไทยاللغةעברית🇸🇬👩‍👩‍👧‍👦é́ ", max_size=300),
    st.sampled_from(
        [
            "a" * 2000,
            "https://wire.example/" + "path/" * 300,
            "*bold* _it_ ~gone~ `code` *",
            "<script>alert(1)</script>",
            "Bcc: everybody@example.org\r\nX: y",
            "word " * 400,
            "\u202eevil\u202c",
            "👩‍🚀" * 300,
            "{{1}} {{ 7 * 7 }} {% raw %}",
        ]
    ),
)


def edition_of(headlines: list[str], blurbs: list[str] | None = None) -> EditionContent:
    """An edition with these headlines."""
    blurbs = blurbs or [""] * len(headlines)
    items = tuple(
        replace(LEAD, story=str(UUID(int=2**120 + number)), headline=headline, blurb=blurb)
        for number, (headline, blurb) in enumerate(zip(headlines, blurbs, strict=True))
    )
    return replace(EDITION, items=items)


def copy_of(
    key: str = "7-11",
    to: str = "reader@example.org",
    words: Words | None = None,
    links: ReaderLinks = LINKS,
    **endpoint: object,
) -> Copy:
    """One reader's copy, of the sample edition unless told otherwise."""
    words = words or render_edition(EDITION, "email", NEWSROOM)
    return Copy(key, words, Endpoint(to, **endpoint), links)  # type: ignore[arg-type]
