"""One SMTP connection that carries mail after mail, without a task or a timer of its own per mail.

The transaction is ours, because the journal must know of a mail before its final byte, and because
no library pipelines (RFC 2920): the end of one mail and the envelope of the next leave in one
write, so that a mail costs one round trip. Where the relay offers CHUNKING (RFC 3030) the content
goes by BDAT, no dot stuffed. One mail at most is handed over unanswered; envelopes are no promise.
"""

import asyncio
import re
from collections import deque
from typing import Any

from digest.outbound.channels.base import (
    AnswerLost,
    ChannelError,
    Receipt,
    Rejected,
    Unreachable,
)
from digest.outbound.channels.email.outgoing import OutgoingMail, stuffed
from digest.outbound.channels.email.refusals import Said, refused
from digest.outbound.channels.email.relay import Capabilities
from digest.outbound.channels.email.replies import NotSMTP, Replies
from digest.outbound.channels.email.transport import Seat

_QUEUED = re.compile(r"queued as ([A-Za-z0-9-]{3,64})", re.IGNORECASE)
_BYE = 1.0


class Connection(asyncio.Protocol):
    """A connection at work for a queue; see the module's text.

    A :class:`~.transport.RelayLine` over ``transport``, which has been greeted. What is asked for
    with each mail is kept as attributes: this is the hot path.
    """

    def __init__(
        self, seat: Seat, transport: asyncio.Transport, capabilities: Capabilities
    ) -> None:
        self._jobs = seat.jobs
        self._source = seat.source
        self._capabilities = capabilities
        self._patience = seat.patience
        self._most = seat.most
        self._elsewhere = seat.elsewhere
        self._ended = seat.ended
        self._greeted = transport
        self._replies = Replies()
        self._expected: deque[Said] = deque()
        self._handed: OutgoingMail | None = None
        self._ahead: OutgoingMail | None = None
        self._refusal: Rejected | None = None
        self._out: list[bytes] = []
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._parting = self._leaving = self._gone = False
        self.carried = 0
        self.left: OutgoingMail | None = None

    @property
    def idle(self) -> bool:
        """Whether it could begin a mail at once."""
        return not (self._expected or self._parting or self._gone)

    @property
    def parting(self) -> bool:
        """Whether it begins nothing more."""
        return self._parting or self._gone

    def start(self, first: OutgoingMail | None = None) -> None:
        """Take over the connection, and begin."""
        self._transport = transport = self._greeted
        transport.set_protocol(self)
        if transport.is_closing():
            self._ahead = first
            self._break("the connection was closed at once")
            return
        self._begin(first)
        self._flush()

    def kick(self) -> None:
        """Begin the next mail if nothing is under way."""
        if self.idle:
            self._begin()
            self._flush()

    def part(self) -> None:
        """Begin nothing more; say good-bye when what is under way has ended."""
        if not self._parting and not self._gone:
            self._parting = True
            if not self._expected:
                self._quit()

    def holds(self, job: Any) -> bool:
        """Whether ``job`` is under way here."""
        return any(mail and mail.job is job for mail in (self._handed, self._ahead))

    def abort(self) -> None:
        """Close at once. A mail whose final byte has not gone out is then not accepted."""
        self._end()

    # What the connection reports

    def data_received(self, data: bytes) -> None:
        """Read the answers and go on."""
        if self._gone:
            return
        heard = False
        try:
            for code, text in self._replies.feed(data):
                heard = True
                self._hear(code, text)
                if self._gone:
                    return
        except NotSMTP as error:
            self._break(str(error))
            return
        if heard:
            self._await()
            self._flush()

    def eof_received(self) -> None:
        """The other side hung up."""
        self._break("connection lost")

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, whoever ended it."""
        self._break(f"connection lost: {exc}" if exc else "connection lost")

    # The transaction

    def _begin(self, mail: OutgoingMail | None = None) -> None:
        """The next mail's envelope; all of it at once where the relay allows that."""
        if self._parting:
            return
        if self.carried >= self._most:
            if not self._expected:
                self._parting = True
                self._quit()
            return
        mail = mail or self._source()
        while mail is not None and (fault := self._unfit(mail)):
            if self._elsewhere(mail):
                self.part()
                return
            self._jobs.failed(mail.job, fault, intended=False)
            mail = self._source()
        if mail is None:
            return
        self.carried += 1
        options = f" SIZE={len(mail.content)}" if self._capabilities.size else ""
        if not mail.recipient.isascii():
            options += " SMTPUTF8 BODY=8BITMIME" if self._capabilities.eightbit else " SMTPUTF8"
        self._ahead, self._refusal = mail, None
        mail_from = f"MAIL FROM:<{mail.sender}>{options}\r\n"
        if not self._capabilities.pipelining:
            self._say(mail_from.encode(), Said.MAIL)
            return
        envelope = f"{mail_from}RCPT TO:<{mail.recipient}>\r\n"
        if self._capabilities.chunking:
            self._say(envelope.encode(), Said.MAIL, Said.RCPT)
        else:
            self._say(f"{envelope}DATA\r\n".encode(), Said.MAIL, Said.RCPT, Said.DATA)

    def _unfit(self, mail: OutgoingMail) -> Rejected | None:
        return self._capabilities.refusal(mail.recipient, len(mail.content))

    def _say(self, words: bytes, *answers: Said) -> None:
        self._out.append(words)
        self._expected.extend(answers)

    def _hear(self, code: int, text: str) -> None:
        if self._leaving:
            self._end()
            return
        if not self._expected:
            # Unasked: a relay that is about to close says 421.
            self._break(f"{code} {text}")
            return
        about = self._expected.popleft()
        if about is Said.CONTENT and self._out:
            self._break("the relay answered what had not been sent yet")
        elif about is Said.CONTENT:
            self._answered(code, text)
        elif about is not Said.ASIDE:
            self._envelope(about, code, text)
        if self._gone:
            return
        if code == 421:
            self._break(f"421 {text}")
        elif not self._expected:
            if self._parting:
                self._quit()
            elif self._ahead is None:
                self._begin()

    def _answered(self, code: int, text: str) -> None:
        mail, kind = self._handed, code // 100
        assert mail is not None
        if kind not in (2, 4, 5):
            self._break(f"unexpected answer {code}")
            return
        self._handed = None
        if kind == 2:
            queued = _QUEUED.search(text)
            self._jobs.accepted(mail.job, Receipt(code, text, queued[1] if queued else ""))
        else:
            self._jobs.failed(mail.job, refused(code, text, Said.CONTENT), intended=True)

    def _envelope(self, about: Said, code: int, text: str) -> None:
        """MAIL, RCPT or DATA was answered."""
        mail, good = self._ahead, code // 100 == (3 if about is Said.DATA else 2)
        assert mail is not None
        if not good and self._refusal is None:
            self._refusal = refused(code, text, about)
        if code == 421:
            self._turned_away(mail)
            return
        pipelining = self._capabilities.pipelining
        last = Said.RCPT if self._capabilities.chunking else Said.DATA
        if self._refusal is None:
            if about is last:
                self._hand_over(mail)
            elif not pipelining and about is Said.MAIL:
                self._say(f"RCPT TO:<{mail.recipient}>\r\n".encode(), Said.RCPT)
            elif not pipelining:
                self._say(b"DATA\r\n", Said.DATA)
        elif about is last or not pipelining:
            if about is Said.DATA and good:
                # It waits for content although it took no recipient: end it empty.
                self._say(b".\r\n", Said.ASIDE)
            self._refuse(mail)

    def _turned_away(self, mail: OutgoingMail) -> None:
        """421 before the content. Where a connection has served, another may be luckier."""
        self._ahead, refusal = None, self._refusal
        assert refusal is not None
        if self.carried > 1 and not mail.again:
            mail.again = True
            self.left = mail
        else:
            self._jobs.failed(mail.job, refusal, intended=False)

    def _refuse(self, mail: OutgoingMail) -> None:
        refusal, self._ahead = self._refusal, None
        assert refusal is not None
        self._jobs.failed(mail.job, refusal, intended=False)
        self._say(b"RSET\r\n", Said.ASIDE)
        if self._capabilities.pipelining:
            self._begin()

    def _hand_over(self, mail: OutgoingMail) -> None:
        """The content, if the queue still wants it sent, and the next envelope behind it."""
        self._ahead = None
        if not self._jobs.intend(mail.job):
            # After 354 there is no way back but to hang up.
            self._end()
            return
        self._handed = mail
        content = mail.content
        if self._capabilities.chunking:
            self._out += (b"BDAT %d LAST\r\n" % len(content), content)
        else:
            self._out += (content if mail.dotless else stuffed(content), b".\r\n")
        self._expected.append(Said.CONTENT)
        if self._capabilities.pipelining and self.carried < self._most:
            self._begin()

    def _flush(self) -> None:
        """Write what has gathered, the journal first."""
        if not self._out or self._gone:
            return
        try:
            self._jobs.seal()
        except OSError as error:
            self._unsealed(error)
            return
        assert self._transport is not None
        out, self._out = self._out, []
        self._await()
        self._transport.write(b"".join(out))

    def _unsealed(self, error: OSError) -> None:
        """The journal cannot be written: what gathered must not leave, the last content first."""
        self._out.clear()
        words = f"the journal of intents cannot be written: {error}"
        for mail in filter(None, (self._handed, self._ahead)):
            self._jobs.failed(mail.job, Unreachable(words), intended=False)
        self._handed = self._ahead = None
        self._end()

    # The end

    def _await(self) -> None:
        """From now on the next answer is waited for, for as long as its kind may take."""
        if self._gone or not self._expected:
            return
        is_final = self._expected[0] is Said.CONTENT
        patience = self._patience.answer if is_final else self._patience.command
        self._deadline = self._loop.time() + patience
        # The timer of a longer wait would ring too late; one that rings early looks again.
        if self._watch is not None and self._watch.when() > self._deadline:
            self._watch.cancel()
            self._watch = None
        if self._watch is None:
            self._watch = self._loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        """Is an answer overdue?"""
        self._watch = None
        if self._gone:
            return
        if self._expected and self._loop.time() >= self._deadline:
            self._break("no answer in time", overdue=True)
        elif self._expected:
            self._watch = self._loop.call_at(self._deadline, self._look)

    def _break(self, words: str, *, overdue: bool = False) -> None:
        """The connection is of no use any more: say what became of the mails under way."""
        if self._gone:
            return
        handed, self._handed = self._handed, None
        ahead, self._ahead = self._ahead, None
        if handed is not None:
            lost = AnswerLost(f"{words} after the content", overdue=overdue)
            self._jobs.failed(handed.job, lost, intended=True)
        if ahead is not None:
            if self.carried > 1 and not ahead.again:
                # A kept connection may have died of age; a new one tells.
                ahead.again = True
                self.left = ahead
            else:
                error: ChannelError = Unreachable(f"{words} before the content")
                self._jobs.failed(ahead.job, error, intended=False)
        self._end()

    def _quit(self) -> None:
        """Good-bye; the connection is closed after a second at most."""
        if self._transport is None or self._gone or self._leaving:
            return
        self._leaving = True
        self._transport.write(b"QUIT\r\n")
        self._loop.call_later(_BYE, self._end)

    def _end(self) -> None:
        if self._gone:
            return
        self._gone = True
        if self._watch is not None:
            self._watch.cancel()
        if self._transport is not None:
            self._transport.abort()
        self._ended(self)
