"""How far an import goes in one call, and what it tells on its way."""

from collections.abc import Callable
from dataclasses import dataclass

from digest.audience.lists.core.csv_lines import LineError
from digest.audience.models.import_runs import ImportRun


@dataclass(frozen=True, slots=True)
class StoredLines:
    """What became of the lines that were stored together; ``last`` is the number of the last."""

    lines: int
    last: int
    added: int
    unchanged: int
    barred: int
    errors: tuple[LineError, ...]


def _always() -> bool:
    return True


def _to_nobody(stored: StoredLines) -> None:
    pass


@dataclass(frozen=True, slots=True)
class ImportCourse:
    """How far an import goes in one call: a long one is several, with the same ``run``.

    It begins after the line numbered ``after`` and goes on while there is ``more`` to do; ``told``
    gets what each lot brought, in the transaction that stores it.
    """

    run: ImportRun | None = None
    after: int = 0
    more: Callable[[], bool] = _always
    told: Callable[[StoredLines], None] = _to_nobody
