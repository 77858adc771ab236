"""The mail that benches send: about 10 kB in two parts, each reader's own links in both."""

from datetime import datetime

from digest.models import EditionRevision, Message, Send
from digest.outbound.messages.message import PREFERENCES, UNSUBSCRIBE, Words, content_hash

_SENTENCE = (
    "Ferries return to their old timetable on Monday, the harbour board said; repairs at the "
    "café pier – three years late – end in spring. "
)


def words() -> Words:
    """Its words."""
    story = "Harbour bridge reopens, day {}\n" + _SENTENCE * 2 + "\nhttps://meridian.example/{}\n\n"
    text = "".join(story.format(number, number) for number in range(11))
    row = '<tr><td style="padding:0 12px"><h2>Harbour bridge, day {}</h2>\n<p>{}</p></td></tr>\n'
    rows = "".join(row.format(number, _SENTENCE * 2) for number in range(12))
    links = f'<a href="{UNSUBSCRIBE}">Unsubscribe</a> <a href="{PREFERENCES}">Preferences</a>'
    return Words(
        channel="email",
        language="en",
        template="newsletter",
        template_version="bench",
        fields={
            "subject": "Top reads – harbour bridge reopens",
            "preheader": "",
            "text": f"{text}Unsubscribe: {UNSUBSCRIBE}\nPreferences: {PREFERENCES}\n",
            "html": f"<html><body><table>{rows}</table>\n<p>{links}</p></body></html>\n",
            "list_id": "top-reads.meridian.example",
            "list_name": "Top reads",
        },
    )


def put(frozen: EditionRevision, *, now: datetime) -> None:
    """Make it the message of an edition, so that fan-out renders none."""
    given = words()
    Message.objects.create(
        kind=Send.Kind.EDITION,
        source_id=frozen.edition_id,
        revision=frozen.revision,
        channel=given.channel,
        language=given.language,
        variant=given.variant,
        template=given.template,
        template_version=given.template_version,
        content_hash=content_hash(given),
        words=given.fields,
        created_at=now,
    )
