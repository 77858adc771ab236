"""Programs that try the links of mail are told from people by what they do."""

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.outbound.delivery.core import machine_networks
from digest.outbound.delivery.core.following import AT_ONCE, BURST, ECHO, SOON, Followed, people

SENT = datetime(2026, 11, 23, 7, tzinfo=UTC)


def at(seconds: float, link: str = "a", *, machine: bool = False) -> Followed:
    return Followed(SENT + timedelta(seconds=seconds), link, machine)


def told(*found: Followed) -> tuple[bool, ...]:
    return people(found, SENT)


@pytest.mark.parametrize("seconds", [-3, 0, 2, 9.9])
def test_nobody_reads_within_seconds_of_the_delivery(seconds: float) -> None:
    assert told(at(seconds)) == (False,)


def test_all_links_at_once_are_tried_and_not_read() -> None:
    assert told(at(60, "a"), at(61, "b"), at(62, "c")) == (False, False, False)
    assert told(at(60, "a"), at(62, "b"), at(64, "c"), at(600, "a")) == (False, False, False, True)


def test_a_reader_who_opens_one_after_the_other_is_one() -> None:
    assert told(at(60, "a"), at(90, "b"), at(99, "c"), at(120, "d")) == (True,) * 4
    # Twice the same, and a second one in a tab of its own.
    assert told(at(60, "a"), at(61, "a"), at(62, "b")) == (True,) * 3


def test_what_a_program_asked_counts_no_more_when_it_comes_again_at_once() -> None:
    assert told(at(60, machine=True), at(61), at(64)) == (False, False, True)


def test_of_a_copy_whose_delivery_is_not_known_the_rest_is_judged() -> None:
    assert people([at(1), at(500)], None) == (True, True)


seconds = st.floats(min_value=-5, max_value=2_000, allow_nan=False)
requests = st.builds(at, seconds, st.sampled_from("abcdef"), machine=st.booleans())
lists = st.lists(requests, max_size=12)


@given(lists, st.randoms(use_true_random=False))
def test_the_order_in_which_they_are_given_changes_nothing(found: list[Followed], mix) -> None:  # type: ignore[no-untyped-def]
    order = list(range(len(found)))
    mix.shuffle(order)
    before = people(found, SENT)
    after = people([found[place] for place in order], SENT)
    assert [before[place] for place in order] == list(after)


@given(lists, requests)
def test_one_more_request_makes_nobody_a_person(found: list[Followed], one: Followed) -> None:
    before, after = people(found, SENT), people([*found, one], SENT)
    assert all(not now or then for then, now in zip(before, after, strict=False))


@given(lists)
def test_machines_and_the_first_seconds_never_count(found: list[Followed]) -> None:
    for each, person in zip(found, people(found, SENT), strict=True):
        assert not person or (not each.by_machine and each.at - SENT >= SOON)


@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=8), st.floats(10, 5_000))
def test_who_takes_their_time_always_counts(followed: list[str], begins: float) -> None:
    gap = max(BURST, ECHO).total_seconds() + 0.1
    calm = [at(begins + place * gap, link) for place, link in enumerate(followed)]
    assert told(*calm) == (True,) * len(calm)


@given(st.integers(AT_ONCE, 30), st.floats(10, 5_000), st.floats(0, 4.9))
def test_a_burst_never_counts_however_late(links: int, begins: float, takes: float) -> None:
    burst = [at(begins + takes * n / links, f"l{n}") for n in range(links)]
    assert not any(told(*burst))


LIST = [
    "# Clouds",
    "203.0.113.0/24  # one",
    "",
    "198.51.100.7",
    "2001:db8:1::/48",
    "203.0.114.0/25",
]


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("203.0.113.0", True), ("203.0.113.255", True), ("203.0.114.127", True),
        ("203.0.114.128", False), ("203.0.112.255", False), ("198.51.100.7", True),
        ("198.51.100.8", False), ("2001:db8:1::5", True), ("2001:db8:2::5", False),
        ("::ffff:203.0.113.9", True), ("no address", False), ("", False),
    ],
)  # fmt: skip
def test_an_address_lies_in_a_listed_network_or_not(address: str, inside: bool) -> None:
    assert (address in machine_networks.read(LIST)) is inside


def test_a_line_that_is_no_network_is_named() -> None:
    with pytest.raises(machine_networks.BadNetworks, match="Line 2 is no network: 'amazon'"):
        machine_networks.read(["203.0.113.0/24", "amazon"])


@given(st.lists(st.tuples(st.ip_addresses(v=4), st.integers(8, 32)), max_size=20), st.data())
def test_the_look_up_agrees_with_the_networks_themselves(given_nets, data) -> None:  # type: ignore[no-untyped-def]
    nets = [ipaddress.ip_network((ip, size), strict=False) for ip, size in given_nets]
    found = machine_networks.read(str(net) for net in nets)
    asked = data.draw(
        st.ip_addresses(v=4)
        | st.sampled_from([n[0] for n in nets] or [ipaddress.ip_address("192.0.2.1")])
    )
    assert (str(asked) in found) == any(asked in net for net in nets)
