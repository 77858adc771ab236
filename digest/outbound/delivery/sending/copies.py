"""From a claimed row to a copy: the shared words, and the links that are this reader's own."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from digest.audience.core import tokens
from digest.audience.models.letters import Letter
from digest.outbound.delivery.ledger.claim import Claimed
from digest.outbound.messages import links
from digest.outbound.messages.counted import NOBODY, copy_part
from digest.outbound.messages.message import Act, Copy, Endpoint, ReaderLinks, Words

# Personal digests have words per signature; this many stay in memory beside those in use.
_WORDS_KEPT = 256

_WORDS = """
SELECT id, channel, language, template, template_version, words, variant
FROM digest_message WHERE id = ANY(%s)
"""

# The last that the address got of what is replaced; a few partitions, by their primary keys.
_EARLIER = """
SELECT DISTINCT ON (d.address_id) d.address_id, d.provider_id FROM digest_delivery d
-- Not a message of several alerts: what takes its place would take the others away.
JOIN digest_message m ON m.id = d.message_id AND m.variant = ''
WHERE d.send_id = ANY(%s) AND d.address_id = ANY(%s) AND d.provider_id <> ''
ORDER BY d.address_id, d.send_id DESC
"""


@dataclass(frozen=True, slots=True)
class Replacing:
    """What becomes of the messages of these earlier sends where their addresses got any."""

    act: Act
    send_ids: tuple[int, ...]


def service_links(
    kind: Letter.Kind, letter_id: int, *, about: int = 0, base_url: str, key: str
) -> Callable[[Claimed], ReaderLinks]:
    """What makes the one link of a letter, for the address that it goes to.

    ``about`` is the change of address that it is of.
    """

    def made(row: Claimed) -> ReaderLinks:
        generation = row.link_generation
        match kind:
            case Letter.Kind.CONFIRM:
                return ReaderLinks(
                    confirm=links.confirm(base_url, tokens.confirm_token(key, letter_id))
                )
            case Letter.Kind.MOVE:
                return ReaderLinks(confirm=links.move(base_url, tokens.move_token(key, about)))
            case Letter.Kind.NOTICE:
                return ReaderLinks(confirm=links.stay(base_url, tokens.stay_token(key, about)))
            case Letter.Kind.LINK | Letter.Kind.RENEWED | Letter.Kind.KNOWN:
                token = tokens.preferences_token(key, row.address_id, generation)
                return ReaderLinks(preferences=links.preferences(base_url, token))
        token = tokens.own_data_token(key, kind.value, letter_id, generation)
        return ReaderLinks(own_data=links.own_data(base_url, kind.value, token))

    return made


def welcome_links(note_id: int, *, base_url: str, key: str) -> Callable[[Claimed], ReaderLinks]:
    """What makes the links of a welcome: leaving ends all that it welcomes to."""
    token = tokens.unsubscribe_token(key, note_id=note_id)

    def made(row: Claimed) -> ReaderLinks:
        own = tokens.preferences_token(key, row.address_id, row.link_generation)
        return ReaderLinks(
            unsubscribe=links.unsubscribe(base_url, token),
            preferences=links.preferences(base_url, own),
            leaving=token.partition(".")[0],
        )

    return made


def question_links(*, base_url: str, key: str) -> Callable[[Claimed], ReaderLinks]:
    """What makes the links of a question: its button keeps all, leaving ends all."""

    def made(row: Claimed) -> ReaderLinks:
        token = tokens.unsubscribe_token(key, address_id=row.address_id)
        own = tokens.preferences_token(key, row.address_id, row.link_generation)
        return ReaderLinks(
            unsubscribe=links.unsubscribe(base_url, token),
            preferences=links.preferences(base_url, own),
            confirm=links.keep(base_url, tokens.keep_token(key, row.address_id)),
            leaving=token.partition(".")[0],
        )

    return made


class Copies:
    """Makes the copies of one send. Holds the words in use, never a rendered copy per reader.

    ``message_id_suffix`` is the send's. ``own_links`` is given for service mail, which has one
    link, and for welcomes; ``replacing`` where it takes the place of earlier ones, ``follows``
    which ones it corrects.
    """

    def __init__(
        self,
        send_id: int,
        *,
        base_url: str,
        key: str,
        message_id_suffix: str,
        own_links: Callable[[Claimed], ReaderLinks] | None = None,
        replacing: Replacing | None = None,
        follows: tuple[tuple[int, str], ...] = (),
    ) -> None:
        self._send_id = send_id
        # Tokens need no quoting in a path, so a link is its page and the token.
        self._unsubscribe = links.unsubscribe(base_url, "")
        self._preferences = links.preferences(base_url, "")
        self._front = links.front(base_url)
        self._go = links.go(base_url, "")
        self._key = key
        self._message_id_suffix = message_id_suffix
        self._own_links = own_links
        self._replacing = replacing
        self._follows = follows
        self._words: dict[int, Words] = {}
        self._earlier: dict[int, str] = {}

    async def fetch(self, connection: AsyncConnection[Any], rows: Iterable[Claimed]) -> None:
        """Load what is not in memory yet: words and, where they take the place of earlier
        messages, the provider's names of those."""
        chosen = [row for row in rows if not row.why_not]
        wanted = {row.message_id for row in chosen}
        if self._replacing is not None and chosen:
            named = (list(self._replacing.send_ids), [row.address_id for row in chosen])
            cursor = await connection.execute(_EARLIER, named)
            self._earlier = {**self._earlier, **dict(await cursor.fetchall())}
        missing = wanted - self._words.keys()
        if not missing:
            return
        if len(self._words) > _WORDS_KEPT:
            self._words = {key: self._words[key] for key in wanted & self._words.keys()}
        cursor = await connection.execute(_WORDS, (list(missing),))
        for message_id, *fields in await cursor.fetchall():
            self._words[message_id] = Words(*fields)

    def make(self, row: Claimed) -> Copy:
        """The copy of one row whose words were fetched; KeyError when its message is gone."""
        earlier, words = self._earlier.pop(row.address_id, ""), self._words[row.message_id]
        return Copy(
            key=f"{self._send_id}-{row.address_id}",
            words=words,
            to=Endpoint(row.value or "", row.window_open, row.channel_data),
            links=self._links(row, is_counted="counted" in words.fields),
            message_id_suffix=self._message_id_suffix,
            act=self._replacing.act if self._replacing and earlier else Act.SEND,
            earlier=earlier,
            follows=self._follows,
        )

    def _links(self, row: Claimed, *, is_counted: bool) -> ReaderLinks:
        if self._own_links is not None:
            return self._own_links(row)
        if row.in_public:
            # A place of the newsroom's own: whoever reads there must not change or end it.
            nobody = self._go + NOBODY
            return ReaderLinks(unsubscribe=self._front, preferences=self._front, counted=nobody)
        # A personal digest is left as a whole: its schedule, not one of its topics.
        subscription_id = None if row.schedule_id else row.subscription_id
        token = tokens.unsubscribe_token(self._key, subscription_id, schedule_id=row.schedule_id)
        preferences = tokens.preferences_token(self._key, row.address_id, row.link_generation)
        return ReaderLinks(
            unsubscribe=self._unsubscribe + token,
            preferences=self._preferences + preferences,
            leaving=token.partition(".")[0],
            counted=self._go + copy_part(self._key, self._send_id, row.address_id)
            if is_counted
            else "",
        )
