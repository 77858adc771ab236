"""The words of a mail: what a reader sees, in both parts."""

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.newsdesk.picture import Picture
from digest.outbound.channels.email.lint import HTML_LIMIT
from digest.outbound.channels.rendering import (
    lint,
    render_alert,
    render_confirmation,
    render_edition,
)
from digest.outbound.messages.message import CONFIRM, PREFERENCES, UNSUBSCRIBE, content_hash
from tests.outbound.samples import ALERT, CONFIRM_THIS, EDITION, LEAD, NASTY, NEWSROOM, edition_of


class Seen(HTMLParser):
    """What a page shows and holds."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._hidden += tag in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text += data

    def links(self) -> list[str]:
        return [given["href"] for tag, given in self.tags if tag == "a"]


def test_no_line_break_of_a_template_ends_up_in_an_attribute() -> None:
    """mrml writes one as a backslash and an n, and the style after it is lost."""
    made = [render_edition(EDITION, "email", NEWSROOM), render_alert(ALERT, "email", NEWSROOM)]
    made.append(render_confirmation(CONFIRM_THIS, "email", NEWSROOM))
    for words in made:
        given = [value for _, attrs in Seen(words.fields["html"]).tags for value in attrs.values()]
        assert len(given) > 50
        assert [value for value in given if "\\" in value or "\n" in value] == []


def test_both_parts_carry_every_headline_source_and_link() -> None:
    fields = render_edition(EDITION, "email", NEWSROOM).fields
    seen = Seen(fields["html"])
    for item in EDITION.items:
        assert item.headline in seen.text
        assert item.url in seen.links()
        assert item.url in fields["text"]
        for source in item.sources[:4]:
            assert source in seen.text
            assert source in fields["text"]
    assert "11 sources since 05:40 · first: KCNA · also Reuters, Yonhap and AFP" in seen.text
    assert "38 North · Source: Reuters" in seen.text
    assert "Photo: Lina Sato" in seen.text
    assert "Trade and shipping" in seen.text
    assert "Update" in seen.text
    assert "Sunday 6 October, 07:00" in seen.text
    assert fields["subject"] == LEAD.headline
    assert NEWSROOM.postal_address in seen.text
    assert NEWSROOM.postal_address in fields["text"]


@pytest.mark.parametrize("kind", ["newsletter", "personal"])
def test_each_part_holds_each_reader_link_once(kind: str) -> None:
    fields = render_edition(replace(EDITION, kind=kind), "email", NEWSROOM).fields
    for part in ("text", "html"):
        assert fields[part].count(UNSUBSCRIBE) == 1
        # A personal digest leads there from each item too: no more about this.
        more = len(EDITION.items) if kind == "personal" and part == "html" else 0
        assert fields[part].count(PREFERENCES) == 1 + more
        assert CONFIRM not in fields[part]


def test_a_personal_digest_says_which_topics_it_is_for() -> None:
    fields = render_edition(replace(EDITION, kind="personal"), "email", NEWSROOM).fields
    seen = Seen(fields["html"]).text
    assert "Korean peninsula relations and Trade and shipping, at 07:00, Singapore time" in seen


def test_the_editors_wording_for_mail_wins() -> None:
    item = replace(LEAD, wordings={"email": {"headline": "As the editor wrote it"}})
    fields = render_edition(replace(EDITION, items=(item,)), "email", NEWSROOM).fields
    assert "As the editor wrote it" in fields["html"]
    assert LEAD.headline not in fields["html"]


def test_a_lead_in_a_topic_is_followed_by_more_on_it() -> None:
    items = tuple(replace(item, section="Trade") for item in EDITION.items)
    seen = Seen(render_edition(replace(EDITION, items=items), "email", NEWSROOM).fields["html"])
    assert "More on Trade" in seen.text


def test_dark_mode_and_phones_survive_the_compiler() -> None:
    html = render_edition(EDITION, "email", NEWSROOM).fields["html"]
    assert '<meta name="color-scheme" content="light dark"' in html
    assert "@media (prefers-color-scheme: dark)" in html
    assert "[data-ogsc] .ink" in html
    assert "@media only screen and (max-width: 479px)" in html
    # Gmail drops a whole style element for a selector it does not know.
    styles = [part.partition("</style>")[0] for part in html.split("<style")[1:]]
    assert not any("data-ogsc" in style and "prefers-color" in style for style in styles)


def test_outlook_gets_tables() -> None:
    html = render_edition(EDITION, "email", NEWSROOM).fields["html"]
    assert "<!--[if mso | IE]><table" in html


def test_a_long_edition_stays_under_gmails_limit() -> None:
    blurb = "A sentence of the usual length that says what happened and why it matters to you. "
    content = edition_of([f"Headline {number} of many" for number in range(25)], [blurb * 3] * 25)
    assert len(render_edition(content, "email", NEWSROOM).fields["html"].encode()) < HTML_LIMIT


@settings(max_examples=40)
@given(st.lists(NASTY, min_size=1, max_size=4), NASTY)
def test_hostile_headlines_stay_words(headlines: list[str], blurb: str) -> None:
    content = edition_of(headlines, [blurb] * len(headlines))
    words = render_edition(content, "email", NEWSROOM)
    seen = Seen(words.fields["html"])
    assert not {tag for tag, _ in seen.tags} & {"script", "iframe", "form"}
    assert all(link.startswith("https://") for link in seen.links())
    assert "\n" not in words.fields["subject"]
    assert len(words.fields["subject"]) <= 150
    assert words.fields["text"].count(UNSUBSCRIBE) == 1


def test_markup_in_a_headline_is_shown_not_obeyed() -> None:
    html = render_edition(edition_of(["<script>x</script> & <b>"]), "email", NEWSROOM).fields[
        "html"
    ]
    assert "&lt;script&gt;x&lt;/script&gt; &amp; &lt;b&gt;" in html


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:image/png;base64,xx", "x\r\ny"])
def test_a_hostile_address_becomes_our_own_link_or_nothing(url: str) -> None:
    item = replace(LEAD, url=url, picture=Picture(url, "alt", "credit"))
    fields = render_edition(replace(EDITION, items=(item,)), "email", NEWSROOM).fields
    seen = Seen(fields["html"])
    assert "https://news.meridian.example/s/0000000000000000000001" in seen.links()
    assert not [tag for tag, _ in seen.tags if tag == "img"]


def test_a_picture_always_has_words() -> None:
    item = replace(LEAD, picture=Picture("https://a.example/x.jpg"))
    seen = Seen(render_edition(replace(EDITION, items=(item,)), "email", NEWSROOM).fields["html"])
    assert [given["alt"] for tag, given in seen.tags if tag == "img"] == [LEAD.headline]


def test_a_right_to_left_language_turns_the_page() -> None:
    html = render_edition(replace(EDITION, language="ar"), "email", NEWSROOM).fields["html"]
    assert 'dir="rtl"' in html
    assert "text-align:right" in html


@pytest.mark.parametrize(
    ("kind", "label"),
    [("first", "Breaking"), ("correction", "Correction"), ("withdrawal", "Withdrawn")],
)
def test_an_alert_says_at_once_what_it_is(kind: str, label: str) -> None:
    fields = render_alert(replace(ALERT, kind=kind), "email", NEWSROOM).fields
    assert fields["subject"] == f"{label}: {ALERT.headline}"
    assert label.upper() in fields["text"]
    assert ALERT.url in Seen(fields["html"]).links()
    assert ALERT.summary in fields["html"]
    assert fields["html"].count(UNSUBSCRIBE) == 1


def test_a_confirmation_asks_and_belongs_to_no_list() -> None:
    fields = render_confirmation(CONFIRM_THIS, "email", NEWSROOM).fields
    assert fields["list_id"] == ""
    assert CONFIRM in fields["text"]
    assert CONFIRM in Seen(fields["html"]).links()
    assert UNSUBSCRIBE not in fields["html"] + fields["text"]
    assert "Morning briefing" in fields["html"]


def test_the_same_content_gives_the_same_words_and_another_gives_others() -> None:
    first = render_edition(EDITION, "email", NEWSROOM)
    again = render_edition(EDITION, "email", NEWSROOM)
    other = render_edition(replace(EDITION, title="Another"), "email", NEWSROOM)
    assert content_hash(first) == content_hash(again) != content_hash(other)
    assert first.template_version == other.template_version


def test_the_linter_is_content_with_a_good_edition() -> None:
    words = render_edition(EDITION, "email", NEWSROOM)
    assert not [each for each in lint(words, EDITION) if each.grave]


def test_the_linter_finds_what_is_missing() -> None:
    item = replace(LEAD, sources=(), picture=Picture("https://a.example/x.jpg"))
    content = replace(EDITION, items=(item, item))
    words = render_edition(content, "email", NEWSROOM)
    broken = replace(
        words,
        fields=words.fields
        | {"html": "<a href='javascript:x'>x</a><img src='https://a.example/x'>" + "x" * 90_000},
    )
    said = " ".join(each.text for each in lint(broken, content) if each.grave)
    for expected in (
        "Gmail hides",
        "leads nowhere",
        "no words for those",
        "unsubscribe",
        "no credit",
        "no source",
    ):
        assert expected in said


@pytest.mark.parametrize(
    ("had", "said"),
    [
        ("2024-10-06T00:10:00+00:00", "Since this morning: All 214 were taken off."),
        ("2024-10-06T05:10:00+00:00", "Since 13:10: All 214 were taken off."),
        ("2024-10-05T09:00:00+00:00", "Since yesterday: All 214 were taken off."),
        ("2024-10-02T09:00:00+00:00", "Since 2 Oct: All 214 were taken off."),
    ],
)
def test_a_story_the_reader_had_says_what_moved_since_then(had: str, said: str) -> None:
    item = replace(
        LEAD, is_update=True, news="All 214 were taken off.", news_since=had,
        blurb="All 214 were taken off. Tugs bring the ship in.",
    )  # fmt: skip
    evening = replace(EDITION, items=(item, item), slot_at=datetime(2024, 10, 6, 10, tzinfo=UTC))
    fields = render_edition(evening, "email", NEWSROOM).fields
    assert said in fields["html"]
    assert said in fields["text"]
    assert fields["html"].count("All 214") == 2


def test_a_headline_that_says_it_already_is_not_said_again() -> None:
    item = replace(LEAD, news=LEAD.headline, news_since="2024-10-05T09:00:00+00:00")
    html = render_edition(replace(EDITION, items=(item,)), "email", NEWSROOM).fields["html"]
    assert "Since yesterday" not in html


def test_a_place_is_named_in_the_readers_own_words() -> None:
    content = replace(EDITION, kind="personal", language="ar", time_zone="Asia/Kolkata")
    seen = Seen(render_edition(content, "email", NEWSROOM).fields["html"]).text
    assert "time" not in seen.partition("The Meridian")[2].lower().replace("maritime", "")
    assert "بتوقيت" in seen


def test_a_picture_stands_beside_each_item_that_has_one_with_its_own_credit() -> None:
    afp = replace(
        LEAD, headline="Second", picture=Picture("https://b.example/2.jpg", "Two at a table", "AFP")
    )
    bare = replace(LEAD, headline="Third", picture=None)
    html = render_edition(
        replace(EDITION, items=(LEAD, afp, bare, replace(bare, headline="Fourth"))),
        "email",
        NEWSROOM,
    ).fields["html"]
    second, third = html.index(">Second<"), html.index(">Third<")
    assert html.count("<img") == 2
    assert second < html.index("Photo: AFP") < html.index("https://b.example/2.jpg") < third
    assert 'alt="Two at a table"' in html
    assert html.count("Photo: AFP") == html.count("Photo: Lina Sato") == 1
    assert html.count('colspan="2"') == 2, "words take the whole width where there is no picture"
