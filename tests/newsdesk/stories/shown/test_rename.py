"""A story that editors gave a headline keeps it: through reports, merges, splits and regrouping."""

from collections import Counter

import pytest

from digest.models import AuditEntry, Edition, Item, Member, Story, StoryArticle
from digest.newsdesk.editions import curate
from digest.newsdesk.editions.compose import compose_due
from digest.newsdesk.editions.day import Day
from digest.newsdesk.editions.preview import content_of
from digest.newsdesk.editions.wire import lines
from digest.newsdesk.stories import mend
from digest.newsdesk.stories.assign import _Decisions, _merge_emptied
from digest.newsdesk.stories.coverage import coverage
from digest.newsdesk.stories.page import near
from digest.newsdesk.stories.refresh import refresh
from digest.newsdesk.stories.rename import NameClash, RenameRefused, named, rename
from tests.newsdesk.desk import ALL_SAVED, NOW, editor, hours, newsletter, report, story

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> Member:
    return editor("Ann")


def give(to: Story, words: str, by: Member, language: str = "en", base: str | None = None) -> bool:
    to.refresh_from_db()
    seen = next((each.stands for each in named(to) if each.language == language), "")
    return rename(to.pk, language, words, seen if base is None else base, member=by, now=NOW)


def said(of: Story, **asked: object) -> str:
    return coverage([of.pk], **asked)[of.pk].headline  # type: ignore[arg-type]


def test_a_name_shows_until_the_reports_words_are_wanted_again(ann: Member) -> None:
    quake = story("Quake hits the north", ["A", "B"])
    assert give(quake, " [BREAKING] What the quake\n destroyed ", ann)
    quake.refresh_from_db()
    assert (quake.headline, quake.reported) == (
        "What the quake destroyed",
        "Quake hits the north",
    )
    report(quake, "C", NOW, title="Quake: rescuers reach the north", text=ALL_SAVED)
    refresh([quake.pk])
    quake.refresh_from_db()
    assert (quake.headline, quake.reported) == (
        "What the quake destroyed",
        "Quake: rescuers reach the north",
    )
    assert not give(quake, "What the quake destroyed", ann)
    assert give(quake, "", ann)
    quake.refresh_from_db()
    assert (quake.headline, quake.reported, quake.names) == (
        "Quake: rescuers reach the north",
        "",
        {},
    )
    entries = AuditEntry.objects.order_by("pk").values_list("verb", "detail")
    assert [
        (verb, detail["before"]["headline"], detail["after"]["headline"])
        for verb, detail in entries
    ] == [
        ("renamed", "Quake hits the north", "What the quake destroyed"),
        (
            "took back the name of",
            "What the quake destroyed",
            "Quake: rescuers reach the north",
        ),
    ]


def test_the_second_of_two_editors_is_told_and_the_first_ones_words_stand(ann: Member) -> None:
    quake = story("Quake hits the north")
    give(quake, "Ann’s words", ann)
    with pytest.raises(NameClash):
        give(quake, "Vera’s words", editor("Vera"), base="Quake hits the north")
    quake.refresh_from_db()
    assert quake.headline == "Ann’s words"
    assert give(quake, "Vera’s words", editor("Vera2"), base="Ann’s words")


def test_what_cannot_be_a_name_is_refused(ann: Member) -> None:
    quake, other = story("Quake hits the north"), story("Ferry ashore")
    for words, language, why in (("x" * 201, "en", "201 characters"), ("Ours", "ko", "language")):
        with pytest.raises(RenameRefused, match=why):
            give(quake, words, ann, language)
    mend.merge(quake.pk, other.pk, member=ann, now=NOW)
    with pytest.raises(RenameRefused, match="merged"):
        give(quake, "Ours", ann)
    assert not AuditEntry.objects.filter(verb="renamed").exists()


def test_a_name_shows_to_readers_of_its_language_alone(ann: Member) -> None:
    quake = story("Quake hits the north", ["A", "B"])
    report(quake, "C", NOW - hours(1), title="북부에 강진", language="ko", text=ALL_SAVED)
    refresh([quake.pk])
    assert [each.language for each in named(Story.objects.get(pk=quake.pk))] == ["en", "ko"]
    give(quake, "What the quake destroyed", ann)
    assert said(quake) == "What the quake destroyed"
    assert said(quake, languages=["ko"]) == "북부에 강진"
    give(quake, "지진이 남긴 것", ann, "ko")
    assert said(quake, language="ko") == "지진이 남긴 것"
    assert said(quake, languages=["ko"]) == "지진이 남긴 것"
    assert said(quake, language="en") == "What the quake destroyed"
    give(quake, "", ann)
    assert said(quake) == "Quake hits the north"
    assert said(quake, languages=["ko"]) == "지진이 남긴 것"


def test_a_name_in_one_chinese_script_is_not_shown_to_readers_of_the_other(ann: Member) -> None:
    wind = story("Typhoon nears Okinawa", ["A"])
    report(wind, "B", NOW - hours(1), title="颱風通過沖繩 九萬戶停電", language="zh")
    report(wind, "C", NOW, title="台风逼近冲绳 东海将有大浪", language="zh", text=ALL_SAVED)
    refresh([wind.pk])
    give(wind, "沖繩的颱風", ann, "zh")
    assert said(wind, languages=["zh-Hant"]) == "沖繩的颱風"
    assert said(wind, languages=["zh-Hans"]) == "台风逼近冲绳 东海将有大浪"


def test_where_the_lead_is_withdrawn_the_name_stands_all_the_same(ann: Member) -> None:
    quake = story("Quake hits the north", ["A", "B"])
    refresh([quake.pk])
    give(quake, "Ours", ann)
    quake.refresh_from_db()
    lead = quake.lead_article
    assert lead is not None
    lead.withdrawn_at = NOW
    lead.save()
    assert said(quake) == "Ours"


@pytest.mark.parametrize(
    ("gone", "kept", "shown"),
    [("", "Kept", "Kept"), ("Gone", "", "Gone"), ("Gone", "Kept", "Kept")],
)
@pytest.mark.parametrize("by_moving", [False, True])
def test_of_a_merge_the_kept_storys_name_stays_or_the_only_one_moves_over(
    ann: Member, gone: str, kept: str, shown: str, by_moving: bool
) -> None:
    one, other = story("Quake hits the north", ["A"]), story("Strong quake, north cut off", ["B"])
    for each, name in ((one, gone), (other, kept)):
        if name:
            give(each, name, ann)
    if by_moving:
        every = list(one.members.values_list("article_id", flat=True))
        mend.move(one.pk, every, other.pk, member=ann, now=NOW)
    else:
        mend.merge(one.pk, other.pk, member=ann, now=NOW)
    assert Story.objects.get(pk=other.pk).headline == shown
    assert said(one) == shown


def test_of_a_split_the_name_stays_with_the_story_that_keeps_its_page(ann: Member) -> None:
    quake = story("Quake hits the north", ["A", "B", "C"])
    give(quake, "Ours", ann)
    some = list(quake.members.values_list("article_id", flat=True))[:1]
    new = mend.split(quake.pk, some, member=ann, now=NOW).story_id
    assert Story.objects.get(pk=quake.pk).headline == "Ours"
    assert Story.objects.get(pk=new).headline == "Quake hits the north"


def test_a_story_that_regrouping_empties_gives_its_name_to_where_its_reports_went(
    ann: Member,
) -> None:
    one, other = story("Quake hits the north", ["A"]), story("Strong quake, north cut off", ["B"])
    give(one, "Ours", ann)
    (moved,) = one.members.values_list("article_id", flat=True)
    StoryArticle.objects.filter(article=moved).update(story=other)
    refresh([one.pk, other.pk])
    decisions = _Decisions()
    decisions.label[moved] = other.pk
    decisions.left[one.pk] = Counter([moved])
    _merge_emptied(decisions)
    assert Story.objects.get(pk=one.pk).merged_into_id == other.pk
    assert Story.objects.get(pk=other.pk).headline == "Ours"


def test_it_is_on_the_wire_and_found_by_the_old_words_and_the_new_in_any_language(
    ann: Member,
) -> None:
    quake, ferry = story("Quake hits the north", ["A", "B"]), story("Ferry ashore", ["A"])
    report(quake, "C", NOW - hours(1), title="북부에 강진", language="ko", text=ALL_SAVED)
    refresh([quake.pk, ferry.pk])
    give(quake, 'What the "temblor" destroyed', ann)
    give(quake, "지진이 남긴 것", ann, "ko")
    assert [each.headline for each in lines([quake.pk], now=NOW)] == [
        'What the "temblor" destroyed'
    ]
    for words in ("temblor destroyed", "quake hits north", "남긴"):
        assert Day().matching(words, now=NOW, stamp="") == (quake.pk,), words
        assert near(ferry, now=NOW, q=words) == (quake,), words
    assert near(ferry, now=NOW, q="en") == ()


def test_a_rename_is_found_by_a_process_that_had_read_the_old_words(ann: Member) -> None:
    quake, day = story("Quake hits the north", ["A", "B"]), Day()
    assert day.matching("destroyed", now=NOW, stamp="1") == ()
    give(quake, "What it destroyed", ann)
    assert day.matching("destroyed", now=NOW, stamp="2") == (quake.pk,)


def test_an_edition_says_it_but_where_an_editor_wrote_words_for_the_item(ann: Member) -> None:
    newsletter(size=2)
    quake, ferry = story("Quake hits the north", ["A", "B"]), story("Ferry ashore", ["A"])
    (made,) = compose_due(now=NOW).edition_ids
    edition = Edition.objects.get(pk=made)
    item = Item.objects.get(edition=edition, story=ferry)
    curate.reword(
        made, item.pk, "The edition’s own", "", lock_version=edition.lock_version, member=ann,
        now=NOW,
    )  # fmt: skip
    for each in (quake, ferry):
        give(each, f"Ours on {each.pk}", ann)
    assert [each.headline for each in content_of(made).items] == [
        f"Ours on {quake.pk}",
        "The edition’s own",
    ]
