"""Every system call of an ingest that has to do with files is killed (SIGKILL) and made to fail (EIO, ENOSPC; once, and
with everything after it), one in a run. After each: the repository is sound and has all that was acknowledged, a call
that failed is told by the exit status, and the ingest, run again, ends with what an uninterrupted one ends with. And
again for the run that recovers from being killed. A repository whose making was killed can be made again.

CRASH_POINTS=all takes every point; a number takes so many, by chance (CRASH_SEED repeats a choice)."""
import itertools
import os
import random
import shutil
import sys
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from crashing import INGEST, SEED, Oracle, planting, run, scratch_directory
from syscalls import CHANGES, DATA_WRITES, FILE_CALLS, SYNCS, parse, strace

POINTS = os.environ.get("CRASH_POINTS", "150")
ROUNDS = 3
KILLS_BEFORE_RECOVERY = 4
ERRORS = ("EIO", "ENOSPC")


class Point:
    """A fault at the `ordinal`-th call `name` of a run; `before` counts the calls of every name before it."""

    def __init__(self, fault, call, before):
        self.fault, self.name, self.before = fault, call.name, dict(before)
        self.ordinal = before.get(call.name, 0) + 1

    def injections(self):
        if self.fault == "KILL":
            return [f"{self.name}:signal=KILL:when={self.ordinal}"]
        error, lasting = self.fault.removesuffix("+"), self.fault.endswith("+")
        if not lasting:
            return [f"{self.name}:error={error}:when={self.ordinal}"]
        names = set(CHANGES) | {self.name}
        return [f"{name}:error={error}:when={self.before.get(name, 0) + 1}+" for name in sorted(names)]

    def __str__(self):
        return f"{self.fault} at {self.name} number {self.ordinal}"


def points_of(calls, repository):
    """All faults at all calls from the first that touches the repository on."""
    points, before, started = [], {}, False
    for call in calls:
        started = started or (call.name == "openat" and call.path().startswith(str(repository)))
        if started:
            faults = ["KILL"]
            if call.name not in ("mmap", "lseek"):
                faults += ERRORS
            if call.name in CHANGES:
                faults += [f"{error}+" for error in ERRORS]
            points += [Point(fault, call, before) for fault in faults]
        before[call.name] = before.get(call.name, 0) + 1
    return points


def before_first_line(calls):
    """The calls of a run until it says something: of one that goes on, those with which it recovers."""
    return list(itertools.takewhile(lambda call: call.name != "write" or call.descriptor() != 1, calls))


def touches_store(call):
    return call.path().endswith((".pack", "data.mdb"))


def matters(call):
    """The mark of an index that was verified may be lost at any time."""
    return call.name in CHANGES and not call.path().endswith("/verified")


def wrote_after_failed_sync(calls):
    """The call with which a run went on writing after a sync had failed, or None."""
    failed = False
    for call in calls:
        if failed and call.name in DATA_WRITES and touches_store(call):
            return call
        failed = failed or (call.injected and call.name in SYNCS)
    return None


class Matrix:
    """Ingests that start from the repository `start`, of which `acknowledged` lines were said before."""

    def __init__(self, scratch, oracle, start, acknowledged, bug=None):
        self.scratch, self.oracle, self.start, self.acknowledged = Path(scratch), oracle, start, acknowledged
        self.bug = bug

    def place(self):
        """A directory of this thread."""
        directory = self.scratch / f"thread-{threading.get_ident()}"
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir()
        repository = directory / "repository"
        shutil.copytree(self.start, repository)
        return repository, directory / "trace"

    def run(self, injections):
        repository, trace = self.place()
        result = strace(trace, FILE_CALLS, self.oracle.ingest(repository), injections,
                        environment=planting(self.bug))
        return repository, parse(trace), result

    def points(self, choose=list):
        """Of all calls, or of those that `choose` leaves."""
        repository, calls, result = self.run(())
        assert result.returncode == 0, result.stderr
        return points_of(choose(calls), repository)

    def wounded(self, kill, name):
        """The same from what is left by a run that was killed."""
        repository, _, result = self.run(kill.injections())
        wounded = self.scratch / name
        shutil.copytree(repository, wounded)
        acknowledged = self.oracle.acknowledged_after(self.acknowledged, result.stdout)
        return Matrix(self.scratch, self.oracle, wounded, acknowledged)

    def problems(self, point):
        repository, calls, result = self.run(point.injections())
        acknowledged = self.oracle.acknowledged_after(self.acknowledged, result.stdout)
        if result.returncode == 0:
            acknowledged = len(self.oracle.lines)
        return (self.wrong_end(point, calls, result) or
                self.oracle.problems(repository, acknowledged) or
                self.oracle.problems_when_continued(repository))

    @staticmethod
    def wrong_end(point, calls, result):
        if point.fault == "KILL":
            # How often memory is mapped depends on how threads take turns.
            killed = result.returncode < 0 or result.returncode == 137 or point.name == "mmap"
            return "" if killed else "it was not killed"
        injected = [call for call in calls if call.injected]
        if not injected:
            return "the fault did not happen"
        if result.returncode == 0 and matters(injected[0]):
            return "exit status 0"
        if result.returncode not in (0, 1):
            return f"it ended with {result.returncode}"
        if result.returncode == 1 and not result.stderr and not point.fault.endswith("+"):
            return "it said nothing"
        after = wrote_after_failed_sync(calls)
        return f"after a failed sync it went on with {after}" if after else ""


def sample(chance, points, share):
    if POINTS == "all":
        return points
    return chance.sample(points, min(len(points), max(1, int(int(POINTS) * share))))


def kills_of(matrix):
    return [point for point in matrix.points() if point.fault == "KILL" and point.name in CHANGES]


def assert_all_survive(case, matrix, points):
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        outcomes = list(zip(points, threads.map(matrix.problems, points)))
    bad = [f"{point}: {problems}" for point, problems in outcomes if problems]
    print(f"{len(outcomes)} points, {len(bad)} bad", file=sys.stderr)
    case.assertFalse(bad, "\n".join(bad))


class Faults(unittest.TestCase):
    def setUp(self):
        print(f"seed {SEED}", file=sys.stderr)
        self.chance = random.Random(SEED)
        self.scratch = self.enterContext(scratch_directory("crash-faults"))
        self.oracle = Oracle(self.scratch, SEED, ROUNDS)

    def test_first_run(self):
        matrix = Matrix(self.scratch, self.oracle, self.oracle.empty, 0)
        assert_all_survive(self, matrix, sample(self.chance, matrix.points(), 0.6))

    def test_run_that_recovers(self):
        first = Matrix(self.scratch, self.oracle, self.oracle.empty, 0)
        for number, kill in enumerate(self.chance.sample(kills_of(first), KILLS_BEFORE_RECOVERY)):
            second = first.wounded(kill, f"wounded-{number}")
            with self.subTest(first=str(kill)):
                assert_all_survive(self, second, sample(self.chance, second.points(), 0.4 / KILLS_BEFORE_RECOVERY))

    def test_creation(self):
        """Killed anywhere, it can be begun again."""
        repository, trace = Path(self.scratch) / "new", Path(self.scratch) / "new-trace"
        command = [str(INGEST), "--create", str(repository)]
        strace(trace, FILE_CALLS, command)
        kills = [point for point in points_of(parse(trace), repository) if point.fault == "KILL"]
        self.assertGreater(len(kills), 20)
        for point in kills:
            shutil.rmtree(repository)
            with self.subTest(str(point)):
                killed = strace(trace, FILE_CALLS, command, point.injections())
                self.assertNotEqual(killed.returncode, 0)
                if not (repository / "format").exists():
                    again = run(*command)
                    self.assertEqual(again.returncode, 0, again.stderr)
                self.assertEqual(self.oracle.problems_when_continued(repository), "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
