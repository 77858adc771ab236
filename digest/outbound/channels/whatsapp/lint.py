"""What an editor should know about a WhatsApp message before it goes (pure)."""

from digest.outbound.channels.whatsapp import slots
from digest.outbound.messages.fit import units
from digest.outbound.messages.lint import Remark, grave, minor
from digest.outbound.messages.message import Words


def lint(words: Words) -> list[Remark]:
    """Remarks on lengths, slots and what was cut."""
    fields, found = words.fields, list[Remark]()
    if units(fields["preview"]) > slots.BODY_LIMIT:
        found.append(grave(f"The template message is longer than {slots.BODY_LIMIT} characters."))
    if units(fields["text"]) > slots.FREE_LIMIT:
        found.append(grave(f"The free text is longer than {slots.FREE_LIMIT} characters."))
    for number, value in enumerate(fields["slots"], 1):
        if fault := slots.fault_of(value):
            found.append(grave(f"Slot {number}: {fault}."))
        if "…" in value:
            found.append(minor(f"Slot {number} is cut: a shorter headline for WhatsApp helps."))
        if number > 1 and words.template.startswith("top_reads") and "https://" not in value:
            found.append(minor(f"Slot {number} has no https link."))
    if words.template in ("top_reads_1", "top_reads_2"):
        found.append(minor("Fewer than three items."))
    return found
