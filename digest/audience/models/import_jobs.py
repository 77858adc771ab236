"""Lists of readers that were handed in on the desk, and how far the work on each is."""

import io
import uuid
import zlib
from collections.abc import Collection, Iterator

from django.db import models

from digest.audience.models.import_runs import ImportRun


class ImportJob(models.Model):
    """One file that was handed in: looked through, brought in if somebody says so, taken back.

    What it holds of readers, ``content`` and ``rejected``, is packed and goes as soon as it may:
    see :mod:`digest.audience.lists.jobs`.
    """

    class State(models.TextChoices):
        """CHECKING, IMPORTING and UNDOING are a worker's; the others wait for somebody, or end."""

        CHECKING = "checking", "being looked through"
        CHECKED = "checked", "looked through"
        IMPORTING = "importing", "being brought in"
        DONE = "done", "brought in"
        UNDOING = "undoing", "being taken back"
        UNDONE = "undone", "taken back"
        FAILED = "failed", "given up"
        DISCARDED = "discarded", "thrown away"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True)
    name = models.CharField(max_length=200, help_text="The file's name.")
    basis = models.TextField(help_text="How its readers consented.")
    newsletters = models.JSONField(default=list, help_text="Slugs that all of them follow.")
    topics = models.JSONField(default=list)
    alerts = models.BooleanField(default=False)
    content = models.BinaryField(default=bytes, help_text="The file, packed.")
    rejected = models.BinaryField(default=bytes, help_text="Lines left out, as CSV, packed.")
    state = models.CharField(max_length=12, choices=State, default=State.CHECKING)
    reason = models.CharField(max_length=500, blank=True)
    total = models.PositiveIntegerField(default=0, help_text="Lines that hold something.")
    done = models.PositiveIntegerField(default=0, help_text="Of these, worked on in this state.")
    line = models.PositiveIntegerField(default=0, help_text="The file's last line worked on.")
    report = models.JSONField(default=dict)
    errors = models.JSONField(default=list, help_text="Line numbers and reasons.")
    run = models.ForeignKey(ImportRun, null=True, on_delete=models.SET_NULL, related_name="jobs")
    by = models.CharField(max_length=200, help_text="Who handed it in.")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="When the state last changed.")
    leased_until = models.DateTimeField(null=True, help_text="A worker has it until then.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Begun without getting on.")

    class Meta:
        db_table = "digest_import_job"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_state_display()})"

    @property
    def counts(self) -> dict[str, int]:
        """How many lines brought something, nothing, or a bar, as far as the work is.

        The run's figures hold a lot, too, that was stored when somebody had just stopped the list.
        """
        added, unchanged, barred = (
            int(self.report.get(name, 0)) for name in ("added", "unchanged", "barred")
        )
        if self.run is not None:
            added, barred = self.run.added, self.run.barred
        return {"added": added, "unchanged": unchanged, "barred": barred}


def packed(text: str) -> bytes:
    """``text`` as it is stored."""
    return zlib.compress(text.encode("utf-8"))


def unpacked(stored: "bytes | memoryview[int]") -> str:
    """What :func:`packed` stored; empty for nothing."""
    return zlib.decompress(bytes(stored)).decode("utf-8") if stored else ""


def lines_of(text: str) -> Iterator[str]:
    """The lines of a file, with their ends, as the CSV reader numbers them.

    One after the other: a file of line ends alone would be fifty times its size.
    """
    return io.StringIO(text, newline="")


def blot_out(values: Collection[str]) -> None:
    """Empty the lines of files kept here that hold one of ``values``: their reader is forgotten.

    A line keeps its number, so that work on a file goes on where it was.
    """
    sought = [each.casefold() for each in values if each]
    rows = ImportJob.objects.exclude(content=b"", rejected=b"").select_for_update()
    for job in rows.order_by("pk") if sought else ():
        for field in ("content", "rejected"):
            text = unpacked(getattr(job, field))
            if any(each in text.casefold() for each in sought):
                kept = (_blotted(line, sought) for line in lines_of(text))
                setattr(job, field, packed("".join(kept)))
        job.save(update_fields=["content", "rejected"])


def _blotted(line: str, sought: list[str]) -> str:
    if not any(each in line.casefold() for each in sought):
        return line
    return line[len(line.rstrip("\r\n")) :]
