"""Running the ingest and the verification, and what they say."""
import os
import random
import shutil
import subprocess
import tempfile
from pathlib import Path

PROGRAMS = Path(os.environ["CRASH_PROGRAMS"])
INGEST = PROGRAMS / "crash_ingest"
VERIFY = PROGRAMS / "crash_verify"
FORGET = PROGRAMS / "crash_forget"
RECORDER = PROGRAMS / "crash_recorder"
PLANTED = PROGRAMS / "libcrash_planted.so"
BUGS = ("no-pack-sync", "no-directory-sync", "no-index-sync", "index-first")
SEED = int(os.environ.get("CRASH_SEED", random.SystemRandom().randrange(1 << 30)))
PATIENCE_S = 300  # how long a program may take; never how fast it must be


def scratch_directory(name):
    """On tmpfs where there is one: what these tests write is worth nothing, and a sync of it should cost nothing."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return tempfile.TemporaryDirectory(prefix=f"{name}-", dir=memory)


def run(*command, environment=None):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=PATIENCE_S,
                          env={**os.environ, **(environment or {})}, check=False)


def planting(bug):
    return {"LD_PRELOAD": str(PLANTED), "PLANTED": bug} if bug else {}


def create(repository):
    result = run(INGEST, "--create", repository)
    assert result.returncode == 0, result.stderr


class Oracle:
    """What an ingest of this seed says when nothing goes wrong."""

    def __init__(self, scratch, seed, rounds):
        self.seed, self.rounds = seed, rounds
        self.empty = Path(scratch) / f"empty-{seed}"
        self.file = Path(scratch) / f"oracle-{seed}"
        create(self.empty)
        self.finished = Path(scratch) / f"finished-{seed}"
        shutil.copytree(self.empty, self.finished)
        result = run(*self.ingest(self.finished))
        assert result.returncode == 0, result.stderr
        self.file.write_text(result.stdout)
        self.lines = result.stdout.splitlines(keepends=True)
        assert len(self.lines) == 4 * rounds, result.stdout

    def prepare(self, repository):
        """What is there before the run that crashes."""
        create(repository)

    @property
    def start(self):
        """The same as a directory, and how many lines were said by then."""
        return self.empty, 0

    def ingest(self, repository):
        return [str(INGEST), str(repository), str(self.seed), str(self.rounds)]

    def acknowledged_after(self, before, output):
        """How many lines were said by now, when a run after `before` of them said `output`. A run that goes on repeats
        the lines of the round it is in. A last line that was cut off was not said."""
        said = [line for line in output.splitlines(keepends=True) if line.endswith("\n")]
        if not said:
            return before
        first = self.lines.index(said[0])
        if self.lines[first:first + len(said)] != said:
            raise AssertionError(f"not what an uninterrupted run says: {said}")
        return max(before, first + len(said))

    def problems(self, repository, acknowledged, rebuild=False):
        """What is wrong with a repository after a crash; empty when nothing is. With `rebuild` its index is then another."""
        how = ["--rebuild"] if rebuild else []
        result = run(VERIFY, *how, repository, self.seed, self.file, acknowledged)
        if result.returncode == 0:
            return ""
        return result.stdout + result.stderr or f"verify ended with {result.returncode}"

    def problems_when_continued(self, repository):
        """The ingest goes on to its end; what is then not as in the uninterrupted run."""
        result = run(*self.ingest(repository))
        if result.returncode != 0:
            return f"the ingest that should go on ended with {result.returncode}: {result.stderr}"
        if result.stdout and self.acknowledged_after(0, result.stdout) != len(self.lines):
            return f"the ingest that should go on stopped at: {result.stdout}"
        return self.problems(repository, len(self.lines))


class ForgettingOracle(Oracle):
    """The same for a run that forgets most snapshots of a finished ingest and empties all packs. Its lines follow those
    of the ingest."""

    def __init__(self, scratch, seed, rounds):
        super().__init__(scratch, seed, rounds)
        self.said_before = len(self.lines)
        forgotten = Path(scratch) / f"forgotten-{seed}"
        shutil.copytree(self.finished, forgotten)
        result = run(*self.ingest(forgotten))
        assert result.returncode == 0, result.stderr
        self.lines += result.stdout.splitlines(keepends=True)
        self.file.write_text("".join(self.lines))

    def prepare(self, repository):
        shutil.copytree(self.finished, repository)

    @property
    def start(self):
        return self.finished, self.said_before

    def ingest(self, repository):
        if not hasattr(self, "said_before"):
            return super().ingest(repository)
        return [str(FORGET), str(repository), str(self.rounds)]
