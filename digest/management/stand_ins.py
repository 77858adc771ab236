"""Stand-ins of the channels on this machine, as declared, for the demo and ``digest up``."""

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from digest.kit.supervise import Child, same_port
from digest.outbound.channels import registry
from digest.outbound.channels.spec import ChannelSpec
from digest.outbound.channels.stand_in import StandIn, StandInPlace


@dataclass(frozen=True, slots=True)
class FoundStandIn:
    """A channel's stand-in and the folder in which it keeps what it took."""

    spec: ChannelSpec
    stand_in: StandIn
    folder: Path


@dataclass(frozen=True, slots=True)
class PlacedStandIn:
    """A stand-in with a port of its own."""

    shown: FoundStandIn
    place: StandInPlace

    def child(self) -> Child | None:
        """Its process; None when it needs none."""
        program = self.shown.stand_in.program
        if program is None:
            return None
        return Child(self.shown.spec.name, [sys.executable, "-m", *program(self.place)])

    def settings(self) -> Mapping[str, str]:
        """What leads the channel to it."""
        return self.shown.stand_in.settings(self.place)


def shown(channels: Iterable[str], home: Path) -> tuple[FoundStandIn, ...]:
    """The stand-ins of those of ``channels`` that have one, each with its folder in ``home``."""
    found = []
    for spec in registry.usable(channels):
        if spec.stand_in:
            stand_in: StandIn = registry.part(spec.stand_in)
            found.append(FoundStandIn(spec, stand_in, home / (stand_in.lies_in[0] or spec.name)))
    return tuple(found)


def place_all(
    channels: Iterable[str],
    home: Path,
    *,
    first_port: int,
    base_url: str,
    env: Mapping[str, str] = os.environ,
) -> tuple[PlacedStandIn, ...]:
    """Stand-ins for ``channels``, but for those that the operator leads elsewhere in ``env``.

    Each has the port that it had before, if that is free: readers' addresses may lead there.
    """
    placed = []
    for each in shown(channels, home):
        port = same_port(each.folder / f"{each.spec.name}.port", first_port)
        hooks = f"{base_url}/hooks/{each.spec.name}"
        one = PlacedStandIn(each, StandInPlace(port, each.folder, hooks))
        if any(name in env or f"{name}_FILE" in env for name in one.settings()):
            continue
        each.folder.mkdir(parents=True, exist_ok=True)
        placed.append(one)
        first_port = max(first_port, port) + 1
    return tuple(placed)


def settings_of(placed: Iterable[PlacedStandIn]) -> dict[str, str]:
    """What all of ``placed`` ask for, in one."""
    return {name: value for each in placed for name, value in each.settings().items()}


def children(placed: Iterable[PlacedStandIn]) -> list[Child]:
    """The processes of ``placed``."""
    return [child for each in placed if (child := each.child()) is not None]


def without(channels: Iterable[str], placed: Iterable[PlacedStandIn]) -> list[str]:
    """The channels that reach the world, since nothing of ``placed`` stands in for them."""
    there = {each.shown.spec.name for each in placed}
    return [name for name in channels if name not in there]
