"""What a worker does before its first task: give way, or make ready, by its row of the table."""

from typing import Any

from celery.signals import celeryd_init
from django.utils.module_loading import import_string

from digest.kit.observe import log
from digest.kit.supervise import give_way
from workers import processes


def connect() -> None:
    """Prepare each worker before it forks, so that its children share what it has loaded."""
    celeryd_init.connect(_prepare, weak=False)


def _prepare(sender: str, **kwargs: Any) -> None:
    try:
        row = processes.process(sender.partition("@")[0].rpartition("-")[0])
    except KeyError:
        return  # somebody's own worker, of no row
    if row.first:
        try:
            import_string(row.first)()
        except Exception as error:
            log.warning("nothing was made ready for the first task", reason=str(error))
    # Afterwards: everybody waits for what is made ready.
    if row.niceness:
        give_way(row.niceness)
