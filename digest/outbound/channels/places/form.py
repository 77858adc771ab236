"""A post in a network's form: in pieces that it renders, counted as it counts (pure)."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.channels.places.post import Post, alert_post, edition_post
from digest.outbound.channels.preview import ChannelPreview
from digest.outbound.messages.fit import fit, units
from digest.outbound.messages.lint import Remark, grave, minor
from digest.outbound.messages.message import Words
from digest.outbound.messages.newsroom import Newsroom

PLAIN, BOLD, LINK = "plain", "bold", "url"
_SHORTER = 0.8
_LEAST = 20


@dataclass(frozen=True, slots=True)
class PostPiece:
    """Words of one kind; ``url`` where they lead somewhere."""

    kind: str
    words: str
    url: str = ""


PostPieces = tuple[PostPiece, ...]


@dataclass(frozen=True, slots=True)
class PlaceForm:
    """How one network writes and counts.

    ``written`` gives what is sent; ``length`` counts it against ``limit``, both of pieces.
    ``linked`` gives the pieces of words that lead to an address. ``more`` are further fields of
    the words, made of the pieces and the post.
    """

    name: str
    limit: int
    written: Callable[[PostPieces], str]
    length: Callable[[PostPieces], int]
    linked: Callable[[str, str], PostPieces]
    more: Callable[[PostPieces, Post], dict[str, Any]] = lambda pieces, post: {}
    most_items: int = 10
    headline_limit: int = 200
    blurb_limit: int = 200
    lead_limit: int = 1_000
    version: str = "1"

    def edition(self, content: EditionContent, newsroom: Newsroom) -> Words:
        """An edition. Raises ValueError for one without items."""
        return self._words(edition_post(content, self.name, newsroom))

    def alert(self, content: AlertContent, newsroom: Newsroom) -> Words:
        """An alert, its correction or its withdrawal."""
        return self._words(alert_post(content, newsroom))

    def _words(self, post: Post) -> Words:
        made = composed(post, self)
        fields = {
            "text": self.written(made),
            "pieces": [[piece.kind, piece.words] for piece in made],
            "length": self.length(made),
            "limit": self.limit,
        }
        mark = hashlib.sha256(f"{self.name} {self.version}".encode()).hexdigest()[:16]
        return Words(
            channel=self.name,
            language=post.language,
            template=post.template,
            template_version=mark,
            fields=fields | self.more(made, post),
        )


def composed(post: Post, form: PlaceForm) -> PostPieces:
    """As much of the post as the network takes, in whole items; an alert is cut between words."""
    return _alert(post, form) if post.template == "alert" else _edition(post, form)


def _alert(post: Post, form: PlaceForm) -> PostPieces:
    end = (PostPiece(PLAIN, "\n\n"), *form.linked(post.link, post.url)) if post.url else ()
    title, lead = fit(post.title, form.headline_limit), fit(post.lead, form.lead_limit)
    while True:
        middle = (PostPiece(PLAIN, f"\n\n{lead}"),) if lead else ()
        made = (PostPiece(BOLD, title), *middle, *end)
        if form.length(made) <= form.limit:
            return made
        # What is escaped or linked counts otherwise than its letters: shorten until it fits.
        if units(lead) > _LEAST:
            lead = fit(lead, int(units(lead) * _SHORTER))
        elif lead:
            lead = ""
        elif units(title) > _LEAST:
            title = fit(title, int(units(title) * _SHORTER))
        else:
            return made


def _edition(post: Post, form: PlaceForm) -> PostPieces:
    end = (PostPiece(PLAIN, "\n\n"), *form.linked(post.link, post.url))
    title = PostPiece(BOLD, fit(post.title, form.headline_limit))
    made: PostPieces = (title,)
    lead = fit(post.lead, form.lead_limit)
    if lead and form.length((*made, PostPiece(PLAIN, f"\n{lead}"), *end)) <= form.limit // 2:
        made = (*made, PostPiece(PLAIN, f"\n{lead}"))
    short, whole = made, made
    for number, item in enumerate(post.items[: form.most_items], 1):
        head = form.linked(fit(item.headline, form.headline_limit), item.url)
        line = (PostPiece(PLAIN, f"\n\n{number}. "), *head)
        blurb = fit(item.blurb, form.blurb_limit) if form.blurb_limit else ""
        short = (*short, *line)
        whole = (*whole, *line, *((PostPiece(PLAIN, f"\n{blurb}"),) if blurb else ()))
        best = next((each for each in (whole, short) if _fits((*each, *end), form)), None)
        if best is None:
            break
        # Rather one item more than a blurb.
        whole, made = best, best
    return (*made, *end)


def _fits(pieces: PostPieces, form: PlaceForm) -> bool:
    return form.length(pieces) <= form.limit


def plain(pieces: Sequence[PostPiece]) -> str:
    """The words alone."""
    return "".join(piece.words for piece in pieces)


def beside(words: str, url: str) -> PostPieces:
    """Where a link has no words of its own: the words, then the address."""
    return (PostPiece(PLAIN, f"{words} "), PostPiece(LINK, url, url))


def within(words: str, url: str) -> PostPieces:
    """Where words can be a link."""
    return (PostPiece(LINK, words, url),) if url else (PostPiece(PLAIN, words),)


def preview(words: Words) -> ChannelPreview:
    """The post, and its length as the network counts."""
    fields = words.fields
    return ChannelPreview(
        pieces=tuple((str(kind), str(said)) for kind, said in fields["pieces"]),
        length=fields["length"],
        limit=fields["limit"],
    )


@dataclass(frozen=True, slots=True)
class PlaceLint:
    """Remarks on a network's post; ``label`` is the network's name."""

    label: str
    least: int = field(default=2)

    def __call__(self, words: Words) -> list[Remark]:
        """Too long, cut, or with hardly an item."""
        fields, found = words.fields, list[Remark]()
        if fields["length"] > fields["limit"]:
            found.append(grave(f"The post on {self.label} is longer than {fields['limit']}."))
        said = "".join(each[1] for each in fields["pieces"])
        if "…" in said:
            found.append(minor(f"The post is cut on {self.label}. Give it shorter words."))
        items = sum(each[0] == LINK for each in fields["pieces"]) - 1
        if words.template == "edition" and items < self.least:
            found.append(minor(f"Fewer than {self.least} items fit on {self.label}."))
        return found
