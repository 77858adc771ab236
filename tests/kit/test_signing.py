"""Signatures bind a payload to a purpose and a key, and nothing else is taken."""

import re

from hypothesis import assume, given
from hypothesis import strategies as st

from digest.kit.signing import fingerprint, mac, seal, unseal

keys = st.text(min_size=1, max_size=20)
payloads = st.text(max_size=40)


@given(keys, keys, payloads)
def test_what_was_sealed_is_unsealed(key: str, purpose: str, payload: str) -> None:
    assert unseal(key, purpose, seal(key, purpose, payload)) == payload


@given(keys, keys, keys, payloads)
def test_another_key_or_purpose_opens_nothing(
    key: str, other: str, purpose: str, payload: str
) -> None:
    assume(other not in (key, purpose))
    sealed = seal(key, purpose, payload)
    assert unseal(other, purpose, sealed) is None
    assert unseal(key, other, sealed) is None


@given(payloads, st.integers(0, 200), st.characters())
def test_a_changed_letter_is_noticed(payload: str, at: int, letter: str) -> None:
    sealed = seal("key", "leave", payload)
    at %= len(sealed)
    forged = sealed[:at] + letter + sealed[at + 1 :]
    assume(forged != sealed)
    assert unseal("key", "leave", forged) is None


@given(st.text())
def test_anything_else_is_refused_without_an_error(text: str) -> None:
    assert unseal("key", "leave", text) is None


@given(st.text(alphabet=".-_abc019", max_size=20))
def test_a_seal_is_fit_for_a_path(payload: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._-]+", seal("key", "leave", payload))


@given(st.lists(st.text(st.characters(exclude_characters="\x1f")), min_size=2, max_size=4))
def test_parts_cannot_be_moved_across_their_borders(parts: list[str]) -> None:
    joined = ["".join(parts[:2]), *parts[2:]]
    assert mac("key", "p", *parts) != mac("key", "p", *joined)


def test_a_fingerprint_is_32_bytes_and_differs_by_channel() -> None:
    found = {fingerprint("key", channel, "6581234567") for channel in ("email", "whatsapp")}
    assert len(found) == 2
    assert {len(each) for each in found} == {32}
