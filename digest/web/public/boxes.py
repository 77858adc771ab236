"""The boxes at the end of an article on the newsroom's own site: newsletter, alerts, chat app."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from urllib.parse import urlsplit

from digest.audience.joining.subscribe import FormOrigin
from digest.intake.articles.core import canonical
from digest.models import StoryArticle
from digest.newsdesk.topics.models import StoryTopic
from digest.outbound.channels.spec import ChannelSpec
from digest.outbound.messages.environment import apart
from digest.web.public.offers import Offer, Offers
from digest.web.public.speech import direction, gettext, language
from digest.web.public.ways import way

NAMES = ("newsletter", "alerts", "chat")
# What a form may say of where it stood; the columns are as long.
LONGEST_ARTICLE = 500
# A box has room for the names of so many topics; an attribute is read no further than this.
MOST_TOPICS, _LONGEST_LIST = 3, 1_000
_UNSEEN = re.compile(r"[\s\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class BoxField:
    """The one field of a box; as HTML's own attributes."""

    name: str
    type: str
    label: str
    placeholder: str
    autocomplete: str
    maxlength: int


@dataclass(frozen=True, slots=True)
class Box:
    """One box: a ``field`` with its button and ``hidden`` fields, or a link ``href``."""

    name: str
    heading: str
    words: str
    button: str
    field: BoxField | None = None
    hidden: tuple[tuple[str, str], ...] = ()
    href: str = ""


@dataclass(frozen=True, slots=True)
class Boxes:
    """All that a page needs to show them; addresses are paths of ours, or whole for others'."""

    boxes: tuple[Box, ...]
    action: str
    more: str
    also: tuple[tuple[str, str], ...]
    fine: str
    more_words: str
    language: str
    direction: str

    def to_document(self) -> dict[str, object]:
        """As JSON shows it."""
        return asdict(self)


def article_address(given: str) -> str:
    """The http(s) address ``given``, without its fragment; empty when it is none or too long."""
    plain = given.strip().partition("#")[0]
    if len(plain) > LONGEST_ARTICLE or _UNSEEN.search(plain):
        return ""
    try:
        parts = urlsplit(plain)
        sound = bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return ""
    return plain if sound and parts.scheme in {"http", "https"} else ""


def origin(given: Mapping[str, str]) -> FormOrigin:
    """Where a form stood, as far as what it says of it is sound."""
    box = given.get("box", "")
    return FormOrigin(article_address(given.get("article", "")), box if box in NAMES else "")


def topics_of(article: str, named: str, on_offer: Offers) -> list[Offer]:
    """The open topics that are ``named`` (by blanks or commas), else those of the article's story,
    the nearest first."""
    offered = {each.slug: each for each in on_offer.topics}
    slugs = dict.fromkeys(re.split(r"[\s,]+", named[:_LONGEST_LIST]))
    found = [offered[each] for each in slugs if each in offered]
    if not found and article:
        found = [offered[each] for each in _of_story(article) if each in offered]
    return found[:MOST_TOPICS]


def _of_story(article: str) -> list[str]:
    plain = canonical.canonical(article)
    if plain is None:
        return []
    member = StoryArticle.objects.filter(article__url_hash=canonical.identity(plain)).first()
    if member is None:
        return []
    rows = StoryTopic.objects.filter(story=member.story_id).exclude(by=StoryTopic.By.BARRED)
    return list(rows.order_by("-share", "pk").values_list("topic__slug", flat=True)[:10])


def boxes(
    article: str, topics: list[Offer], on_offer: Offers, consent: str, made: str = ""
) -> Boxes:
    """The boxes for an article, from what this installation offers (pure but for its paths).

    ``made`` is the signed time that forms of ours carry.

    The first channel that takes an address carries the newsletter. Alerts are a link where a
    channel is joined on a page of ours, such as notifications in this browser, and a field
    otherwise. The chat app is the next channel: one that is joined elsewhere by a tap before one
    that takes a number.
    """
    first = next(iter(on_offer.channels), None)
    shown = []
    if first is not None and (wish := _wish(first, topics, on_offer)):
        heading, words, hidden = wish
        shown.append(_asking("newsletter", first, heading, words, (*hidden, ("article", article))))
    here = [each for each in on_offer.elsewhere if each[1].startswith("/")]
    away = [each for each in on_offer.elsewhere if each not in here]
    breaks = gettext("When it breaks")
    urgent = gettext("Only when it matters, and an editor says so.")
    if here:
        shown.append(Box("alerts", breaks, urgent, here[0][0], href=here[0][1]))
    elif first is not None:
        wanted = (("alerts", "on"), ("article", article))
        shown.append(_asking("alerts", first, breaks, urgent, wanted))
    shown += _chat(article, topics, on_offer, away)
    return Boxes(
        boxes=tuple(_stamped(each, made) for each in shown),
        action=way("public:subscribe"),
        more=_more(article, topics),
        also=tuple(here[1:] + away[1:]),
        fine=consent if any(each.field for each in shown) else "",
        more_words=gettext("More choices"),
        language=language(),
        direction=direction(),
    )


def _stamped(box: Box, made: str) -> Box:
    return replace(box, hidden=(*box.hidden, ("made", made))) if box.field and made else box


def _chat(
    article: str, topics: list[Offer], on_offer: Offers, away: list[tuple[str, str]]
) -> list[Box]:
    for label, at in away[:1]:
        words = gettext("Pick what you want to read there. Nothing to type here.")
        app = {"channel": label}
        heading, button = gettext("On %(channel)s") % app, gettext("Open %(channel)s") % app
        return [Box("chat", heading, words, button, href=at)]
    for channel in on_offer.channels[1:2]:
        wish = _wish(channel, topics, on_offer)
        if wish:
            heading, words, hidden = wish
            wanted = (*hidden, ("article", article))
            there = gettext("On %(channel)s") % {"channel": gettext(channel.label)}
            return [_asking("chat", channel, there, heading, wanted)]
    return []


def _wish(
    channel: ChannelSpec, topics: list[Offer], on_offer: Offers
) -> tuple[str, str, tuple[tuple[str, str], ...]] | None:
    """What its button asks for: the topics, else the first newsletter that comes by the channel."""
    if topics:
        words = gettext("The day’s stories from every side, in one digest at 07:00.")
        heading = " · ".join(each.name for each in topics)
        return heading, words, tuple(("topics", each.slug) for each in topics)
    for each in on_offer.newsletters:
        if not each.channels or channel.name in each.channels:
            about = each.about and apart(each.about, language())
            words = " ".join(filter(None, (about, each.note and f"{each.note}.")))
            return each.name, words, (("newsletters", each.slug),)
    return None


def _asking(
    name: str,
    channel: ChannelSpec,
    heading: str,
    words: str,
    hidden: tuple[tuple[str, str], ...],
) -> Box:
    kind = channel.address
    return Box(
        name,
        heading,
        words,
        gettext("Send me this"),
        BoxField(
            kind.field,
            kind.input,
            gettext(kind.label),
            kind.example,
            kind.autocomplete,
            kind.longest,
        ),
        (("channel", channel.name), *(each for each in hidden if each[1]), ("box", name)),
    )


def _more(article: str, topics: list[Offer]) -> str:
    pairs = [("topics", each.slug) for each in topics]
    pairs += [("article", article)] if article else []
    return way("public:subscribe", ask=pairs)
