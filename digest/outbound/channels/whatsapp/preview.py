"""A WhatsApp message as the desk shows it: the template filled, measured as Meta does (pure)."""

from digest.outbound.channels.preview import ChannelPreview
from digest.outbound.channels.whatsapp.marks import spoken
from digest.outbound.channels.whatsapp.slots import BODY_LIMIT
from digest.outbound.messages.fit import units
from digest.outbound.messages.message import Words


def preview(words: Words) -> ChannelPreview:
    """The bubble, its length, and the template it stands in."""
    said = words.fields["preview"]
    return ChannelPreview(
        pieces=spoken(said),
        length=units(said),
        limit=BODY_LIMIT,
        note=f"template “{words.template}”",
    )
