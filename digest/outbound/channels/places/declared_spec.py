"""What channels for places alone declare alike."""

from digest.audience.kinds import AddressKind
from digest.kit.env import DeclaredSetting
from digest.outbound.channels.places.form import PlaceForm, PlaceLint, preview
from digest.outbound.channels.spec import ChannelSpec, Sent, WordsMaker

_SENT = Sent(
    heading="Nobody signs up here",
    words="The newsroom adds its own places with digest places add.",
    missing="",
)


def place_spec(
    label: str,
    address: AddressKind,
    form: PlaceForm,
    settings: tuple[DeclaredSetting, ...],
    *,
    replaces: bool = True,
    withdraws: bool = True,
) -> ChannelSpec:
    """The spec of the channel ``form.name``, whose parts stand where our own have them."""
    package = f"digest.outbound.channels.{form.name}"
    return ChannelSpec(
        name=form.name,
        label=label,
        by=label,
        address=address,
        words=WordsMaker(form.edition, form.alert),
        lint=PlaceLint(label),
        preview=preview,
        transport=f"{package}.channel:{form.name}",
        sent=_SENT,
        settings=settings,
        doctor=f"{package}.doctor:check",
        check_settings=f"{package}.doctor:check_settings",
        stand_in=f"{package}.stand_in.declared:STAND_IN",
        serves_readers=False,
        serves_places=True,
        replaces=replaces,
        withdraws=withdraws,
    )
