"""A list that was handed in is looked through, brought in and taken back by whoever comes by."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from digest.audience.leaving.erase import erase_value
from digest.audience.lists import jobs
from digest.audience.lists.core.csv_lines import NotImportable
from digest.audience.lists.core.rejected import rejected
from digest.audience.lists.jobs import HandedIn, JobRefused
from digest.audience.lists.reader_lines import Also
from digest.models import (
    Address,
    AuditEntry,
    ImportJob,
    ImportRun,
    Member,
    Subscription,
    Suppression,
)
from tests.audience.conftest import KINDS, NOW
from tests.web import desk_day

pytestmark = pytest.mark.django_db
BASIS = "Signed up on our old site, 2024 to 2026"
ALERTS = Also(alerts=True)


@pytest.fixture
def member() -> Member:
    return desk_day.member()


def listed(*addresses: str, columns: str = "address") -> bytes:
    return "\n".join([columns, *addresses, ""]).encode()


def handed_in(member: Member, data: bytes, also: Also = ALERTS) -> ImportJob:
    return jobs.hand_in(HandedIn("old.csv", data, BASIS, also), member=member, now=NOW)


def work(at: datetime = NOW, seconds: float = 60) -> bool:
    return jobs.work(now=lambda: at, kinds=KINDS, seconds=seconds)


def test_a_list_is_looked_through_brought_in_and_taken_back(member: Member) -> None:
    job = handed_in(member, listed("ann@example.org", "nobody", "bob@example.org", "=cmd"))
    assert not work()
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("checked", 4, 4)
    assert job.counts == {"added": 2, "unchanged": 0, "barred": 0}
    assert [line for line, _ in job.errors] == [3, 5]
    assert not Address.objects.exists() and not ImportRun.objects.exists()
    jobs.bring_in(job.pk, member=member, now=NOW)
    work()
    job.refresh_from_db()
    assert (job.state, job.counts["added"], bytes(job.content)) == ("done", 2, b"")
    assert job.run is not None and (job.run.added, job.run.left_out) == (2, 2)
    assert Subscription.objects.filter(alerts=True, brought_by=job.run).count() == 2
    jobs.take_back(job.pk, member=member, now=NOW)
    work()
    job.refresh_from_db()
    assert (job.state, job.report["back"]["readers"]) == ("undone", 2)
    assert not Address.objects.exists()
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["handed in a list", "brought in a list", "took back a list"]


def test_whoever_takes_over_goes_on_where_the_work_was(
    member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.audience.lists.lots._LINES", 2)
    people = [f"r{n}@example.org" for n in range(6)]
    job = handed_in(member, listed(*people[:3], "nobody", *people[3:], people[0]))
    while work(seconds=0.0001):
        pass
    jobs.bring_in(job.pk, member=member, now=NOW)
    seen: list[int] = []
    noted = jobs._noted

    def killed(job: ImportJob, *args: object) -> bool:
        """The second lot is about to be stored, and nobody is left to write down that it is."""
        seen.append(job.done)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return noted(job, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "_noted", killed)
    with pytest.raises(KeyboardInterrupt):
        work()
    job.refresh_from_db()
    assert job.state == "importing" and job.done == 2
    assert not work(), "somebody has it yet"
    job.refresh_from_db()
    assert job.state == "importing" and job.done == 2
    assert not work(NOW + timedelta(minutes=3))
    job.refresh_from_db()
    assert job.state == "done" and job.done == 8
    assert job.counts == {"added": 6, "unchanged": 1, "barred": 0}
    assert job.run is not None and [line for line, _ in job.errors] == [5]
    assert (job.run.added, job.run.left_out) == (6, 1)
    assert Subscription.objects.filter(brought_by=job.run).count() == 6


def test_work_that_breaks_off_again_and_again_is_given_up(
    member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = handed_in(member, listed("ann@example.org"))

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(jobs, "import_csv", broken)
    at = NOW
    for _ in range(3):
        with pytest.raises(RuntimeError):
            work(at)
        at += timedelta(minutes=3)
    assert not work(at)
    job.refresh_from_db()
    assert job.state == "failed" and "broke off 3 times" in job.reason
    assert bytes(job.content) == b""


@pytest.mark.parametrize(
    ("data", "basis", "why"),
    [
        (b"address\n", BASIS, "no reader"),
        (b"name\nAnn\n", BASIS, "must name the columns"),
        ("address\nänn@example.org\n".encode("latin-1"), BASIS, "not UTF-8"),
        (b"address\na@example.org\n", "", "consented"),
        (b"address\n" + b"\x00" * 9, BASIS, "no text file"),
        (b"address\n" + b"a" * (8 * 1024 * 1024), BASIS, "more than 8 MB"),
    ],
)
def test_what_is_no_list_is_refused_whole(
    member: Member, data: bytes, basis: str, why: str
) -> None:
    with pytest.raises(NotImportable, match=why):
        jobs.hand_in(HandedIn("x.csv", data, basis), member=member, now=NOW)
    assert not ImportJob.objects.exists()


def test_only_so_many_wait_at_once(member: Member) -> None:
    for _ in range(jobs.MOST_OPEN):
        job = handed_in(member, listed("ann@example.org"))
    with pytest.raises(NotImportable, match="wait already"):
        handed_in(member, listed("ann@example.org"))
    jobs.stop(job.pk, member=member, now=NOW)
    handed_in(member, listed("ann@example.org"))


def test_two_at_once_do_it_once(member: Member) -> None:
    job = handed_in(member, listed("ann@example.org"))
    work()
    jobs.bring_in(job.pk, member=member, now=NOW)
    refused: tuple[Callable[..., None], ...] = (jobs.bring_in, jobs.take_back)
    for step in refused:
        with pytest.raises(JobRefused, match="somebody was quicker"):
            step(job.pk, member=member, now=NOW)
    assert ImportRun.objects.count() == 1


def test_one_that_is_stopped_keeps_what_came_and_can_be_taken_back(
    member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.audience.lists.lots._LINES", 2)
    job = handed_in(member, listed("nobody", *(f"r{n}@example.org" for n in range(9))))
    work()
    jobs.bring_in(job.pk, member=member, now=NOW)
    work(seconds=0.0001)
    jobs.stop(job.pk, member=member, now=NOW)
    job.refresh_from_db()
    assert job.state == "done" and "Stopped by Ann Ito" in job.reason
    assert job.counts["added"] == Subscription.objects.filter(brought_by=job.run).count()
    jobs.take_back(job.pk, member=member, now=NOW)
    work()
    assert not Subscription.objects.exists()


def test_files_go_when_their_time_is_over(member: Member) -> None:
    unused = handed_in(member, listed("ann@example.org"))
    used = handed_in(member, listed("bob@example.org", "nobody"))
    work()
    work()
    jobs.bring_in(used.pk, member=member, now=NOW)
    work()
    work(NOW + jobs.KEPT_FILE + timedelta(seconds=1))
    unused.refresh_from_db()
    used.refresh_from_db()
    assert unused.state == "discarded" and bytes(unused.content) == b""
    assert used.rejected
    work(NOW + jobs.KEPT_REJECTED + timedelta(seconds=1))
    used.refresh_from_db()
    assert not used.rejected


def test_who_is_forgotten_stands_in_no_file_either(member: Member) -> None:
    waiting = handed_in(member, listed("ann@example.org", "bob@example.org"))
    work()
    other = handed_in(member, listed("bob@example.org"))
    work()
    jobs.bring_in(other.pk, member=member, now=NOW)
    work()
    erase_value("email", "bob@example.org", kinds=KINDS, now=NOW)
    Suppression.objects.all().delete()  # the line itself is gone, not only barred
    jobs.bring_in(waiting.pk, member=member, now=NOW)
    work()
    waiting.refresh_from_db()
    assert waiting.state == "done" and waiting.counts["added"] == 1
    assert list(Address.objects.values_list("value", flat=True)) == ["ann@example.org"]


def test_lines_left_out_come_back_as_a_file_that_runs_nothing() -> None:
    text = 'email,name\r\na@example.org,"two\nlines"\r\n=1+1,"@sum, x"\r\n"broken'
    made = rejected(io.StringIO(text, newline=""), {3: "why", 4: "=also"})
    assert list(csv.reader(io.StringIO(made))) == [
        ["line", "what is wrong", "email", "name"],
        ["3", "why", "a@example.org", "two\nlines"],
        ["4", "'=also", "'=1+1", "'@sum, x"],
    ]


@pytest.mark.parametrize(
    "cell",
    [
        "[" * 1_900,
        '{"lists": ' * 190,
        "korea\nVIP",
        "korea\rVIP",
        '"korea',
        "[" + "9" * 1_900 + "]",
    ],
)
@pytest.mark.parametrize("column", ["attributes", "tags"])
def test_no_tag_breaks_a_list(member: Member, column: str, cell: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    if column == "attributes":
        writer.writerow(["uuid", "email", "name", "attributes", "status"])
        writer.writerow(["1", "ann@example.org", "Ann", cell, "enabled"])
        writer.writerow(["2", "bob@example.org", "Bob", json.dumps({"tags": [cell]}), "enabled"])
    else:
        writer.writerow(["email", "status", "utm_source", "tags"])
        writer.writerow(["ann@example.org", "active", "", cell])
        writer.writerow(["bob@example.org", "active", "", ""])
    job = handed_in(member, out.getvalue().encode())
    assert not work()
    job.refresh_from_db()
    assert (job.state, job.counts["added"]) == ("checked", 2)


def test_a_first_line_of_commas_is_refused_at_once(member: Member) -> None:
    bomb = b"address" + b"," * 1_000_000 + b"\n" + b"a\n" * 150_000
    with pytest.raises(NotImportable, match="columns"):
        handed_in(member, bomb)


def test_more_lines_than_are_taken_are_not_all_read(
    member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MOST_LINES", 10)
    read: list[str] = []

    def lines(text: str) -> Iterator[str]:
        for each in io.StringIO(text, newline=""):
            read.append(each)
            yield each

    monkeypatch.setattr(jobs, "lines_of", lines)
    with pytest.raises(NotImportable, match="more than 10 lines"):
        handed_in(member, listed(*(f"r{n}@example.org" for n in range(1_000))))
    assert len(read) < 20
