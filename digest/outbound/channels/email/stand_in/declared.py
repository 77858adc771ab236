"""Email's stand-in, declared: a relay on loopback that lays every mail into a folder."""

from collections.abc import Mapping, Sequence

from digest.outbound.channels.email.stand_in import taken
from digest.outbound.channels.stand_in import StandIn, StandInPlace


def settings(place: StandInPlace) -> Mapping[str, str]:
    """What leads mail to the stand-in."""
    return {"DIGEST_SMTP_URL": f"smtp://127.0.0.1:{place.port}"}


def program(place: StandInPlace) -> Sequence[str]:
    """The relay's command line."""
    module = "digest.outbound.channels.email.stand_in.mailbox"
    return (module, "--port", str(place.port), "--folder", str(place.folder))


STAND_IN = StandIn(
    settings=settings,
    taken=taken.taken,
    texts=taken.texts,
    program=program,
    opened=taken.opened,
    lies_in=("mailbox", "new"),
)
