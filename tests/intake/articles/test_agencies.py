"""Whom a feed credits often is an agency, though no list names it; a headline's people are not."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.intake.articles.core import agencies, clean
from digest.intake.articles.core.prepare import Origin, prepare
from digest.intake.articles.ingest import ingest
from digest.intake.feeds.formats.parse import About, Entry, Parsed
from digest.models import Article, ArticleRevision, Feed, FeedMemory

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NEWS = (
    "The ferry sails again after repairs.", "A storm closes the harbour.", "Prices of fish rise.",
    "Pilots end their strike.",
)  # fmt: skip


def entry(number: int, markup: str) -> Entry:
    return Entry(
        f"id-{number}", f"https://harbour.example/{number}", f"Headline number {number}",
        markup.format(news=NEWS[number % len(NEWS)]), published=NOW,
    )  # fmt: skip


def origin(**credited: int) -> Origin:
    named = {name.replace("_", " "): times for name, times in credited.items()}
    return Origin("https://harbour.example/rss", "Harbour Post", "en", credited=named)


@pytest.mark.parametrize(
    ("shape", "agency"),
    [
        ("<p>Sources: Meduza, Mediazona</p><p>{news}</p>", "Meduza, Mediazona"),
        ("<p>{news}</p><p>Sources: island dispatch</p>", "island dispatch"),
        ("<p>Source: Islands Today</p><p>{news}</p>", "Islands Today"),
        ("HARBOUR, Nov 23 (Island Dispatch) - {news}", "Island Dispatch"),
        ("<p>{news}</p><p>출처: 섬마을소식</p>", "섬마을소식"),
        ("<p>{news}</p><p>المصدر: ميناء اليوم</p>", "ميناء اليوم"),
    ],
)
def test_whom_several_items_credit_is_an_agency(shape: str, agency: str) -> None:
    few = prepare([entry(n, shape) for n in range(agencies.OFTEN - 1)], origin(), NOW)
    assert {each.agency for each in few} == {""}
    made = prepare([entry(n, shape) for n in range(agencies.OFTEN)], origin(), NOW)
    assert {each.agency for each in made} == {agency}
    assert all(NEWS[n] in each.text for n, each in enumerate(made))
    if "(" not in shape:
        assert [each.text for each in made] == list(NEWS[: agencies.OFTEN])


@pytest.mark.parametrize(
    "line",
    [
        "Sources: Israel, Hamas",
        "Source: Kim Jong Un",
        "Photos: Seoul",
        "出典: 北海道",
        "图片：北京大雪",
    ],
)
def test_a_name_that_one_item_gives_is_nobodys_credit(line: str) -> None:
    (made,) = prepare([entry(0, f"<p>{line}</p><p>{{news}}</p>")], origin(), NOW)
    assert (made.agency, made.text) == ("", f"{line}\n{NEWS[0]}")


def test_what_was_learned_before_serves_the_next_document() -> None:
    told = entry(0, "<p>Sources: Meduza</p><p>{news}</p>")
    (made,) = prepare([told], origin(meduza=3), NOW)
    assert (made.agency, made.text) == ("Meduza", NEWS[0])
    (before,) = prepare([told], origin(), NOW)
    # What is learned of a feed changes no article that is there.
    assert (made.entry_hash, made.content_hash) == (before.entry_hash, before.content_hash)


@pytest.mark.django_db
def test_items_that_come_one_by_one_teach_too() -> None:
    pk = Feed.objects.create(url="https://a.example/rss", title="A", next_check_at=NOW).pk
    shape = "<p>Sources: Meduza</p><p>{news}</p>"
    for number in range(agencies.OFTEN + 1):
        shown = Parsed(About(title="A"), (entry(number, shape),))
        for hours in range(3):
            # The same document again teaches nothing, and changes nothing.
            ingest(pk, shown, now=NOW + timedelta(days=number, hours=hours))
    assert list(Article.objects.order_by("id").values_list("agency", flat=True)) == [
        "", "", "", "Meduza",
    ]  # fmt: skip
    assert FeedMemory.objects.get(pk=pk).credited == [["Meduza", agencies.OFTEN + 1]]
    assert not ArticleRevision.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("before", [1, agencies.OFTEN, 1_000])
def test_a_full_memory_learns_on(before: int) -> None:
    pk = Feed.objects.create(url="https://a.example/rss", title="A", next_check_at=NOW).pk
    full = [[f"Wire {number:02}", before] for number in range(agencies.KEPT)]
    FeedMemory.objects.create(feed_id=pk, credited=full)
    shape = "<p>Sources: Meduza</p><p>{news}</p>"
    for number in range(agencies.OFTEN + 1):
        # Between its items come those of others, which no feed credits twice.
        told = [entry(number, shape), entry(90 + number, f"<p>Sources: Wire z{number}</p>{{news}}")]
        shown = Parsed(About(title="A"), tuple(told))
        ingest(pk, shown, now=NOW + timedelta(days=number))
    kept = dict(FeedMemory.objects.get(pk=pk).credited)
    assert kept["Meduza"] == agencies.OFTEN + 1 and len(kept) == agencies.KEPT
    assert "Wire 00" not in kept, "whom nobody credited for longest goes"
    assert Article.objects.filter(agency="Meduza").count() == 1


@pytest.mark.parametrize("memory", [{"Meduza": 3}, [["Meduza", 3]]])
@pytest.mark.django_db
def test_what_an_earlier_version_kept_is_understood(memory: object) -> None:
    pk = Feed.objects.create(url="https://a.example/rss", title="A", next_check_at=NOW).pk
    FeedMemory.objects.create(feed_id=pk, credited=memory)
    shape = "<p>Sources: Meduza</p><p>{news}</p>"
    ingest(pk, Parsed(About(title="A"), (entry(0, shape),)), now=NOW)
    assert Article.objects.get().agency == "Meduza"
    assert FeedMemory.objects.get().credited == [["Meduza", 4]]


NAMES = st.lists(st.sampled_from([f"Wire {number}" for number in range(90)]), max_size=300)


@given(NAMES, NAMES)
def test_whom_a_feed_credits_again_and_again_becomes_known(
    before: list[str], noise: list[str]
) -> None:
    kept = agencies.remembered({}, before)
    room = agencies.KEPT - agencies.KEPT_LEARNED
    for number in range(agencies.OFTEN):
        # Fewer others than there is room for, between one time and the next.
        some = noise[number * (room - 2) : (number + 1) * (room - 2)]
        kept = agencies.remembered(kept, [*some, "Meduza"])
    assert "meduza" in agencies.learned(kept)


@given(st.lists(st.text(max_size=30), max_size=200))
def test_what_is_kept_of_a_feed_is_bounded(names: list[str]) -> None:
    kept = agencies.remembered({}, names)
    assert len(kept) <= agencies.KEPT
    assert agencies.learned(kept) <= {name.casefold() for name in names}


@given(st.text(max_size=300))
def test_any_line_is_read_with_and_without_what_was_learned(line: str) -> None:
    plain, taught = clean.clean(line), clean.clean(line, learned=frozenset(["meduza"]))
    assert plain.offered == taught.offered or "meduza" in line.casefold()
