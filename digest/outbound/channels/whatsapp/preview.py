"""A WhatsApp message as the desk shows it: the template filled, measured as Meta does (pure)."""

from typing import Any

from digest.outbound.channels.preview import ChannelPreview
from digest.outbound.channels.whatsapp import slots
from digest.outbound.channels.whatsapp.button import base_of, suffix_of
from digest.outbound.channels.whatsapp.marks import spoken
from digest.outbound.channels.whatsapp.templates import WITH_BUTTON, WITH_PICTURE
from digest.outbound.messages.fit import units
from digest.outbound.messages.message import Words


def preview(words: Words) -> ChannelPreview:
    """The bubble, its length, and the template it stands in."""
    return _bubble(words.fields["preview"], f"template “{words.template}”")


def preview_by_settings(words: Words, config: Any) -> ChannelPreview:
    """The same; with a button in place of the link where that leads to the newsroom's site."""
    base, name = base_of(config.DIGEST_WHATSAPP_SITE), WITH_BUTTON.get(words.template, "")
    suffix = suffix_of(words.fields.get("link", ""), base)
    if not (name and suffix):
        return preview(words)
    picture = words.fields.get("picture", "") if config.DIGEST_WHATSAPP_APP_ID else ""
    name = WITH_PICTURE[words.template] if picture else name
    note = (
        f"template “{name}”; “{words.template}”, with the link in it, where Meta has not approved"
        " that"
    )
    if picture:
        note += "; without the picture where Meta cannot fetch it"
    said = slots.filled(name, words.fields["button_slots"], words.language)
    return _bubble(said, note, ((slots.label(name, words.language), base + suffix),), picture)


def _bubble(
    said: str, note: str, buttons: tuple[tuple[str, str], ...] = (), picture: str = ""
) -> ChannelPreview:
    return ChannelPreview(
        pieces=spoken(said),
        length=units(said),
        limit=slots.BODY_LIMIT,
        note=note,
        buttons=buttons,
        picture=picture,
    )
