"""The sample newsroom: enough of it, well-formed, invented, and dated from the day it runs."""

import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message

import feedparser
import pytest

from digest.demo.feeds import SampleServer, build_feeds, feed_urls, serve
from digest.demo.newsroom import articles, events, newsletters, outlet, outlets, readers, topics
from digest.newsdesk.topics.query.aliases import expand, parse_aliases
from digest.newsdesk.topics.query.analysis import ArticleText
from digest.newsdesk.topics.query.match import Matcher
from digest.newsdesk.topics.query.parse import parse
from digest.newsdesk.topics.tag import THRESHOLD
from digest.newsdesk.topics.teaching.sample_set import sample_aliases
from digest.outbound.channels import registry

NOW = datetime(2031, 3, 9, 6, 31, tzinfo=UTC)
BASE = "http://127.0.0.1:8010"
REAL_NAMES = re.compile(
    r"\b(Reuters|AFP|Agence France|Associated Press|Yonhap|KCNA|Rodong|Xinhua|Kyodo|Bloomberg|"
    r"BBC|CNN|TASS|dpa|EFE|ANSA|NK News|38 North|Straits Times|Nikkei|Jiji|Al Jazeera|"
    r"Samsung|Hynix|ASML|TSMC|Nvidia|OpenAI|Google|Micron|Maersk|Evergreen|Infineon)\b"
    r"|연합뉴스|조선중앙통신|노동신문|삼성|하이닉스|新华社|新华网|人民日报|朝中社|韩联社|路透|共同社"
)


@pytest.fixture(scope="module")
def documents() -> dict[str, tuple[str, bytes]]:
    return build_feeds(NOW, BASE)


@pytest.fixture(scope="module")
def server() -> Iterator[SampleServer]:
    with serve(now=NOW) as running:
        yield running


def parsed(documents: dict[str, tuple[str, bytes]], path: str) -> feedparser.FeedParserDict:
    kind, body = documents[path]
    headers = {"content-type": kind, "content-location": BASE + path}
    return feedparser.parse(body, response_headers=headers)


def fetch(url: str, **headers: str) -> tuple[int, Message, bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=named)) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def outlets_by_event() -> dict[str, set[str]]:
    covered: dict[str, set[str]] = {}
    for one in articles():
        covered.setdefault(one.event, set()).add(one.outlet)
    return covered


def test_there_is_a_newsroom_full_of_news():
    assert len(outlets()) >= 8
    assert len(articles()) >= 180
    assert all(0 <= one.minutes_ago <= 4300 for one in articles())
    assert len({one.id for one in articles()}) == len(articles())
    assert outlets()[0].name == "The Meridian"


def test_it_speaks_several_languages():
    spoken = Counter(one.lang for one in articles())
    assert spoken["ko"] >= 20
    assert spoken["zh"] >= 15
    assert spoken["fr"] + spoken["es"] + spoken["de"] >= 12
    assert spoken["en"] > len(articles()) / 2
    assert all(one.lang == outlet(one.outlet).lang for one in articles())


def test_events_overlap_as_they_do_between_real_outlets():
    covered = outlets_by_event()
    assert len(covered) >= 45
    assert sum(len(who) >= 3 for who in covered.values()) >= 20
    assert max(len(who) for who in covered.values()) >= 11
    assert set(covered) == {event.slug for event in events()}


def test_every_hour_has_news_and_the_last_day_plenty():
    assert {one.minutes_ago // 60 for one in articles()} >= set(range(72))
    assert 70 <= sum(one.minutes_ago < 1440 for one in articles()) <= 125


def test_the_ferry_fire_breaks_within_twenty_minutes():
    first: dict[str, int] = {}
    for one in articles():
        if one.event == "seohae-pearl-ferry-fire":
            first[one.outlet] = max(first.get(one.outlet, 0), one.minutes_ago)
    assert len(first) >= 9
    assert max(first.values()) - min(first.values()) <= 22
    assert sum(max(first.values()) - at <= 20 for at in first.values()) >= 9
    assert max(first.values()) <= 60


def test_there_are_copies_updates_markup_and_a_hostile_headline():
    copied = [one for one in articles() if one.agency and not one.author]
    wires = {(one.title, one.body) for one in articles() if outlet(one.outlet).kind == "agency"}
    assert len(copied) >= 3
    assert all((one.title, one.body) in wires for one in copied)
    assert sum(one.title.startswith("UPDATE: ") for one in articles()) >= 4
    assert sum(one.summary_is_html for one in articles()) >= 4
    assert any(
        "<script>" in one.title and "*" in one.title and "&" in one.title for one in articles()
    )


def test_no_real_agency_paper_or_company_is_named():
    for one in articles():
        text = " ".join((one.title, one.summary, one.body, one.author, one.agency))
        assert not REAL_NAMES.search(text), one.id
    assert not any(REAL_NAMES.search(one.name) for one in outlets())


def test_no_text_names_a_weekday_that_would_be_wrong_on_another_day():
    weekday = re.compile(
        r"\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|[월화수목금토일]요일|星期|周[一二三四五六]"
    )
    assert [
        one.id for one in articles() if weekday.search(f"{one.title} {one.summary} {one.body}")
    ] == []


@pytest.mark.parametrize("path", [feed.path for one in outlets() for feed in one.feeds])
def test_each_feed_is_well_formed_and_complete(documents, path):
    feed = parsed(documents, path)
    assert feed.bozo == 0
    assert feed.feed.title
    assert feed.entries
    known = {BASE + one.path: one for one in articles()}
    for entry in feed.entries:
        assert entry.title and entry.summary
        one = known[entry.link.partition("?")[0]]
        dated = entry.get("published_parsed") or entry.updated_parsed
        assert datetime(*dated[:6], tzinfo=UTC) == one.published(NOW)
    guids = [entry.id for entry in feed.entries]
    assert len(guids) == len(set(guids))


def test_the_feeds_speak_every_dialect(documents):
    spoken = Counter(feed.format for one in outlets() for feed in one.feeds)
    assert spoken["atom"] >= 2
    assert spoken["rdf"] == 1
    assert parsed(documents, "/orrery/index.rdf").version == "rss10"
    assert parsed(documents, "/dongbaek/rss.xml").encoding == "euc-kr"
    assert parsed(documents, "/chaoxi-finance/rss.xml").encoding == "gb18030"
    assert b"<![CDATA[" in documents["/mirinae-ilbo/rss.xml"][1]


def test_headlines_survive_their_encoding(documents):
    for one in outlets():
        titles = {
            entry.title for feed in one.feeds for entry in parsed(documents, feed.path).entries
        }
        assert {each.title for each in articles() if each.outlet == one.slug} == titles


def test_one_article_is_in_two_feeds_of_its_outlet_and_links_may_be_tracked(documents):
    both = [
        {entry.link for entry in parsed(documents, path).entries}
        for path in ("/pacific-wire/top.xml", "/pacific-wire/asia.xml")
    ]
    assert both[0] & both[1]
    links = [
        entry.link
        for one in outlets()
        for feed in one.feeds
        for entry in parsed(documents, feed.path).entries
    ]
    assert sum("utm_source=" in link for link in links) >= 5


def test_moments_follow_the_clock_that_is_given():
    later = build_feeds(NOW + timedelta(days=400, hours=3), BASE)
    before = parsed(build_feeds(NOW, BASE), "/meridian/rss.xml").entries[0]
    after = parsed(later, "/meridian/rss.xml").entries[0]
    passed = datetime(*after.published_parsed[:6]) - datetime(*before.published_parsed[:6])  # noqa: DTZ001
    assert passed == timedelta(days=400, hours=3)
    assert build_feeds(NOW, BASE) == build_feeds(NOW, BASE)


def test_every_picture_exists_and_is_credited(documents):
    shown = [picture for one in articles() for picture in one.pictures]
    assert len(set(shown)) >= 25
    for path in shown:
        kind, body = documents[path]
        assert kind == "image/png"
        assert body.startswith(b"\x89PNG\r\n\x1a\n")
    assert len({documents[path][1] for path in shown}) == len(set(shown))
    assert all(one.image.alt and one.image.credit for one in articles() if one.image)
    entry = parsed(documents, "/meridian/rss.xml").entries[0]
    assert entry.media_content[0]["url"] == f"{BASE}/images/coast-guard-cutter.png"
    assert entry.media_credit[0]["content"] == "Photo: Coast guard handout"


def test_article_pages_escape_what_outlets_write(documents):
    hostile = next(one for one in articles() if "<script>" in one.title)
    page = documents[hostile.path][1].decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    copy = next(one for one in articles() if one.agency == "Pacific Wire" and one.lang == "en")
    assert "<p>Source: Pacific Wire</p>" in documents[copy.path][1].decode()


def test_articles_end_with_the_boxes_of_the_service_that_runs(documents):
    path = next(one.path for one in articles())
    assert b"digest-boxes" not in documents[path][1]
    page = build_feeds(NOW, BASE, "http://127.0.0.1:8000")[path][1].decode()
    assert 'src="http://127.0.0.1:8000/static/digest/boxes.js"' in page
    assert f'</article><digest-boxes article="{BASE}{path}"></digest-boxes>' in page


def test_front_page_and_list_lead_to_every_feed(documents):
    front = documents["/"][1].decode()
    listed = feedparser.parse(documents["/feeds.opml"][1])
    assert listed.bozo == 0
    for url in feed_urls(BASE):
        assert f'href="{url}"' in front
        assert f'xmlUrl="{url}"' in documents["/feeds.opml"][1].decode()


def test_second_conditional_get_is_answered_304(server):
    for url in [*server.feed_urls, f"{server.url}/", f"{server.url}/images/coast-guard-cutter.png"]:
        status, headers, body = fetch(url)
        assert (status, int(headers["Content-Length"])) == (200, len(body))
        for condition in (
            {"If_None_Match": headers["ETag"]},
            {"If_None_Match": f"W/{headers['ETag']}"},
            {"If_Modified_Since": headers["Last-Modified"]},
        ):
            status, again, nothing = fetch(url, **condition)
            assert (status, nothing) == (304, b"")
            assert again["ETag"] == headers["ETag"]
        assert fetch(url, If_None_Match='"another"')[0] == 200
        assert fetch(url, If_Modified_Since="yesterday")[0] == 200


def test_links_in_feeds_lead_to_pages_on_the_same_server(server):
    _, headers, body = fetch(server.feed_urls[0])
    feed = feedparser.parse(body, response_headers={"content-type": headers["Content-Type"]})
    link = feed.entries[0].link
    assert link.startswith(server.url + "/a/")
    assert fetch(link + "?utm_source=mail")[0] == 200
    assert fetch(server.url + "/a/none")[0] == 404


def test_it_runs_as_a_program_until_sigterm():
    words = [sys.executable, "-m", "digest.demo.feeds", "--port", "0", "--now", NOW.isoformat()]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base = process.stdout.readline().strip()
        assert fetch(f"{base}/feeds.opml")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_topic_queries_find_their_events_and_leave_football_alone():
    # As the service decides: an event is under a topic when enough of its reports match.
    aliases = parse_aliases(sample_aliases().splitlines())
    matcher = Matcher({topic.slug: expand(parse(topic.query), aliases) for topic in topics()})
    wanted = {event.slug: set(event.topics) for event in events()}
    reports, matched = Counter[str](), Counter[tuple[str, str]]()
    for one in articles():
        reports[one.event] += 1
        found = matcher.match(ArticleText(one.title, f"{one.summary}\n{one.body}", one.lang))
        matched.update((one.event, slug) for slug in found)
    taken = {pair for pair, count in matched.items() if count >= THRESHOLD * reports[pair[0]]}
    for event in ("football-qualifier-south-korea", "seohae-pearl-ferry-fire"):
        assert (event, "korean-peninsula-relations") not in taken
    right = {(event, slug) for event, slugs in wanted.items() for slug in slugs if reports[event]}
    assert len(taken & right) >= 0.7 * len(right)
    assert len(taken & right) >= 0.75 * len(taken)
    home = {pair for pair in right if pair[1] == "korean-peninsula-relations"}
    assert home <= taken


_AT_HOME = (
    "korean-peninsula-relations", "trade-and-shipping", "climate-and-weather", "chips-and-ai",
)  # fmt: skip


def test_each_topic_has_events_and_the_peninsula_has_stories_every_day():
    per_topic = Counter(name for event in events() for name in event.topics)
    assert len(topics()) == 12
    assert topics()[0].slug == "korean-peninsula-relations"
    assert per_topic["korean-peninsula-relations"] >= 8
    assert all(per_topic[slug] >= 6 for slug in _AT_HOME)
    korean = {e.slug for e in events() if "korean-peninsula-relations" in e.topics}
    for day in range(3):
        assert (
            len({a.event for a in articles() if a.event in korean and a.minutes_ago // 1440 == day})
            >= 3
        )


def test_newsletters_and_readers_are_ready():
    assert [one.slug for one in newsletters()][:2] == ["morning-briefing", "evening-read"]
    morning = newsletters()[0]
    assert (str(morning.zone), morning.local_time.hour) == ("Asia/Singapore", 7)
    slugs = {one.slug for one in topics()} | {one.slug for one in newsletters()}
    for reader in readers():
        assert reader.addresses["email"].endswith(("@example.org", "@example.com"))
        phone = reader.addresses.get("whatsapp")
        assert phone is None or re.fullmatch(r"\+120255501\d\d", phone)
        for channel, address in reader.addresses.items():
            assert registry.spec(channel).address.normalise(address) == address
        assert {*reader.topics, *reader.newsletters} <= slugs
        assert 0 <= reader.local_hour <= 23
