"""The parser of what SMTP servers say."""

import tracemalloc
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.outbound.channels.email.replies import LONGEST_LINE, MOST_LINES, NotSMTP, Replies

words = st.text(
    st.characters(exclude_characters="\r\n", exclude_categories=("Cs",)), max_size=80
).map(str.strip)
codes = st.integers(200, 599)
reply = st.tuples(codes, st.lists(words, min_size=1, max_size=6))
bare = st.tuples(codes, st.just([""]))


def written(code: int, lines: list[str], end: str = "\r\n") -> bytes:
    """A reply as a server writes it."""
    marks = ["-"] * (len(lines) - 1) + [" "]
    return "".join(f"{code}{m}{t}{end}" for m, t in zip(marks, lines, strict=True)).encode()


def pieces(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    """``data`` cut at these places."""
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(places)]


def heard(chunks: Iterable[bytes]) -> tuple[list[tuple[int, str]], str]:
    """All replies until the end or the error, and the error's text."""
    replies, found = Replies(), []
    try:
        for chunk in chunks:
            for each in replies.feed(chunk):
                found.append(each)
    except NotSMTP as error:
        return found, str(error)
    return found, ""


cuts = st.lists(st.integers(0, 10_000), max_size=30)


@given(st.lists(st.one_of(reply, bare), max_size=8), cuts, st.sampled_from(["\r\n", "\n"]))
def test_replies_are_the_same_however_they_arrive(
    said: list[tuple[int, list[str]]], cuts: list[int], end: str
) -> None:
    data = b"".join(written(code, lines, end) for code, lines in said)
    expected = [(code, " ".join(lines)) for code, lines in said]
    assert heard(pieces(data, cuts)) == (expected, "")
    assert heard(data[at : at + 1] for at in range(len(data))) == (expected, "")


@given(st.binary(max_size=400), cuts)
@example(b"250 ok\r\nnonsense\r\n", [3])
@example(b"250-a\r\n550 b\r\n", [])
@example(b"250\r\n354", [2, 5])
def test_any_bytes_give_the_same_replies_and_the_same_error_however_they_arrive(
    data: bytes, cuts: list[int]
) -> None:
    found = heard([data])
    assert heard(pieces(data, cuts)) == found
    assert all(200 <= code <= 599 for code, _ in found[0])


@pytest.mark.parametrize(
    "line",
    [
        b"HTTP/1.1 400 Bad Request", b"", b"25 ok", b"25O ok", b"100 go on", b"600 what", b"000 no",
        b"250_ok", b"2500 ok", b" 250 ok", "٢٥٠ ok".encode(), b"250-one\r\n251 two",
        b"\x16\x03\x01",
    ],
)  # fmt: skip
def test_what_is_no_reply_is_an_error_after_the_replies_before_it(line: bytes) -> None:
    found, error = heard([b"250 accepted\r\n" + line + b"\r\n250 never heard\r\n"])
    assert (found, error) == ([(250, "accepted")], "not an SMTP answer")


@pytest.mark.parametrize(
    ("chunk", "says"),
    [
        (b"250 " + b"x" * 500, "does not end"),
        (b"250-" + b"x" * 100 + b"\r\n", "the answer does not end"),
        (b"x", "a line of the answer does not end"),
        (b"250 " + b"x" * LONGEST_LINE + b"\r\n", "not an SMTP answer"),
    ],
)
def test_what_does_not_stop_is_given_up_early_and_keeps_no_memory(chunk: bytes, says: str) -> None:
    replies = Replies()
    tracemalloc.start()
    try:
        for number in range(MOST_LINES * LONGEST_LINE):
            try:
                for _ in replies.feed(chunk):
                    pytest.fail("that was no reply")
            except NotSMTP as error:
                assert says in str(error)
                assert number * len(chunk) <= MOST_LINES * LONGEST_LINE
                break
        else:
            pytest.fail("it never gave up")
        # What feeds it further, as a server that does not stop would, changes nothing.
        for _ in range(2000):
            with pytest.raises(NotSMTP):
                for _ in replies.feed(chunk * 2 if b"\n" in chunk else b"\n"):
                    pytest.fail("that was no reply")
                for _ in replies.feed(b"junk\r\n"):
                    pytest.fail("that was no reply")
        assert tracemalloc.get_traced_memory()[0] < 4 * MOST_LINES * 200 + 64 * LONGEST_LINE
    finally:
        tracemalloc.stop()
