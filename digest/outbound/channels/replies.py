"""What an SMTP server says, read from whatever pieces it arrives in (RFC 5321, section 4.2)."""

_LONGEST_LINE = 4096  # eight times what section 4.5.3.1.5 allows
_MOST_LINES = 100


class NotSMTP(ValueError):
    """The other side speaks something else, or does not stop."""


class Replies:
    """Collects bytes and gives whole replies; the lines of a long one are joined by spaces."""

    def __init__(self) -> None:
        self._rest = b""
        self._said: list[str] = []

    def feed(self, data: bytes) -> list[tuple[int, str]]:
        """Replies that are complete now, as code and text. Raises :class:`NotSMTP`."""
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > _LONGEST_LINE:
            raise NotSMTP("a line of the answer does not end")
        found = []
        for line in lines:
            code = line[:3]
            if not code.isdigit() or len(code) != 3 or len(line) > _LONGEST_LINE:
                raise NotSMTP("not an SMTP answer")
            text = line[4:].decode("utf-8", "replace").strip()
            if line[3:4] == b"-":
                self._said.append(text)
                if len(self._said) >= _MOST_LINES:
                    raise NotSMTP("the answer does not end")
                continue
            if self._said:
                text = " ".join([*self._said, text])
                self._said = []
            found.append((int(code), text))
        return found
