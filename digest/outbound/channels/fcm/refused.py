"""What FCM said of a device while it was spoken to, as a report of our own (pure)."""

from digest.outbound.channels.fcm.address import NAME
from digest.outbound.channels.hook import left, own_word

WEBHOOKS = (own_word(NAME, left),)
