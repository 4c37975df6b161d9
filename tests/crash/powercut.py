"""Power cuts on ext4: an ingest runs on a disk that records every write and flush; afterwards the disk is set up as it
may have been when the power failed at some moment, mounted, and verified.

What the disk had been told to flush is there. Of what was written since, anything may be: nothing, all, a beginning, a
beginning whose last write is torn, or any selection of blocks."""
import mmap
import os
import random
import struct
import subprocess
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from crashing import INGEST, PATIENCE_S, planting
from disks import call, forget_cached, loop_device, make_ext4, mounted, recorder

MEBIBYTES = 16
BLOCK = 4096
SECTOR = 512
WRITE, FLUSH, MARK = 1, 2, 3
START, END = b"start\n", b"end\n"
KINDS = ("nothing", "all", "beginning", "torn", "selection", "last alone")
CONTINUED_ONE_IN = 20  # of the states in which nothing is wrong, the ingest goes on in so many; the others are rebuilt


@dataclass
class Recording:
    base: bytes  # the disk when the ingest began
    events: list  # (WRITE, offset, data), (FLUSH,), (MARK, lines)


@dataclass
class State:
    """The power fails before event `end`; the last flush was event `flush`."""
    flush: int
    end: int
    kind: str
    seed: int

    def __str__(self):
        return f"power cut at event {self.end} after flush {self.flush}, {self.kind} of what came since, {self.seed}"


def _records(log):
    data = memoryview(Path(log).read_bytes())
    at = 0
    while at < len(data):
        kind, offset, length = struct.unpack_from("<IQI", data, at)
        at += 16
        yield kind, offset, data[at:at + length]
        at += length


def _parse(log, lines):
    base, events, started = bytearray(MEBIBYTES << 20), [], False
    for kind, offset, data in _records(log):
        if kind == WRITE and not started:
            base[offset:offset + len(data)] = data
        elif kind == WRITE:
            events.append((WRITE, offset, data))
        elif kind == FLUSH and started:
            events.append((FLUSH,))
        elif kind == MARK and data == START:
            started = True
        elif kind == MARK and data == END:
            break
        elif kind == MARK:
            lines += bytes(data).count(b"\n")
            events.append((MARK, lines))
    return Recording(bytes(base), events)


def _mark(disk, text):
    with open(disk / "marks", "wb", buffering=0) as marks:
        marks.write(text)


def record(scratch, oracle, bug=None):
    """An ingest on a recording disk, with a bug planted in it or none."""
    log, point = Path(scratch) / "record", Path(scratch) / "recorded"
    point.mkdir(exist_ok=True)
    with recorder(scratch, log, MEBIBYTES) as disk, loop_device(disk / "disk") as device:
        make_ext4(device)
        with mounted(device, point):
            repository = point / "repository"
            oracle.prepare(repository)
            call("sync", "--file-system", point)
            _mark(disk, START)
            with open(disk / "marks", "wb", buffering=0) as marks:
                done = subprocess.run(oracle.ingest(repository), stdout=marks, stderr=subprocess.PIPE, text=True,
                                      env=planting(bug) or None, timeout=PATIENCE_S, check=False)
            assert done.returncode == 0, done.stderr
            _mark(disk, END)
    return _parse(log, oracle.start[1])


def choose_states(recording, count, chance):
    """First the harshest after every flush, then by chance; in the order of the recording."""
    events = recording.events
    flushes = [-1] + [index for index, event in enumerate(events) if event[0] == FLUSH]
    ends = flushes[1:] + [len(events)]
    chosen = [State(flush, end, "nothing", chance.randrange(1 << 30)) for flush, end in zip(flushes, ends)]
    chosen = chance.sample(chosen, min(count, len(chosen)))
    while len(chosen) < count:
        end = chance.randrange(1, len(events) + 1)
        flush = max(index for index in flushes if index < end)
        chosen.append(State(flush, end, chance.choice(KINDS), chance.randrange(1 << 30)))
    return sorted(chosen, key=lambda state: (state.flush, state.end))


def _pieces(writes, size):
    return [(offset + at, data[at:at + size]) for _, offset, data in writes for at in range(0, len(data), size)]


def _survivors(state, writes):
    """Those writes that reached the disk of what was not flushed."""
    chance = random.Random(state.seed)
    blocks = _pieces(writes, BLOCK)
    if not blocks or state.kind == "nothing":
        return []
    if state.kind == "all":
        return blocks
    if state.kind == "last alone":
        return blocks[-1:]
    if state.kind == "selection":
        return [block for block in blocks if chance.random() < 0.5]
    whole = chance.randrange(len(blocks))
    if state.kind == "beginning":
        return blocks[:whole]
    sectors = _pieces([(WRITE, *blocks[whole])], SECTOR)
    return blocks[:whole] + sectors[:chance.randrange(len(sectors))]


def _start_anew(repository):
    """The system is started after a power cut: what an index was found to be belongs to another boot."""
    mark = repository / "index" / "verified"
    if mark.exists():
        mark.write_bytes(mark.read_bytes().replace(b"boot ", b"boot before ", 1))


class Replay:
    """A disk on which states of a recording are set up one after the other, in the order of the recording."""

    def __init__(self, directory, recording, oracle):
        self.recording, self.oracle = recording, oracle
        self.flushed, self.at, self.acknowledged = bytearray(recording.base), 0, oracle.start[1]
        self.mapped = None  # the disk's bytes, while it is attached
        self.image, self.point = directory / "image", directory / "point"
        self.point.mkdir(parents=True)
        self.image.write_bytes(recording.base)

    def _advance(self, flush):
        for event in self.recording.events[self.at:flush + 1]:
            if event[0] == WRITE:
                self.flushed[event[1]:event[1] + len(event[2])] = event[2]
            elif event[0] == MARK:
                self.acknowledged = event[1]
        self.at = max(self.at, flush + 1)

    def _set_up(self, state):
        """The lines acknowledged by then."""
        self._advance(state.flush)
        since = self.recording.events[self.at:state.end]
        disk = self.mapped
        disk[:] = bytes(self.flushed)
        for offset, data in _survivors(state, [event for event in since if event[0] == WRITE]):
            disk[offset:offset + len(data)] = bytes(data)
        return max([self.acknowledged] + [event[1] for event in since if event[0] == MARK])

    def _problems(self, state, device):
        acknowledged, goes_on = self._set_up(state), state.seed % CONTINUED_ONE_IN == 0
        forget_cached(device)
        repository = self.point / "repository"
        with mounted(device, self.point):
            _start_anew(repository)
            problems = self.oracle.problems(repository, acknowledged, rebuild=not goes_on)
            if not problems and goes_on:
                problems = self.oracle.problems_when_continued(repository)
        return problems

    def problems(self, states, enough, first_is_enough):
        """How many were looked at, and (state, what is wrong) of those that are bad."""
        bad, done = [], 0
        with open(self.image, "r+b") as file, mmap.mmap(file.fileno(), 0) as self.mapped, \
                loop_device(self.image) as device:
            for state in states:
                if enough.is_set():
                    break
                problems = self._problems(state, device)
                done += 1
                if problems:
                    bad.append((state, problems))
                    if first_is_enough:
                        enough.set()
        return done, bad


def replay(scratch, recording, oracle, states, workers=None, first_is_enough=False):
    """How many states were looked at, and the bad ones of them: (state, problems). Where the first is enough, the rest
    is left out."""
    workers = workers or os.cpu_count()
    enough = threading.Event()

    def work(number):
        with tempfile.TemporaryDirectory(dir=scratch) as directory:
            return Replay(Path(directory), recording, oracle).problems(states[number::workers], enough, first_is_enough)

    with ThreadPoolExecutor(workers) as threads:
        results = list(threads.map(work, range(workers)))
    return sum(done for done, _ in results), [finding for _, bad in results for finding in bad]
