"""Whatever a feed says, nothing in an article can break a page, a header, a CSV or a log line."""

import unicodedata
from datetime import UTC, datetime
from html import escape

from hypothesis import example, given
from hypothesis import strategies as st

from digest.intake.articles.core.prepare import Origin, prepare
from digest.intake.feeds.formats.incremental import NewEntries, read
from tests.fakes.feeds import item, rss

URL = "https://harbour.example/rss"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOSTILE = st.text(
    st.sampled_from(
        "a \r\n\t\x0b\x1b\x85\u2028\u202e\u2066\u200f\ufeff\u200b&<>\"'=@+-,;:%\\/\U000e0041"
    ),
    max_size=40,
)
SPELT = HOSTILE | HOSTILE.map(lambda words: "".join(f"&#{ord(c)};" for c in words))


def harmless(value: str, *, lines: bool = False) -> bool:
    return all(
        (char == "\n" and lines) or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        for char in value
    )


@example("x&#13;&#10;Bcc: all@example.org", "&#8238;", "&#x1b;[2J", "\u2028")
@given(SPELT, SPELT, SPELT, SPELT)
def test_no_control_character_of_a_feed_reaches_an_article(
    title: str, author: str, category: str, credit: str
) -> None:
    extra = (
        f"<dc:creator>{escape(author)}</dc:creator><category>{escape(category)}</category>"
        f"<source url='https://x.example/'>{escape(author)}</source>"
        f"<description>{escape(title)}&lt;p&gt;{escape(credit)}</description>"
        f"<media:content url='https://x.example/a.jpg' medium='image'>"
        f"<media:credit>{escape(credit)}</media:credit></media:content>"
    )
    found = read(rss(item(1, title=title, extra=extra)), {}, URL)
    assert isinstance(found, NewEntries)
    about = found.parsed.about
    assert harmless(about.title + about.site_url + about.language + about.hub_url)
    for made in prepare(found.parsed.entries, Origin(URL, author, "en"), NOW):
        lines = (
            made.title, made.author, made.source, made.agency, made.language, made.url,
            made.entry_url, made.image_url, made.image_alt, made.image_credit, *made.categories,
        )  # fmt: skip
        assert all(map(harmless, lines)), lines
        assert harmless(made.text, lines=True)
        assert harmless(made.summary, lines=True)
