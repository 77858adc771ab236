"""The bot for readers: what they write to it, what that means, and what it answers (pure).

Everything is a command that can be tapped in its own messages, so that one answer to Telegram's
request is enough: https://core.telegram.org/bots/api#making-requests-when-getting-updates
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from babel import Locale

from digest.audience.core import naming, spoken
from digest.audience.kinds import OnOffer
from digest.outbound.channels.hook import HookAnswer, HookTools
from digest.outbound.channels.report import Event, Kind, Report, mapping, moment, text
from digest.outbound.messages.environment import CATALOGUES, environment, translations

_COMMAND = re.compile(r"/(\w{1,64})(?:@\w+)?(?:\s+(\S.*))?", re.ASCII | re.DOTALL)
_LONGEST = 500
_WELCOME, _ALERTS = "alerts:on", "breaking"


@dataclass(frozen=True, slots=True)
class Heard:
    """One message of a reader in their own chat: ``command`` without the slash, or empty."""

    chat: str
    command: str
    rest: str
    said: str
    language: str


@dataclass(frozen=True, slots=True)
class BotLine:
    """One thing on the list, and the command that changes it."""

    name: str
    follows: bool
    command: str


def events(document: Any) -> tuple[Event, ...]:
    """The update under Telegram's own number, with no more of it than is needed."""
    update = mapping(document)
    number = update.get("update_id")
    if not isinstance(number, int):
        return ()
    gone = _blocked(update)
    if gone:
        return (Event(str(number), {"chat": gone, "blocked": True}),)
    heard = _heard(update)
    if heard is None:
        return ()
    at = mapping(update.get("message")).get("date")
    body = {"chat": heard.chat, "said": heard.said, "language": heard.language, "at": at}
    return (Event(str(number), body),)


def reports(body: dict[str, Any], tools: HookTools) -> Sequence[Report]:
    """What a stored update asks for."""
    chat = text(body.get("chat"))
    if body.get("blocked"):
        return (Report(Kind.STOPPED, recipient=chat, words="The bot was blocked."),)
    heard = _of(chat, text(body.get("said")), text(body.get("language")))
    stamp = body.get("at")
    at = moment(stamp) if isinstance(stamp, int) else None
    if _stops(heard):
        return (Report(Kind.STOPPED, recipient=chat, words=heard.said, at=at),)
    wants, kind = _wants(heard, tools.on_offer()), Kind.JOINED
    language = heard.language if heard.command == "start" and wants else ""
    if _drops(heard):
        kind = Kind.DROPPED
    elif heard.command.startswith("language_"):
        language = _language(heard.command.removeprefix("language_"))
    if not wants and not language:
        return ()
    return (Report(kind, recipient=chat, words=heard.said, at=at, wants=wants, language=language),)


def reply(document: Any, tools: HookTools) -> HookAnswer | None:
    """The bot's answer, as the method that Telegram is to call for us."""
    heard = _heard(mapping(document))
    if heard is None:
        return None
    said, lines, language = "help", list[Any](), heard.language
    if _stops(heard):
        said = "stopped"
    elif heard.command == "language":
        said, lines = "languages", [(name, f"/language_{tag}") for tag, name in _languages()]
    elif heard.command:
        known = heard.command in {"start", "topics", "settings"}
        language = _language(heard.command.removeprefix("language_")) or language
        on_offer = tools.on_offer()
        wants = _wants(heard, on_offer)
        if known or wants or heard.command.startswith("language_"):
            before, drops = tools.follows(heard.chat), _drops(heard)
            follows = before.difference(wants) if drops else before.union(wants)
            said, lines = "topics", _lines(on_offer, follows, language)
    template = environment(language).get_template("telegram/bot.html")
    answer = {
        "method": "sendMessage",
        "chat_id": int(heard.chat),
        "text": template.render(said=said, lines=lines).strip(),
        "parse_mode": "HTML",
    }
    return HookAnswer(200, json.dumps(answer, ensure_ascii=False), "application/json")


def commanded(on_offer: Iterable[OnOffer]) -> dict[str, OnOffer]:
    """What is on offer by the words of its commands: letters, digits and _ alone, as short as can
    be. Of two things with one word the later has its kind before it.
    """
    found: dict[str, OnOffer] = {}
    for each in on_offer:
        short = _ALERTS if each.key == _WELCOME else _word(each.slug)
        found[_word(f"{each.kind}_{each.slug}") if short in found else short] = each
    return found


def _word(text: str) -> str:
    return re.sub(r"\W", "_", text, flags=re.ASCII)[:50].lower()


def _lines(on_offer: Iterable[OnOffer], follows: frozenset[str], language: str) -> list[BotLine]:
    say = translations(language).gettext
    return [
        BotLine(
            # Alerts have a name of ours, all else the newsroom's own.
            say(each.name) if each.key == _WELCOME else each.name_in(language),
            each.key in follows,
            f"/{'drop' if each.key in follows else 'follow'}_{word}",
        )
        for word, each in commanded(on_offer).items()
    ]


def _wants(heard: Heard, on_offer: Iterable[OnOffer]) -> tuple[str, ...]:
    """The keys that a command names; ``/start korea`` asks for alerts and for that topic."""
    offered = tuple(on_offer)
    words = commanded(offered)
    if heard.command in {"start", "follow", "drop"}:
        exact = words.get(_word(heard.rest.strip()))
        named = naming.named(heard.rest, offered) if exact is None else (exact.key,)
        # A sentence that begins with the word is nobody's consent, if it names nothing of ours.
        begins = heard.said.lstrip().startswith("/") or named or not heard.rest
        welcome = (_WELCOME,) if heard.command == "start" and begins else ()
        return tuple(dict.fromkeys((*welcome, *named)))
    verb, _, word = heard.command.partition("_")
    found = words.get(word) if verb in {"follow", "drop"} else None
    return () if found is None else (found.key,)


def _drops(heard: Heard) -> bool:
    return heard.command == "drop" or heard.command.startswith("drop_")


def _stops(heard: Heard) -> bool:
    return heard.command == "stop" or spoken.is_stop(heard.said)


def _heard(update: dict[str, Any]) -> Heard | None:
    """A message in a reader's own chat; nothing else is for the bot."""
    message = mapping(update.get("message"))
    chat, sender = mapping(message.get("chat")), mapping(message.get("from"))
    number = chat.get("id")
    if chat.get("type") != "private" or not isinstance(number, int) or sender.get("is_bot"):
        return None
    return _of(str(number), text(message.get("text")), _language(text(sender.get("language_code"))))


def _of(chat: str, said: str, language: str) -> Heard:
    said = said[:_LONGEST]
    found = _COMMAND.fullmatch(said.strip())
    command, rest = (found[1].lower(), found[2] or "") if found else _uncommanded(said)
    return Heard(chat, command, rest, said, language)


def _uncommanded(said: str) -> tuple[str, str]:
    """The command of who writes START and STOP as words; nothing of anything else."""
    found = next(spoken.readings(said), None)
    if found is None or not found.leads:
        return "", ""
    if found.verb is spoken.Verb.START:
        return "start", found.rest
    return ("", "") if found.rest else ("stop", "")


def _blocked(update: dict[str, Any]) -> str:
    """The chat of a reader who has just blocked the bot."""
    changed = mapping(update.get("my_chat_member"))
    chat = mapping(changed.get("chat"))
    status = mapping(changed.get("new_chat_member")).get("status")
    is_gone = chat.get("type") == "private" and status == "kicked"
    return str(chat["id"]) if is_gone and isinstance(chat.get("id"), int) else ""


def _language(tag: str) -> str:
    """One of the languages that messages speak, or nothing."""
    tag = tag.replace("_", "-")[:16]
    known = {each.lower() for each, _ in _languages()}
    for candidate in (tag, tag.partition("-")[0]):
        if candidate.lower().replace("-", "_") in known:
            return candidate
    return ""


@cache
def _languages() -> tuple[tuple[str, str], ...]:
    """Tags as commands write them, and each language's own name."""
    tags = ["en", *sorted(path.stem for path in CATALOGUES.glob("*.po"))]
    return tuple((tag, str(Locale.parse(tag).get_display_name(tag))) for tag in tags)
