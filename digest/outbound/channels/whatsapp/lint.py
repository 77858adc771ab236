"""What an editor should know about a WhatsApp message before it goes (pure)."""

from digest.outbound.channels.whatsapp import slots
from digest.outbound.messages.fit import units
from digest.outbound.messages.lint import Remark, grave, minor
from digest.outbound.messages.message import Words


def lint(words: Words) -> list[Remark]:
    """Remarks on lengths, on what WhatsApp would refuse, and on what was cut."""
    fields, found = words.fields, list[Remark]()
    if units(fields["preview"]) > slots.BODY_LIMIT:
        found.append(grave(f"The WhatsApp message is longer than {slots.BODY_LIMIT:,} characters."))
    if units(fields["text"]) > slots.FREE_LIMIT:
        found.append(grave(f"The WhatsApp message is longer than {slots.FREE_LIMIT:,} characters."))
    of_items = words.template.startswith("top_reads")
    for number, value in enumerate(fields["slots"]):
        # The first slot of top reads greets; each of the others is an item.
        place = f"Item {number} on WhatsApp" if of_items and number else "The WhatsApp message"
        if fault := slots.fault_of(value):
            found.append(grave(f"{place}: {fault}."))
        if "…" in value:
            found.append(minor(f"{place}: cut short. Give shorter words for WhatsApp."))
        if of_items and number and "https://" not in value:
            found.append(minor(f"{place}: there is no secure link (https)."))
    if words.template in ("top_reads_1", "top_reads_2"):
        found.append(minor("Fewer than three items on WhatsApp."))
    return found
