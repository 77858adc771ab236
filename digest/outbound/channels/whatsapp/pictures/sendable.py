"""A picture above a message's words, as Meta takes one (pure).

Meta's reference, Template components, "Media headers", and Media: JPEG or PNG of 5 MB at most,
which Meta fetches from the link for each message; what it cannot fetch or use comes back as 131053,
as a rule by a status and after the message was accepted.
https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components
"""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from digest.outbound.messages.reading import Photo

ADDRESS_LIMIT = 2000
CAPTION_LIMIT = 1024
"""Units of the words below a picture outside of templates: Meta's reference, Image messages."""
# What a name says of a file that is no JPEG and no PNG. Most of what it does not say is one.
_OTHERS = (
    "apng", "avif", "bmp", "gif", "heic", "heif", "htm", "html", "ico", "jp2", "jxl", "m3u8", "mov",
    "mp4", "pdf", "psd", "svg", "svgz", "tif", "tiff", "webm", "webp",
)  # fmt: skip
# How picture servers are asked for another form than the name says.
_FORMS = {"fm", "fmt", "format", "output", "type"}


def sendable(photo: Photo | None) -> str:
    """The link of a picture that Meta may take: by https, and none that it is known to refuse;
    empty where there is none.
    """
    if photo is None or not photo.url.isascii() or len(photo.url) > ADDRESS_LIMIT:
        return ""
    parts = urlsplit(photo.url)
    forms = [value for name, value in parse_qsl(parts.query) if name.lower() in _FORMS]
    named = parts.path.rpartition("/")[2].rpartition(".")[2]
    kinds = {each.lower().rpartition("/")[2] for each in (*forms, named)}
    return photo.url if parts.scheme == "https" and kinds.isdisjoint(_OTHERS) else ""


def header(link: str) -> dict[str, Any]:
    """The component of a message that fills the header."""
    return {"type": "header", "parameters": [{"type": "image", "image": {"link": link}}]}


def captioned(link: str, words: str) -> dict[str, Any]:
    """A picture with words below it, outside of templates; they are read as a text message is.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/image-messages
    """
    return {"type": "image", "image": {"link": link, "caption": words}}
