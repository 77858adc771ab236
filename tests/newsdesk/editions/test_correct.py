"""An edition that was sent is corrected in a revision of its own; what was sent is kept."""

import pytest

from digest.kit.clock import now
from digest.models import AuditEntry, Edition, EditionRevision, Member
from digest.newsdesk.editions.core.content import EditionContent
from digest.newsdesk.editions.correct import ItemCorrection, correct
from digest.newsdesk.editions.lock import EditionRefused, StaleEdition
from tests.scenes import scene

pytestmark = pytest.mark.django_db
FIRST = "00000000-0000-4000-8000-000000000001"
OTHERS = [f"00000000-0000-4000-8000-00000000000{number}" for number in (2, 3)]


@pytest.fixture
def frozen() -> EditionRevision:
    return scene.edition(scene.newsletter(), now=now())


@pytest.fixture
def ada() -> Member:
    return Member.objects.create_user("ada@meridian.example", first_name="Ada", last_name="Lim")


def said(edition_id: int, revision: int) -> EditionContent:
    found = EditionRevision.objects.get(edition_id=edition_id, revision=revision)
    return EditionContent.from_document(found.content)


def test_the_next_revision_has_the_new_words_and_the_one_that_was_sent_its_own(
    frozen: EditionRevision, ada: Member
) -> None:
    published = frozen.edition.published_at
    words = {
        FIRST: ItemCorrection(" Bridge\nstays shut ", ""),
        OTHERS[0]: ItemCorrection("x", is_out=True),
    }
    done = correct(frozen.edition_id, words, member=ada, now=now())
    assert (done.revision, done.first) == (2, True)
    assert [each.headline for each in said(frozen.edition_id, 2).items] == [
        "Bridge stays shut", "Harbour bridge reopens, day 3",
    ]  # fmt: skip
    assert said(frozen.edition_id, 2).revision == 2
    assert len(said(frozen.edition_id, 1).items) == 3
    edition = Edition.objects.get(pk=frozen.edition_id)
    assert (edition.revision, edition.published_at) == (2, published)
    entry = AuditEntry.objects.get(verb="corrected")
    assert (entry.who, entry.detail["stories"]) == ("Ada Lim", [FIRST, OTHERS[0]])


def test_the_same_words_again_change_nothing(frozen: EditionRevision, ada: Member) -> None:
    item = said(frozen.edition_id, 1).items[0]
    same = {
        item.story: ItemCorrection(item.headline, item.blurb),
        "of-another": ItemCorrection("x"),
    }
    assert not correct(frozen.edition_id, same, member=ada, now=now()).first
    assert EditionRevision.objects.count() == 1


def test_words_of_a_channels_own_do_not_outlive_a_correction(
    frozen: EditionRevision, ada: Member
) -> None:
    document = frozen.content | {"revision": 2}
    document["items"][0]["wordings"] = {"telegram": {"headline": "Bridge open!"}}
    EditionRevision.objects.create(
        edition=frozen.edition, revision=2, content=document, published_at=now(), published_by="x"
    )
    Edition.objects.update(revision=2)
    correct(frozen.edition_id, {FIRST: ItemCorrection("Bridge shut")}, member=ada, now=now())
    assert said(frozen.edition_id, 3).items[0].headline_on("telegram") == "Bridge shut"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({each: ItemCorrection("x", is_out=True) for each in (FIRST, *OTHERS)}, "Nothing would be"),
        ({FIRST: ItemCorrection(" ")}, "needs a headline"),
        ({FIRST: ItemCorrection("x" * 201)}, "headline has 201"),
        ({FIRST: ItemCorrection("x", "y" * 501)}, "blurb has 501"),
    ],
)
def test_what_makes_no_edition_is_refused(
    frozen: EditionRevision, ada: Member, words: dict[str, ItemCorrection], why: str
) -> None:
    with pytest.raises(EditionRefused, match=why):
        correct(frozen.edition_id, words, member=ada, now=now())


def test_two_at_once_do_not_overwrite_each_other(frozen: EditionRevision, ada: Member) -> None:
    seen = frozen.edition.lock_version
    by = {"member": ada, "now": now(), "lock_version": seen}
    correct(frozen.edition_id, {FIRST: ItemCorrection("One")}, **by)
    with pytest.raises(StaleEdition):
        correct(frozen.edition_id, {FIRST: ItemCorrection("Two")}, **by)


def test_what_has_not_gone_out_is_changed_on_its_sheet(
    frozen: EditionRevision, ada: Member
) -> None:
    Edition.objects.update(state="draft")
    with pytest.raises(EditionRefused, match="on its sheet"):
        correct(frozen.edition_id, {FIRST: ItemCorrection("x")}, member=ada, now=now())
