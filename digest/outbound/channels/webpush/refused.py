"""What push services said of a browser while they were spoken to, as a report of our own (pure)."""

from digest.outbound.channels.hook import left, own_word
from digest.outbound.channels.webpush.address import NAME

WEBHOOKS = (own_word(NAME, left),)
