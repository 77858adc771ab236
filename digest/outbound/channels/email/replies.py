"""What an SMTP server says, read from whatever pieces it arrives in (RFC 5321, section 4.2)."""

from collections.abc import Iterator

from digest.kit.errors import ExchangeFailed

LONGEST_LINE = 4096  # eight times what section 4.5.3.1.5 allows
MOST_LINES = 100
_KINDS = b"2345"


class NotSMTP(ExchangeFailed, ValueError):
    """The other side speaks something else, or does not stop."""


class Replies:
    """Collects bytes and gives whole replies; the lines of a long one are joined by spaces.

    Holds one unfinished reply at most, of :data:`MOST_LINES` lines of :data:`LONGEST_LINE` bytes.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._code = b""
        self._said: list[str] = []

    def feed(self, data: bytes) -> Iterator[tuple[int, str]]:
        """Replies that are complete now, as code and text, in order; take them all.

        Raises :class:`NotSMTP` where the bytes stop making sense, after the replies before that:
        an acceptance counts whatever follows it. The connection is then of no more use.
        """
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            reply = self._line(line.removesuffix(b"\r"))
            if reply is not None:
                yield reply
        if len(self._rest) > LONGEST_LINE:
            raise self._fault("a line of the answer does not end")

    def _line(self, line: bytes) -> tuple[int, str] | None:
        """The reply that ends with this line; None when more of it is to come."""
        code, mark = line[:3], line[3:4]
        if (
            len(line) > LONGEST_LINE
            or len(code) != 3
            or not code.isdigit()
            or code[0] not in _KINDS
            or mark not in (b"", b" ", b"-")
            or (self._code and code != self._code)
        ):
            raise self._fault("not an SMTP answer")
        text = line[4:].decode("utf-8", "replace").strip()
        if mark == b"-":
            self._code = code
            self._said.append(text)
            if len(self._said) >= MOST_LINES:
                raise self._fault("the answer does not end")
            return None
        if self._code:
            text = " ".join([*self._said, text])
            self._code, self._said = b"", []
        return int(code), text

    def _fault(self, words: str) -> NotSMTP:
        self._rest, self._code, self._said = b"", b"", []
        return NotSMTP(words)
