"""How many readers a case has by default, so that the whole list ends within an hour on two cores.

What finds a loss is the kind of the fault and the moment at which it strikes, and not how many wait
behind it: a send has to be long enough to live through every stroke of its case, and no longer.
"""

# Six strokes at random moments, with a thousand mails and more between two of them.
STRUCK = 6_000
# The same with the whole service, which takes its time to come up: two strokes.
SERVICE = 3_000
# A script of answers by address: hundreds of readers for each kind of answer.
SCRIPTED = 4_000
# One fault in the middle, which lasts until health and the send have said so.
HELD_UP = 2_000
# The send waits, and then goes through.
WAITS = 1_000

SIZES: dict[str, int] = {
    "kill-sender": STRUCK,
    "kill-everything": STRUCK,
    "kill-beat": STRUCK,
    "restarts": STRUCK,
    "valkey-flushed": STRUCK,
    "valkey-restarted": STRUCK,
    "postgres-restarted": STRUCK,
    "refusals": SCRIPTED,
    "hang-ups": SCRIPTED,
    "dropped-replies": SCRIPTED,
    "stalls": SCRIPTED,
    "two-of-everything": STRUCK,
    "clock-jumps": SCRIPTED,
    "answers-late": 60,
    "no-answers": HELD_UP,
    "quota-spent": HELD_UP,
    "relay-down": HELD_UP,
    "valkey-full": HELD_UP,
    "postgres-full": HELD_UP,
    "journals-unwritable": HELD_UP,
    "clock-back": SCRIPTED,
    "beat-gone": WAITS,
    "out-of-memory": STRUCK,
    "kill-up": SERVICE,
    "two-on-one-home": SERVICE,
}
