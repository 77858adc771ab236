"""The words of a WhatsApp message: limits that hold for any headline."""

import re
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.outbound.channels.rendering import (
    lint,
    render_alert,
    render_confirmation,
    render_edition,
)
from digest.outbound.channels.whatsapp import slots
from digest.outbound.channels.whatsapp.words import harmless
from digest.outbound.messages import fit
from digest.outbound.messages.message import CONFIRM, PREFERENCES
from tests.outbound.samples import ALERT, CONFIRM_THIS, EDITION, NASTY, NEWSROOM, edition_of

LINK = re.compile(r"https?://[^\s]+")
SLOW = settings(max_examples=150)


def balanced(text: str) -> bool:
    """Every mark of formatting is one of ours: at both ends of a line, and nowhere else."""
    for line in LINK.sub("", text).splitlines():
        for mark in "*_~`":
            if mark in line and not (
                line.count(mark) == 2 and line.startswith(mark) and line.endswith(mark)
            ):
                return False
    return True


def test_five_items_fill_five_slots_and_the_preview_reads_well() -> None:
    content = edition_of([f"Headline number {number}" for number in range(7)])
    fields = render_edition(content, "whatsapp", NEWSROOM).fields
    assert fields["template"] == "top_reads_5"
    assert fields["slots"][0] == "The Meridian: Korean peninsula, Sun 6 Oct"
    assert fields["preview"].startswith(
        "*The Meridian: Korean peninsula, Sun 6 Oct*\n\n1. Headline"
    )
    assert "\n5. Headline number 4 https://news.meridian.example/s/" in fields["preview"]
    assert fields["preview"].endswith("Reply STOP to stop.")


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_a_quiet_day_takes_a_shorter_template(number: int) -> None:
    fields = render_edition(edition_of(["Headline"] * number), "whatsapp", NEWSROOM).fields
    assert fields["template"] == f"top_reads_{number}"
    assert len(fields["slots"]) == number + 1 == slots.count(fields["template"])


@SLOW
@given(st.lists(NASTY, min_size=1, max_size=6), NASTY, NASTY, NASTY)
def test_any_headlines_keep_every_rule(
    headlines: list[str], blurb: str, title: str, intro: str
) -> None:
    content = edition_of(headlines, [blurb] * len(headlines))
    content = replace(content, title=title, intro=intro)
    fields = render_edition(content, "whatsapp", NEWSROOM).fields
    assert fit.units(fields["preview"]) <= 1024
    assert fit.units(fields["text"]) <= 4096
    assert not any(slots.fault_of(value) for value in fields["slots"])
    assert balanced(fields["preview"])
    assert balanced(fields["text"])
    ours = {f"https://news.meridian.example/s/{code}" for code in codes(len(headlines))}
    for value in fields["slots"][1:]:
        assert value.rpartition(" ")[2] in ours
    assert sum(link in fields["text"] for link in ours) >= 1
    assert fields["text"].count(PREFERENCES) == 1


def codes(number: int) -> list[str]:
    from digest.outbound.messages.links import short_code

    return [short_code(UUID(int=2**120 + each)) for each in range(number)]


@SLOW
@given(NASTY, NASTY)
def test_any_alert_keeps_every_rule(headline: str, summary: str) -> None:
    fields = render_alert(
        replace(ALERT, headline=headline, summary=summary), "whatsapp", NEWSROOM
    ).fields
    assert fit.units(fields["preview"]) <= 1024
    assert fit.units(fields["text"]) <= 4096
    assert not any(slots.fault_of(value) for value in fields["slots"])
    assert balanced(fields["preview"])
    assert balanced(fields["text"])
    assert ALERT.url in fields["preview"]
    assert ALERT.url in fields["text"]


def test_long_headlines_are_cut_between_words_and_links_stay_whole() -> None:
    words = "The committee weighs every clause of the treaty once again before the recess "
    fields = render_edition(edition_of([words * 5] * 5), "whatsapp", NEWSROOM).fields
    assert fields["template"] == "top_reads_5"
    for value in fields["slots"][1:]:
        said, _, link = value.rpartition(" ")
        assert said.endswith("…")
        assert (words * 5).startswith(said.removesuffix("…") + " ")
        assert re.fullmatch(r"https://news\.meridian\.example/s/\w{22}", link)


@SLOW
@given(st.text(max_size=300), st.integers(1, 120))
def test_fitting_never_exceeds_and_never_tears_a_word_with_room_for_it(
    text: str, limit: int
) -> None:
    made = fit.fit(text, limit)
    assert fit.units(made) <= limit
    if made == text:
        return
    kept = made.removesuffix("…")
    assert text.startswith(kept)


@given(st.lists(st.text(alphabet="abcdefghij", min_size=1, max_size=12), min_size=2, max_size=40))
def test_fitting_cuts_between_words(words: list[str]) -> None:
    made = fit.fit(" ".join(words), 60)
    if made.endswith("…"):
        assert made.removesuffix("…").split(" ") == words[: made.count(" ") + 1]


def test_fitting_never_cuts_a_link_or_an_emoji() -> None:
    assert fit.fit("See https://wire.example/a/very/long/path now", 30) == "See…"
    assert fit.fit("https://wire.example/a/very/long/path", 20) == "…"
    assert fit.fit("👩‍👩‍👧‍👦" * 3, 14) == "👩‍👩‍👧‍👦…"
    assert fit.fit("🇸🇬🇰🇷🇯🇵", 10) == "🇸🇬🇰🇷…"
    assert fit.fit("한국어기사제목", 4) == "한국어…"
    assert fit.fit("漢字漢字漢字 abc", 5) == "漢字漢字…"


@given(st.lists(st.integers(0, 300), max_size=6), st.integers(0, 900))
def test_sharing_gives_nobody_more_than_they_need_nor_more_than_there_is(
    needs: list[int], room: int
) -> None:
    granted = fit.share(needs, room)
    assert sum(granted) <= room
    assert all(got <= need for got, need in zip(granted, needs, strict=True))
    if sum(needs) <= room:
        assert granted == needs


@given(st.text())
def test_no_mark_of_formatting_is_left(text: str) -> None:
    assert not set(harmless(text)) & set("*_~`")
    assert len(harmless(text)) == len(text)


def test_the_free_text_is_formatted_and_says_how_to_stop() -> None:
    text = render_edition(EDITION, "whatsapp", NEWSROOM).fields["text"]
    assert text.startswith("*The Meridian: Korean peninsula*\n_Sunday 6 October, 07:00_\n\n")
    assert "*2. Update: Seoul answers the nuclear warning*\n" in text
    assert "Reply STOP to stop." in text
    assert "](" not in text


def test_a_line_of_somebody_elses_does_not_become_a_list_or_a_quote() -> None:
    text = render_edition(edition_of(["Headline"], ["> - • 1. said"]), "whatsapp", NEWSROOM)
    assert "\n1. said\n" in text.fields["text"]


@pytest.mark.parametrize(
    ("kind", "label"),
    [("first", "Breaking"), ("correction", "Correction"), ("withdrawal", "Withdrawn")],
)
def test_an_alert_says_at_once_what_it_is(kind: str, label: str) -> None:
    fields = render_alert(replace(ALERT, kind=kind), "whatsapp", NEWSROOM).fields
    assert fields["preview"].startswith(f"*{label}: {ALERT.headline}*")


def test_a_confirmation_carries_the_readers_link() -> None:
    fields = render_confirmation(CONFIRM_THIS, "whatsapp", NEWSROOM).fields
    assert CONFIRM in fields["slots"]
    assert CONFIRM in fields["text"]


def test_an_edition_without_items_is_refused() -> None:
    with pytest.raises(ValueError, match="without items"):
        render_edition(replace(EDITION, items=()), "whatsapp", NEWSROOM)


def test_the_linter_is_content_with_a_good_edition_and_names_a_bad_slot() -> None:
    words = render_edition(EDITION, "whatsapp", NEWSROOM)
    assert not [each for each in lint(words) if each.grave]
    broken = replace(words, fields=words.fields | {"slots": ["a\tb", ""], "preview": "x" * 1025})
    said = " ".join(each.text for each in lint(broken))
    assert "The WhatsApp message: a line break" in said
    assert "Item 1 on WhatsApp: there are no words" in said
    assert "1,024" in said
