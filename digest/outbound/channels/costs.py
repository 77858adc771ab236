"""What a send by a paid channel would cost, told before it goes (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from digest.outbound.channels.provider_templates import Facts


@dataclass(frozen=True, slots=True)
class CountryCost:
    """Readers in one country; ``price`` of one message is None where nobody has told it."""

    country: str
    count: int
    price: Decimal | None = None

    @property
    def cost(self) -> Decimal | None:
        """For all of them."""
        return None if self.price is None else self.price * self.count


@dataclass(frozen=True, slots=True)
class CostForecast:
    """A send's cost on one channel: ``category`` is what its provider bills it as.

    ``remedy`` says where rates are written. ``lines`` begin with the most readers.
    """

    by: str
    category: str
    currency: str
    lines: tuple[CountryCost, ...]
    remedy: str

    @property
    def total(self) -> Decimal:
        """For the countries whose rate is known."""
        return sum((each.cost for each in self.lines if each.cost is not None), Decimal(0))

    @property
    def unpriced(self) -> int:
        """Readers in countries without a rate."""
        return sum(each.count for each in self.lines if each.price is None)

    @property
    def words(self) -> str:
        """One or two sentences for the editor who is about to send."""
        readers = sum(each.count for each in self.lines)
        if not readers:
            return ""
        if self.unpriced == readers:
            return (
                f"What it costs by {self.by} is not known: there is no rate for any of its readers’"
                f" countries. {self.remedy}"
            )
        said = f"By {self.by} it costs at most {self.money(self.total)}, billed as {self.category}."
        if not self.unpriced:
            return said
        where = "one reader" if self.unpriced == 1 else f"{self.unpriced:,} readers"
        return f"{said} That leaves out {where} in countries without a rate. {self.remedy}"

    def money(self, amount: Decimal) -> str:
        """An amount with its currency; parts of a cent only where there is no whole one."""
        places = 2 if amount >= Decimal("0.01") or not amount else 4
        return f"{self.currency} {amount:,.{places}f}".strip()


class ChannelCosts(Protocol):
    """What a paid channel brings. ``prefix``: so many characters of an address tell its country."""

    prefix: int

    def forecast(
        self, counts: Mapping[str, int], kind: str, facts: Facts, config: Any
    ) -> CostForecast:
        """Of readers counted by their addresses' prefix; ``kind`` is alert or edition."""
