"""What a few words of an editor teach, and what they must not."""

import json

import pytest

from digest.newsdesk.topics.query.analysis import ArticleText
from digest.newsdesk.topics.teaching.edits import drafted
from digest.newsdesk.topics.teaching.features import MOST_WORDS, Filing, Traits, traits
from digest.newsdesk.topics.teaching.lessons import assumed
from digest.newsdesk.topics.teaching.model import (
    KEPT_WEIGHTS,
    MOST_LESSONS,
    Lesson,
    Model,
    Say,
    judge,
    learn,
)
from digest.newsdesk.topics.teaching.panel import Panel
from digest.newsdesk.topics.teaching.sections import kinds_of
from digest.newsdesk.topics.teaching.suggest import terms_of
from digest.newsdesk.topics.teaching.things import matcher_of_things


def stood_in(title: str, section: str) -> Traits:
    reading = ArticleText(title, "", "en")
    return traits([Filing(reading, (section,))], matcher_of_things().match(reading))


def story(title: str, language: str = "en", **shares: float) -> Traits:
    reading = ArticleText(title, "", language)
    return traits([Filing(reading)], matcher_of_things().match(reading)).under(shares)


ATOM = (
    "Steam over the reactor at Yongbyon, images show",
    "IAEA sees enrichment hall grow at Yongbyon",
    "Grossi: enrichment of uranium goes on at Kangson",
    "Second cooling tower at Yongbyon, IAEA tells board",
    "Inspectors of the IAEA speak of uranium and steam",
)
OTHERS = (
    "Late goal sends Munster to the final",
    "Central bank holds interest rates",
    "Ferry on fire off the coast, all rescued",
    "Fashion week opens in a disused station",
    "Chip maker to build second plant",
    "Court jails banker for fraud",
    "Measles spreads in northern schools",
    "Typhoon nears the islands",
    "Parliament votes on the budget",
    "Striker scores three in the cup final",
)


def taught(*more: Lesson) -> Model:
    lessons = [Lesson(story(title), belongs=True) for title in ATOM]
    lessons += [Lesson(story(OTHERS[3]), belongs=False)]
    return learn("korea", [*lessons, *more, *(assumed(story(title)) for title in OTHERS)])


def test_five_pins_teach_a_subject_and_say_why() -> None:
    opinion = judge(taught(), story("Uranium enrichment at Yongbyon worries IAEA"))
    assert opinion.word == Say.ACCEPT
    assert {"yongbyon", "iaea", "enrichment"} & {each.lower() for each in opinion.because}
    assert opinion.like >= 2


def test_what_was_learned_in_english_holds_for_a_korean_headline() -> None:
    korean, other = story("영변 우라늄 농축 재개", "ko"), story("코스피 사상 최고", "ko")
    assert judge(taught(), korean).word == Say.ACCEPT
    assert judge(taught(), other).word != Say.ACCEPT


def test_a_section_teaches_by_what_it_is_whatever_a_site_calls_it() -> None:
    sport, food = ("스포츠", "deportes", "sukan", "体育", "Sport & Outdoors"), "gastronomie"
    titles = (
        "Ada wins again",
        "Berg out for weeks",
        "Late, late joy",
        "Cruz to stay",
        "Dale is back",
    )
    pinned = [Lesson(stood_in(*two), True) for two in zip(titles, sport, strict=True)]
    others = [
        stood_in(title, section) for title, section in zip(OTHERS, ["monde", food] * 5, strict=True)
    ]
    model = learn("sport", [*pinned, *map(assumed, others)])
    found = judge(model, stood_in("Echo leaves Foxtrot behind", "الرياضة"))
    assert found.word == Say.ACCEPT
    assert "sections on sport" in found.because
    assert judge(model, stood_in("Echo leaves Foxtrot behind", "cuisine")).word != Say.ACCEPT


def test_what_was_learned_of_one_word_holds_for_others_under_its_heading() -> None:
    found = story("Measles returns").values.keys() & story("Polio vaccine delayed").values.keys()
    assert "h:health" in found
    assert "H:health" in story("Measles vaccine delayed in hospitals").values
    assert "h:health" not in story("Parliament votes on the budget").values


def test_a_section_nobody_knows_is_of_no_kind() -> None:
    assert kinds_of("Sección 12") == kinds_of("") == ()
    assert kinds_of("Business & Tech") == ("business", "technology")
    assert kinds_of(" Home News ") == ("home news",)


def test_other_news_is_not_accepted() -> None:
    for title in ("Bank cuts rates again", "Goal in the last minute", "Typhoon turns away"):
        assert judge(taught(), story(title)).word != Say.ACCEPT


def test_what_it_does_not_know_enough_of_it_asks() -> None:
    words = [judge(taught(), story(title)).word for title in ("IAEA board meets in Vienna",)]
    assert Say.REJECT not in words


def test_a_story_of_the_days_does_not_count_against_itself_when_it_is_judged() -> None:
    title = "Steam and uranium: IAEA sees enrichment at Yongbyon"
    lessons = [Lesson(story(each), belongs=True) for each in ATOM]
    free = [assumed(story(each), number) for number, each in enumerate((*OTHERS, title))]
    among, without = learn("korea", [*lessons, *free]), learn("korea", [*lessons, *free[:-1]])
    blind = judge(without, story(title)).probability
    assert judge(among, story(title)).probability < blind - 0.05
    for model in (among, Model.from_json(json.loads(json.dumps(among.as_json())))):
        assert judge(model, story(title), len(OTHERS)).probability == pytest.approx(blind, abs=0.05)
        said = Panel({"korea": model}).judge(story(title), len(OTHERS))
        assert said["korea"] == judge(model, story(title), len(OTHERS))


def test_one_mistaken_pin_opens_no_door() -> None:
    wrong = Lesson(story("Striker scores twice in cup final"), belongs=True)
    model = taught(wrong, *(Lesson(story(title), belongs=False) for title in OTHERS[:2]))
    for title in ("Winger scores in league match", "Cup final goes to penalties", "Coach sacked"):
        assert judge(model, story(title)).word != Say.ACCEPT
    assert judge(model, story("Enrichment at Yongbyon, says IAEA")).word == Say.ACCEPT


def test_bars_teach_to_set_aside_what_the_query_takes() -> None:
    bars = [
        Lesson(story(f"Cold noodles of Pyongyang: restaurant {n} of Berlin", korea=1.0), False)
        for n in ("one", "two", "three", "four")
    ]
    pins = [Lesson(story(f"Pyongyang {verb} missile", korea=1.0), True)
            for verb in ("fires", "tests", "shows", "launches")]  # fmt: skip
    model = taught(*bars, *pins)
    noodles = judge(model, story("Best noodles: a restaurant of Pyongyang kind", korea=1.0))
    missile = judge(model, story("Pyongyang fires second missile", korea=1.0))
    assert noodles.probability < 0.5 < missile.probability
    assert missile.like and not (noodles.like and noodles.word == Say.REJECT)


def test_the_same_lessons_give_the_same_model_and_it_survives_storing() -> None:
    model = taught()
    assert taught() == model
    stored = Model.from_json(json.loads(json.dumps(model.as_json())))
    probe = story("Enrichment at Yongbyon")
    assert judge(stored, probe) == judge(model, probe)


def test_a_model_is_bounded_however_much_there_is_to_learn() -> None:
    long = " ".join(f"word{n}" for n in range(5_000))
    assert len(story(long).values) <= MOST_WORDS + 5
    many = [Lesson(story(f"Headline {n} w{n} x{n} y{n}"), n % 2 == 0) for n in range(900)]
    model = learn("korea", many)
    assert len(model.weights) <= KEPT_WEIGHTS
    assert model.decisions <= MOST_LESSONS


def test_many_models_at_once_say_what_each_says() -> None:
    korea = taught()
    sport = learn("sport", [Lesson(story(OTHERS[0]), True), Lesson(story(OTHERS[9]), True),
                            *(Lesson(story(title), False) for title in ATOM)])  # fmt: skip
    together = Panel({1: korea, 2: sport})
    for title in (*ATOM, *OTHERS, "IAEA board meets", "Goal in cup final"):
        for shares in ({}, {"korea": 0.5}, {"sport": 1.0}):
            read = story(title, **shares)
            said = together.judge(read)
            for key, model in together.models.items():
                alone = judge(model, read)
                assert said.get(key, alone) == alone
                assert key in said or alone.word == Say.REJECT


def test_before_five_words_a_model_has_no_say() -> None:
    few = learn("korea", [Lesson(story(title), True) for title in ATOM[:4]])
    assert not few.has_a_say
    assert taught().has_a_say
    assert not learn("korea", []).has_a_say


def terms(*titles: str) -> list[frozenset[str]]:
    return [terms_of([(title, "en")]) for title in titles]


def test_a_drafted_edit_adds_what_was_missed_and_leaves_out_what_was_barred() -> None:
    edits = drafted(
        "korea",
        missed=terms("Yongbyon steams", "Tower at Yongbyon", "Yongbyon hall"),
        barred=terms("Korea noodles", "Noodles of Korea", "Noodles, Korea kind"),
        right=terms("Korea missile", "Korea talks"),
        others=terms(*OTHERS),
    )
    assert [(each.query, each.adds, each.stories) for each in edits] == [
        ('korea\nOR "yongbyon"', True, 3),
        ('(korea)\nNOT ("noodles")', False, 3),
    ]


@pytest.mark.parametrize(
    ("query", "drafts"), [("(korea)\nNOT (football)", '(korea)\nNOT (football OR "noodles")')]
)
def test_a_second_thing_left_out_joins_the_first(query: str, drafts: str) -> None:
    (edit,) = drafted(
        query, missed=[], barred=terms("Noodles", "Noodles"), right=terms("Missile"), others=[]
    )
    assert edit.query == drafts


def test_a_term_of_right_stories_is_never_left_out() -> None:
    assert not drafted(
        "korea",
        missed=[],
        barred=terms("Kim opens fair", "Kim opens show"),
        right=terms("Kim opens talks"),
        others=[],
    )
