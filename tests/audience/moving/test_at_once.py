"""A change of address beside what else may happen to its reader at that very moment."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection

from digest.audience.core import tokens
from digest.audience.joining.subscribe import SignUp, subscribe
from digest.audience.leaving.erase import erase
from digest.audience.leaving.unsubscribe import unsubscribe
from digest.audience.models.addresses import fingerprint_of
from digest.audience.moving import asking, making
from digest.models import Address, AddressChange, Consent, Subscriber, Subscription, Suppression
from tests.audience.conftest import KINDS, NOW, Newsroom, confirm_link
from tests.audience.moving.test_moving import NEW, OLD, agree, ask, confirm
from tests.deadlines import patience

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.parametrize("go", range(3))]


@pytest.fixture
def committed(transactional_db: None) -> Iterator[Newsroom]:
    yield Newsroom()


def at_once(*steps: Callable[[], object]) -> None:
    """Run them together; each may find that the other was there before, and none may break."""
    barrier = threading.Barrier(len(steps))

    def run(step: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=patience(20))
            step()
        except tokens.BadToken:
            pass  # what the link was for is gone
        finally:
            connection.close()

    with ThreadPoolExecutor(len(steps)) as pool:
        for each in [pool.submit(run, step) for step in steps]:
            each.result(timeout=patience(60))


def test_erased_while_it_changes_leaves_nothing_of_either(committed: Newsroom, go: int) -> None:
    ann = committed.reader(OLD)
    change = ask(ann)
    confirm(change)
    at_once(lambda: agree(change), lambda: erase(ann.pk, now=NOW))
    assert not Address.objects.exists() and not Subscription.objects.exists()
    assert not AddressChange.objects.exclude(value="").exists()
    assert not Consent.objects.exclude(subscriber=None).exists()
    # The one that counted when it was erased comes back by no list.
    assert Suppression.objects.filter(fingerprint=fingerprint_of("email", OLD)).exists()
    assert not Subscriber.objects.filter(erased_at=None).exists()


def test_left_while_it_changes_stays_left(committed: Newsroom, go: int) -> None:
    ann = committed.reader(OLD)
    change = ask(ann)
    confirm(change)
    token = tokens.unsubscribe_token(settings.SECRET_KEY, Subscription.objects.get().pk)
    at_once(lambda: agree(change), lambda: unsubscribe(token, now=NOW))
    ann.refresh_from_db()
    assert Subscription.objects.get().state == "ended"
    assert AddressChange.objects.get().outcome == ("made" if ann.value == NEW else "lapsed")
    # Made or not, nobody else stands at the new address.
    assert Address.objects.count() == 1


def test_who_confirms_a_sign_up_at_the_new_address_keeps_it(committed: Newsroom, go: int) -> None:
    ann = committed.reader(OLD)
    change = ask(ann)
    signed = subscribe(SignUp("email", NEW, topics=("trade",)), now=NOW)
    confirm(change)
    letter = confirm_link(signed.address_id) if signed.asked else ""
    at_once(lambda: agree(change), lambda: making_of(letter))
    at_new = Address.objects.get(channel="email", value=NEW)
    ann.refresh_from_db()
    if ann.value == NEW:
        assert at_new.pk == ann.pk
    else:
        # The sign-up was first: two readers, each with their own.
        assert AddressChange.objects.get().outcome == "lapsed"
        names = [each.name for each in Subscription.objects.filter(address=at_new, state="active")]
        assert names == ["Trade and shipping"]
    assert [each.state for each in Subscription.objects.filter(address=ann)] == ["active"]


def making_of(letter: str) -> None:
    from digest.audience.joining.confirm import confirm as confirm_sign_up

    if letter:
        confirm_sign_up(letter, now=NOW)


def test_two_who_wish_for_each_others_address_keep_their_own(committed: Newsroom, go: int) -> None:
    ann, bob = committed.reader(OLD), committed.reader("bob@example.org")
    at_once(
        lambda: asking.ask_to_move(ann.pk, "bob@example.org", now=NOW),
        lambda: asking.ask_to_move(bob.pk, OLD, now=NOW),
    )
    at_once(*[lambda: asking.answer_moves(now=NOW, kinds=KINDS)] * 2)
    changes = list(AddressChange.objects.filter(over_at=None))
    at_once(*[lambda each=each: confirm(each) for each in changes])
    at_once(*[lambda each=each: agree(each) for each in changes])
    making.make_due(now=NOW, kinds=KINDS)
    ann.refresh_from_db()
    bob.refresh_from_db()
    assert (ann.value, bob.value) == (OLD, "bob@example.org")
    assert set(Subscription.objects.values_list("state", flat=True)) == {"active"}


def test_two_who_wish_for_one_address_do_not_both_get_it(committed: Newsroom, go: int) -> None:
    ann, bob = committed.reader(OLD), committed.reader("bob@example.org")
    changes = [ask(ann), ask(bob)]
    at_once(*[lambda each=each: confirm(each) for each in changes])
    at_once(*[lambda each=each: agree(each) for each in changes])
    assert Address.objects.filter(value=NEW).count() == 1
    assert Address.objects.count() == 2
    assert sorted(AddressChange.objects.values_list("outcome", flat=True)) == ["lapsed", "made"]
    assert set(Subscription.objects.values_list("state", flat=True)) == {"active"}
