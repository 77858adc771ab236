"""The elements of feeds and items: what each one's begin and end do to its context.

What is not here, and means nothing to feedparser either, is passed over. What means something to
feedparser alone is a doubt.
"""

from collections.abc import Callable

from feedparser.util import FeedParserDict

from digest.intake.feeds.formats.strict.context import Attributes, Context
from digest.intake.feeds.formats.strict.names import NotClean, is_known

# What an end tag does: it is given the element's text.
End = Callable[[str], object]
_Begin = Callable[[Context, Attributes], tuple[str, End]]

# They may have a base of their own, on which nothing hangs but the pictures in their text.
TEXTS = {"title", "summary", "description", "content", "content_encoded", "subtitle", "rights"}
# What holds other elements, and which: "item" stands for all that an item may hold.
PERSON = {"name": "name", "email": "email", "uri": "href", "url": "href", "homepage": "href"}
IGNORED_TREES: dict[str, frozenset[str]] = {
    "image": frozenset({"url", "title", "link", "width", "height", "description"}),
    "textinput": frozenset({"title", "description", "name", "link"}),
    "skiphours": frozenset({"hour"}),
    "skipdays": frozenset({"day"}),
    "itunes_owner": frozenset({"itunes_name", "itunes_email"}),
    "contributor": frozenset(PERSON),
    "items": frozenset({"rdf_seq"}),
    "rdf_seq": frozenset({"rdf_li"}),
}
# Known to feedparser, and without any part in an entry.
_IGNORED = frozenset({
    "rights", "copyright", "dc_rights", "subtitle", "tagline", "itunes_subtitle", "generator",
    "admin_generatoragent", "admin_errorreportsto", "cloud", "webmaster", "dc_publisher",
    "dc_contributor", "media_player", "media_rating", "media_restriction", "media_license",
    "cc_license", "itunes_block", "itunes_explicit", "info", "feedburner_browserfriendly",
    "expirationdate", "georss_point",
})  # fmt: skip
_DATES = {
    "published": "published", "issued": "published", "pubdate": "published",
    "dcterms_issued": "published", "updated": "updated", "modified": "updated",
    "lastbuilddate": "updated", "dc_date": "updated", "dcterms_modified": "updated",
    "created": "created", "dcterms_created": "created",
}  # fmt: skip
_AUTHORS = {"author", "managingeditor", "dc_creator", "dc_author", "itunes_author"}
# Unknown to feedparser, which keeps them under their names, where they are looked for.
_KEPT = {"feedburner_origlink", "dc_source", "ttl", "sy_updateperiod", "sy_updatefrequency"}
_TAKEN = {
    "id", "link", "links", "title", "title_detail", "summary", "summary_detail", "content",
    "author", "authors", "author_detail", "source", "published", "published_parsed", "updated",
    "updated_parsed", "created", "created_parsed", "media_credit", "media_content",
    "media_thumbnail", "image", "tags", "language", "enclosures", "publishers", "license",
    *FeedParserDict.keymap,
}  # fmt: skip


def nothing(text: str) -> None:
    """The end of an element of which nothing is kept."""


def begin(context: Context, name: str, found: Attributes) -> tuple[str, End]:
    """What an element holds ("" for text alone), and what its end does.

    Raises NotClean for one of which feedparser makes something that is not repeated here.
    """
    known = _ELEMENTS.get(name)
    if known is not None:
        return known(context, found)
    if name in _IGNORED or (name == "creativecommons_license" and not context.is_item):
        return "", nothing
    if name in _KEPT:
        return _kept(context, name, found)
    if is_taken(name):
        raise NotClean("an element with rules of its own")
    return "", nothing


def is_taken(name: str) -> bool:
    """Whether an element, unless it is repeated here, would change what is read elsewhere."""
    return name in _TAKEN or is_known(name)


def _kept(context: Context, name: str, found: Attributes) -> tuple[str, End]:
    if found:
        context.found[name] = found
        return "", nothing
    return "", lambda text: context.keep(name, context.value(text))


def _plain(name: str) -> _Begin:
    return lambda context, found: ("", lambda text: context.keep(name, context.value(text)))


def _title(context: Context, found: Attributes) -> tuple[str, End]:
    context.begin_text(found, "text/plain")
    return "", context.end_title


def _media_title(context: Context, found: Attributes) -> tuple[str, End]:
    context.begin_text(found, "text/plain")
    return "", lambda text: context.end_title(text, is_media=True)


def _description(context: Context, found: Attributes) -> tuple[str, End]:
    context.begin_description(found)
    return "", context.end_summary


def _summary(context: Context, found: Attributes) -> tuple[str, End]:
    context.begin_summary(found)
    return "", context.end_summary


def _content(default: str) -> _Begin:
    def begin(context: Context, found: Attributes) -> tuple[str, End]:
        context.begin_content(found, default)
        return "", context.end_content

    return begin


def _link(context: Context, found: Attributes) -> tuple[str, End]:
    return "", context.end_link if context.begin_link(found) else nothing


def _id(context: Context, found: Attributes) -> tuple[str, End]:
    is_link = found.get("ispermalink", "true") == "true"
    return "", lambda text: context.end_id(text, is_link=is_link)


def _author(context: Context, found: Attributes) -> tuple[str, End]:
    context.begin_author()
    return "author", context.end_author


def _category(scheme: str | None = None) -> _Begin:
    def begin(context: Context, found: Attributes) -> tuple[str, End]:
        if scheme:
            found.setdefault("scheme", scheme)
        context.begin_category(found)
        return "", context.end_category

    return begin


def _itunes_category(context: Context, found: Attributes) -> tuple[str, End]:
    context.tag(found.get("text"), "http://www.itunes.com/", None)
    return "", context.end_category


def _words(scheme: str | None) -> _Begin:
    def begin(context: Context, found: Attributes) -> tuple[str, End]:
        return "", nothing if found else lambda text: context.words(text, scheme)

    return begin


def _enclosure(context: Context, found: Attributes) -> tuple[str, End]:
    context.enclosure(found)
    return "", nothing


def _source(context: Context, found: Attributes) -> tuple[str, End]:
    context.forget_title()
    return "", lambda text: context.end_source(found, text)


def _media_content(context: Context, found: Attributes) -> tuple[str, End]:
    context.found.setdefault("media_content", []).append(found)
    return "item", nothing


def _media_thumbnail(context: Context, found: Attributes) -> tuple[str, End]:
    context.found.setdefault("media_thumbnail", []).append(found)

    def end(text: str) -> None:
        address = context.value(text, is_address=True)
        if address.strip():
            found.setdefault("url", address)

    return "", end


def _media_credit(context: Context, found: Attributes) -> tuple[str, End]:
    context.found.setdefault("media_credit", []).append(found)

    def end(text: str) -> None:
        credit = context.value(text)
        if credit.strip():
            found["content"] = credit

    return "", end


def _picture(context: Context, found: Attributes) -> tuple[str, End]:
    address = found.get("href") or found.get("url")
    if address:
        context.found["image"] = {"href": address}
    return "", nothing


_ELEMENTS: dict[str, _Begin] = {
    "title": _title, "dc_title": _title, "media_title": _media_title,
    "description": _description, "dc_description": _description, "media_description": _description,
    "summary": _summary, "itunes_summary": _summary,
    "content": _content("text/plain"), "content_encoded": _content("text/html"),
    "fullitem": _content("text/html"),
    "link": _link, "guid": _id, "id": _id,
    **{name: _plain(date) for name, date in _DATES.items()},
    **dict.fromkeys(_AUTHORS, _author),
    "category": _category(), "keywords": _category(), "dc_subject": _category(),
    "media_category": _category("http://search.yahoo.com/mrss/category_schema"),
    "itunes_category": _itunes_category, "media_keywords": _words(None),
    "itunes_keywords": _words("http://www.itunes.com/"),
    "language": _plain("language"), "dc_language": _plain("language"),
    "enclosure": _enclosure, "source": _source,
    "media_group": lambda context, found: ("item", nothing),
    "media_content": _media_content, "media_thumbnail": _media_thumbnail,
    "media_credit": _media_credit,
    "itunes_image": _picture, "itunes_link": _picture,
    "contributor": lambda context, found: ("contributor", nothing),
}  # fmt: skip
