"""Steps and a run: a list handed in on the desk is looked through, brought in and taken back.

A worker does the work in slices, each lot of lines with its place in the file: who comes after one
that was killed goes on where it was. What holds readers is kept for no longer than it is needed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction

from digest.audience.kinds import AddressKinds
from digest.audience.lists.core.csv_lines import CsvLines, NotImportable
from digest.audience.lists.core.rejected import rejected
from digest.audience.lists.course import ImportCourse, StoredLines
from digest.audience.lists.import_readers import ImportedReaders, import_csv, refuse_basis
from digest.audience.lists.reader_lines import Also
from digest.audience.lists.undo import undo
from digest.audience.models.import_jobs import ImportJob, lines_of, packed, unpacked
from digest.audience.models.import_runs import ImportRun
from digest.kit import wake
from digest.kit.errors import ActionRefused
from digest.kit.observe import log
from digest.staff.audit import record
from digest.staff.members import Member

State = ImportJob.State
MOST_BYTES, MOST_LINES, MOST_REJECTED, MOST_OPEN = 8 * 1024 * 1024, 200_000, 20_000, 5
SLICE = 4.0
"""Seconds after which a worker begins no new lot and wakes the next."""
KEPT_FILE, KEPT_REJECTED = timedelta(days=1), timedelta(days=7)
_LEASE = timedelta(minutes=2)
_MOST_ATTEMPTS, _MOST_LABELS = 3, 200
_WORKING = (State.CHECKING, State.IMPORTING, State.UNDOING)
_NEXT = {State.CHECKING: State.CHECKED, State.IMPORTING: State.DONE, State.UNDOING: State.UNDONE}


class JobRefused(ActionRefused):
    """It is not done with a list as it stands now; the text says why."""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A file, and how its readers are to be brought in."""

    name: str
    data: bytes
    basis: str
    also: Also = field(default_factory=Also)

    @property
    def place(self) -> str:
        """Where its readers come from, as their consent has it."""
        return f"import of {self.name}"


class _Turn:
    """How long one slice of the work lasts: one lot, and those that begin before its end."""

    def __init__(self, until: float) -> None:
        self._until, self._begun = until, False
        self.is_over = False

    def goes_on(self) -> bool:
        """Whether another lot may begin."""
        self.is_over = self._begun and time.monotonic() >= self._until
        self._begun = True
        return not self.is_over


@transaction.atomic
def hand_in(file: HandedIn, *, member: Member, now: datetime) -> ImportJob:
    """Keep a file to be looked through. Raises :class:`NotImportable`."""
    refuse_basis(file.basis, file.place)
    if len(file.data) > MOST_BYTES:
        raise NotImportable(
            f"It has more than {MOST_BYTES >> 20} MB: cut it into several files, or have your "
            "operator bring it in by: digest subscribers import."
        )
    waiting = ImportJob.objects.filter(state__in=(*_WORKING, State.CHECKED))
    if waiting.count() >= MOST_OPEN:
        raise NotImportable(f"{MOST_OPEN} lists wait already: bring them in, or throw one away.")
    text = _text(file.data)
    table = CsvLines(lines_of(text), one_of=("address", "email", "email address"))
    total = sum(1 for _ in islice(table, MOST_LINES + 1))
    if not total:
        raise NotImportable("It holds no reader: under the line with the columns there is nothing.")
    if total > MOST_LINES:
        raise NotImportable(f"It has more than {MOST_LINES:,} lines: cut it into several files.")
    job = ImportJob.objects.create(
        name=file.name, basis=file.basis.strip(), newsletters=list(file.also.newsletters),
        topics=list(file.also.topics), alerts=file.also.alerts, content=packed(text), total=total,
        by=str(member)[:200], created_at=now, changed_at=now,
    )  # fmt: skip
    record("handed in a list", job, now=now, member=member, file=file.name, lines=total)
    wake.on_commit("imports")
    return job


@transaction.atomic
def bring_in(job_id: int, *, member: Member, now: datetime) -> None:
    """Have a list brought in that was looked through. Raises :class:`JobRefused`."""
    job = _locked(job_id, State.CHECKED)
    job.run = ImportRun.objects.create(
        place=f"import of {job.name}"[:300],
        basis=job.basis,
        product=job.report.get("product", ""),
        at=now,
    )
    _begin(job, State.IMPORTING, now)
    record("brought in a list", job, now=now, member=member, file=job.name, basis=job.basis)


@transaction.atomic
def take_back(job_id: int, *, member: Member, now: datetime) -> None:
    """Have what a list brought taken back. Raises :class:`JobRefused`."""
    job = _locked(job_id, State.DONE)
    _begin(job, State.UNDOING, now)
    record("took back a list", job, now=now, member=member, file=job.name)


@transaction.atomic
def stop(job_id: int, *, member: Member, now: datetime) -> None:
    """Throw a file away; of one that is being brought in, keep what came so far.

    Raises :class:`JobRefused`.
    """
    job = _locked(job_id, State.CHECKING, State.CHECKED, State.IMPORTING)
    if job.state == State.IMPORTING:
        job.reason = f"Stopped by {member} after {job.done:,} of {job.total:,} lines."[:500]
        _end(job, State.DONE, now)
    else:
        _end(job, State.DISCARDED, now)
    record("stopped a list", job, now=now, member=member, file=job.name, after=job.done)


def work(*, now: Callable[[], datetime], kinds: AddressKinds, seconds: float = SLICE) -> bool:
    """Work on the list that waits longest, for so many seconds; whether something is left."""
    tidy(now=now())
    job = _claim(now())
    if job is None:
        return False
    until = time.monotonic() + seconds
    try:
        if job.state == State.UNDOING:
            _undone(job, until, now)
        else:
            _read(job, until, now, kinds)
    except NotImportable as error:
        _give_up(job, str(error), now())
    ImportJob.objects.filter(pk=job.pk).update(leased_until=None)
    return ImportJob.objects.filter(state__in=_WORKING).exists()


@transaction.atomic
def tidy(*, now: datetime) -> None:
    """Let go of files that nobody brought in, and of rejected lines, when their time is over."""
    for job in ImportJob.objects.select_for_update().filter(
        state=State.CHECKED, changed_at__lt=now - KEPT_FILE
    ):
        job.reason = "Nobody brought it in within a day, so the file is gone. Hand it in again."
        _end(job, State.DISCARDED, now)
    old = ImportJob.objects.exclude(rejected=b"").exclude(state__in=(*_WORKING, State.CHECKED))
    old.filter(changed_at__lt=now - KEPT_REJECTED).update(rejected=b"")


@transaction.atomic
def _claim(now: datetime) -> ImportJob | None:
    rows = ImportJob.objects.select_for_update(skip_locked=True).filter(state__in=_WORKING)
    job = rows.exclude(leased_until__gt=now).order_by("changed_at", "pk").first()
    if job is None:
        return None
    if job.attempts >= _MOST_ATTEMPTS:
        job.reason = (
            f"The work broke off {_MOST_ATTEMPTS} times after line {job.line}. Look at the lines "
            "that follow, and ask your operator what the workers say."
        )
        _end(job, State.FAILED, now)
        return None
    job.leased_until, job.attempts = now + _LEASE, job.attempts + 1
    job.save(update_fields=["leased_until", "attempts"])
    return job


def _read(job: ImportJob, until: float, now: Callable[[], datetime], kinds: AddressKinds) -> None:
    """Look a file through, or bring it in, from where the work on it is."""
    is_dry, taken, turn = job.state == State.CHECKING, False, _Turn(until)

    def told(stored: StoredLines) -> None:
        nonlocal taken
        taken = not _noted(job, stored, now())

    def more() -> bool:
        return not taken and len(job.errors) <= MOST_REJECTED and turn.goes_on()

    lines = lines_of(unpacked(job.content))
    done = import_csv(
        lines,
        kinds=kinds,
        basis=job.basis,
        place=f"import of {job.name}",
        now=now(),
        also=Also(tuple(job.newsletters), tuple(job.topics), job.alerts),
        dry_run=is_dry,
        course=ImportCourse(None if is_dry else job.run, job.line, more, told),
    )
    if taken or not _learnt(job, done):
        return
    if len(job.errors) > MOST_REJECTED:
        _give_up(job, f"More than {MOST_REJECTED:,} lines have a mistake: mend the file.", now())
    elif not turn.is_over:
        _finish(job.pk, now())


def _noted(job: ImportJob, stored: StoredLines, now: datetime) -> bool:
    """Write down how far the work is; false when somebody stopped it."""
    fields = {
        "report": job.report
        | {
            name: job.report.get(name, 0) + getattr(stored, name)
            for name in ("added", "unchanged", "barred")
        },
        "errors": job.errors + [[each.line, each.reason] for each in stored.errors],
        "done": job.done + stored.lines,
        "line": stored.last,
        "attempts": 0,
    }
    mine = ImportJob.objects.filter(pk=job.pk, state=job.state)
    is_mine = bool(mine.update(**fields, leased_until=now + _LEASE))
    # Only now: a lot that lost a race for locks is stored, and told of, once more.
    for name, value in fields.items():
        setattr(job, name, value)
    return is_mine


def _learnt(job: ImportJob, done: ImportedReaders) -> bool:
    """Write down what a slice told of the file as a whole; false when somebody stopped it."""
    labels = dict(job.report.get("unknown", {}))
    for label, count in done.unknown:
        if label in labels or len(labels) < _MOST_LABELS:
            labels[label] = labels.get(label, 0) + count
    stopped = done.stopped and [done.stopped.line, done.stopped.reason]
    job.report |= {"product": done.product, "unknown": labels, "stopped": stopped}
    mine = ImportJob.objects.filter(pk=job.pk, state=job.state)
    return bool(mine.update(report=job.report))


@transaction.atomic
def _finish(job_id: int, now: datetime) -> None:
    job = ImportJob.objects.select_for_update().get(pk=job_id)
    if job.state in _WORKING:
        _end(job, _NEXT[State(job.state)], now)


def _undone(job: ImportJob, until: float, now: Callable[[], datetime]) -> None:
    done = undo(job.run_id or 0, now=now(), more=_Turn(until).goes_on)
    with transaction.atomic():
        job = ImportJob.objects.select_for_update().get(pk=job.pk)
        back = job.report.get("back", {})
        counted = ("subscriptions", "readers", "released", "kept")
        told = {name: back.get(name, 0) + getattr(done, name) for name in counted}
        job.report, job.attempts = job.report | {"back": told}, 0
        job.done = told["subscriptions"]
        if done.is_whole:
            _end(job, State.UNDONE, now())
        else:
            job.save(update_fields=["report", "done", "attempts"])


def _begin(job: ImportJob, state: ImportJob.State, now: datetime) -> None:
    """Leave the list to a worker."""
    if state is State.IMPORTING:
        job.report, job.errors, job.line = {}, [], 0
    job.state, job.changed_at, job.done, job.attempts = state, now, 0, 0
    job.leased_until = None
    job.save()
    wake.on_commit("imports")


def _end(job: ImportJob, state: ImportJob.State, now: datetime) -> None:
    """Nothing more is done with the list by itself; its file stays while it may be brought in."""
    if state in (State.CHECKED, State.DONE):
        reasons = {int(line): str(reason) for line, reason in job.errors}
        kept = rejected(lines_of(unpacked(job.content)), reasons) if reasons else ""
        job.rejected = packed(kept) if kept else b""
    job.state, job.changed_at, job.leased_until = state, now, None
    if state is not State.CHECKED:
        job.content = b""
    if state is State.DISCARDED:
        job.rejected = b""
    job.save()


@transaction.atomic
def _give_up(job: ImportJob, reason: str, now: datetime) -> None:
    job = ImportJob.objects.select_for_update().get(pk=job.pk)
    if job.state in _WORKING:
        log.warning("a list of readers was given up", job=job.pk, reason=reason)
        job.reason = reason[:500]
        _end(job, State.FAILED, now)


def _locked(job_id: int, *states: ImportJob.State) -> ImportJob:
    job = ImportJob.objects.select_for_update().get(pk=job_id)
    if job.state not in states:
        raise JobRefused(f"It is {job.get_state_display()} already: somebody was quicker.")
    return job


def _text(data: bytes) -> str:
    try:
        # Excel writes a byte-order mark before UTF-8.
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotImportable("It is not UTF-8: save it as CSV UTF-8.") from error
    if "\x00" in text:
        raise NotImportable("It is no text file: save the list as CSV UTF-8.")
    return text
