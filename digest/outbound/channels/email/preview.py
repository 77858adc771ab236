"""A mail as the desk shows it (pure)."""

from digest.outbound.channels.preview import ChannelPreview
from digest.outbound.messages.message import Words


def preview(words: Words) -> ChannelPreview:
    """Subject and preheader above, the mail itself in a frame."""
    fields = words.fields
    size = len(fields["html"].encode())
    return ChannelPreview(
        heads=(("Subject", fields["subject"]), ("Then", fields["preheader"])),
        page=fields["html"],
        text=fields["text"],
        fine=f"The mail has {size / 1000:.0f} kB",
    )
