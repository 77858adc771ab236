"""A sponsor's words: booked for dates, marked as what they are, and harmless whatever they hold."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.models import AuditEntry, Edition
from digest.newsdesk.editions.core.content import EditionContent
from digest.newsdesk.editions.preview import content_of
from digest.newsdesk.newsletters.core.sponsor import SponsorPlan, read_sponsor
from digest.newsdesk.newsletters.sponsors import SponsorRefused, book_sponsor, cancel_sponsor
from digest.outbound.channels.rendering import render_alert, render_edition
from tests.outbound.samples import ALERT, EDITION, NEWSROOM
from tests.scenes import scene
from tests.web import desk_day

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FORM = {
    "first": "2026-11-23", "last": "2026-11-29", "name": "Harbour Bank",
    "text": "Save <b>more</b> & sleep “better”.", "url": "https://bank.example/?a=1&b=2",
    "picture": "https://bank.example/logo.png", "picture_alt": "A blue anchor",
}  # fmt: skip
SAID = {
    "en": "Advertisement: Harbour Bank", "ko": "광고: Harbour Bank",
    "ar": "إعلان: \u2068Harbour Bank\u2069", "zh-Hant": "廣告：Harbour Bank",
    "ta": "விளம்பரம்: Harbour Bank",
}  # fmt: skip


def plan(**changed: str) -> SponsorPlan:
    found, wrong = read_sponsor(FORM | changed)
    assert found is not None, wrong
    return found


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "x" * 81), ("text", " "), ("url", "http://bank.example"),
        ("url", "javascript:alert(1)"), ("url", "https://user:pw@bank.example"),
        ("url", 'https://bank.example/"onclick='), ("url", "https://"), ("picture", "data:x"),
        ("picture_alt", ""), ("first", "tomorrow"), ("last", "2026-11-22"), ("last", "2028-01-01"),
    ],
)  # fmt: skip
def test_what_cannot_be_booked_is_marked_at_its_field(field: str, value: str) -> None:
    found, wrong = read_sponsor(FORM | {field: value})
    assert found is None
    assert list(wrong) == [field] and wrong[field].endswith(".")


@given(st.dictionaries(st.sampled_from(sorted(FORM)), st.text(max_size=600)))
def test_no_form_raises_or_lets_a_link_through_that_is_none(changed: dict[str, str]) -> None:
    found, wrong = read_sponsor(FORM | changed)
    assert (found is None) == bool(wrong)
    assert found is None or found.url.startswith("https://")


@pytest.mark.django_db
def test_an_edition_carries_it_on_its_dates_and_says_that_it_is_an_advertisement() -> None:
    newsletter, member = scene.newsletter(), desk_day.member()
    booked = book_sponsor(newsletter.pk, plan(), now=NOW, member=member)
    with pytest.raises(SponsorRefused, match="Harbour Bank has it from 2026-11-23"):
        book_sponsor(newsletter.pk, plan(first="2026-11-29"), now=NOW, member=member)
    made = [
        Edition.objects.create(
            newsletter=newsletter, local_date=day, slot_at=NOW + timedelta(days=number), title="T",
            window_start=NOW - timedelta(days=1), window_end=NOW,
        )
        for number, day in enumerate([date(2026, 11, 29), date(2026, 11, 30)])
    ]  # fmt: skip
    on, after = (content_of(each.pk) for each in made)
    assert on.sponsor is not None and on.sponsor.name == "Harbour Bank"
    assert after.sponsor is None
    assert EditionContent.from_document(on.to_document()) == on
    assert cancel_sponsor(newsletter.pk, booked, now=NOW, member=member) == "Harbour Bank"
    assert content_of(made[0].pk).sponsor is None
    verbs = AuditEntry.objects.order_by("pk").values_list("verb", flat=True)
    assert [*verbs] == ["booked sponsor", "cancelled sponsor"]


@pytest.mark.django_db
@pytest.mark.parametrize("language", sorted(SAID))
def test_the_mail_marks_it_in_its_language_and_escapes_it(language: str) -> None:
    newsletter = scene.newsletter()
    book_sponsor(newsletter.pk, plan(), now=NOW, member=desk_day.member())
    edition = Edition.objects.create(
        newsletter=newsletter, local_date=date(2026, 11, 23), slot_at=NOW, title="T",
        window_start=NOW - timedelta(days=1), window_end=NOW,
    )  # fmt: skip
    sponsored = replace(EDITION, language=language, sponsor=content_of(edition.pk).sponsor)
    fields = render_edition(sponsored, "email", NEWSROOM).fields
    assert SAID[language] in fields["html"] and SAID[language] in fields["text"]
    assert "<b>more</b>" not in fields["html"] and "Save &lt;b&gt;more" in fields["html"]
    assert 'href="https://bank.example/?a=1&amp;b=2"' in fields["html"]
    assert 'alt="A blue anchor"' in fields["html"]
    assert "Harbour Bank" not in render_alert(ALERT, "email", NEWSROOM).fields["html"]
    assert "Harbour Bank" not in str(render_edition(sponsored, "whatsapp", NEWSROOM).fields)
