"""What the desk keeps in its process: good for a while, and made once."""

import re
import threading
import time

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import Member
from digest.staff.access import Role
from digest.web.desk.kept import KeptValues, forget
from tests.web import desk_day


def test_a_value_is_made_once_for_all_who_ask_at_once() -> None:
    made: list[int] = []
    kept: KeptValues[int] = KeptValues(60)

    def make() -> int:
        made.append(1)
        time.sleep(0.05)
        return len(made)

    asking = [threading.Thread(target=kept.get, args=("k", make)) for _ in range(8)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert len(made) == 1


def test_another_key_an_old_value_and_a_forgotten_one_are_made_anew() -> None:
    kept, short = KeptValues[str](60), KeptValues[str](0)
    assert kept.get("a", lambda: "first") == "first"
    assert kept.get("a", lambda: "second") == "first"
    assert kept.get("b", lambda: "third") == "third"
    assert short.get("a", lambda: "x") == "x"
    assert short.get("a", lambda: "y") == "y"
    few = KeptValues[int](60)
    assert few.get("n", lambda: 1, worth=lambda count: count > 5) == 1
    assert few.get("n", lambda: 9, worth=lambda count: count > 5) == 9
    assert few.get("n", lambda: 2, worth=lambda count: count > 5) == 9
    forget()
    assert kept.get("a", lambda: "fourth") == "fourth"


def test_who_wants_another_value_does_not_wait_for_one_that_is_being_made() -> None:
    kept: KeptValues[str] = KeptValues(60)
    begun, may_end = threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        assert may_end.wait(30)
        return "slow"

    maker = threading.Thread(target=kept.get, args=("a", slow))
    maker.start()
    assert begun.wait(30)
    assert kept.get("b", lambda: "quick") == "quick"
    may_end.set()
    maker.join()
    assert kept.get("a", lambda: "again") == "slow"


def test_the_values_wanted_last_are_kept_and_no_more() -> None:
    kept: KeptValues[str] = KeptValues(60, most=2)
    for key in ("a", "b", "a", "c"):
        kept.get(key, lambda key=key: f"first {key}")  # type: ignore[misc]
    assert [kept.get(key, lambda: "anew") for key in ("a", "c")] == ["first a", "first c"]
    assert kept.get("b", lambda: "anew") == "anew"


@pytest.mark.django_db
def test_a_piece_that_is_kept_for_all_carries_each_ones_own_token_and_rights() -> None:
    moment = now()
    desk_day.stories(moment)
    edition = desk_day.edition(moment)
    for path in ("/desk/", f"/desk/editions/{edition.public_id}/"):
        tokens = set()
        for name in ("Ann Ito", "Bo Ode"):
            client = Client()
            client.force_login(
                Member.objects.filter(first_name=name.split()[0]).first() or desk_day.member(name)
            )
            body = client.get(path).content.decode()
            found = re.findall(r'name="csrfmiddlewaretoken" value="(\w{64})"', body)
            assert len(found) > 20
            assert "own token" not in body
            tokens |= set(found)
            add = f"/desk/editions/{edition.public_id}/add"
            assert f'action="{add}"' in body
        assert len(tokens) >= 2
    onlooker = Client()
    onlooker.force_login(desk_day.member("Cy Low", Role.READER))
    for path in ("/desk/", f"/desk/editions/{edition.public_id}/"):
        body = onlooker.get(path).content.decode()
        assert f"/desk/editions/{edition.public_id}/add" not in body
        assert "/desk/alerts/raise" not in body
