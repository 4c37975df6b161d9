"""Power cuts on the weakest file system that POSIX allows.

ext4 does more than it must: a sync of a new file also makes its name durable. Here a program's writes are taken from
its trace, and nothing is durable that was not asked for by name: a file's bytes when the file was synced (or written
through O_DSYNC), a name when its directory was synced. Of the rest, any selection may have survived."""
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from crashing import planting
from syscalls import CHANGES, parse, strace

PIECE = 4096
TRACED = ("openat", "lseek", "close", *CHANGES)
CONTINUED_SHARE = 0.1  # of the trees in which nothing is wrong, the ingest goes on in so many; the others are rebuilt
CHANCES = (0.0, 0.1, 0.5, 0.9, 1.0)  # how much of what was not synced survives


@dataclass
class Node:
    """A file or directory, by what is durable of it and what is not yet."""
    directory: bool = False
    content: bytearray = field(default_factory=bytearray)
    entries: dict = field(default_factory=dict)  # name to Node; None for one that was removed
    waiting: list = field(default_factory=list)  # (offset, bytes), (length,) or (name, Node), in their order
    latest: dict = field(default_factory=dict)  # entries as the program sees them

    def make_durable(self):
        for change in self.waiting:
            self.apply(change)
        self.waiting = []

    def apply(self, change):
        _apply(self.content, self.entries, change)


def _apply(content, entries, change):
    if len(change) == 1:
        del content[change[0]:]
        content.extend(bytes(change[0] - len(content)))
    elif isinstance(change[0], int):
        offset, data = change
        content.extend(bytes(max(0, offset - len(content))))
        content[offset:offset + len(data)] = data
    else:
        entries[change[0]] = change[1]


def _load(path):
    """Everything of a tree, as durable."""
    if path.is_file():
        return Node(content=bytearray(path.read_bytes()))
    entries = {child.name: _load(child) for child in path.iterdir()}
    return Node(directory=True, entries=entries, latest=dict(entries))


class Model:
    """The tree `root` as the calls of a program left it; `start` is how it was before, all of it durable."""

    def __init__(self, start, root):
        self.root, self.tree = str(root), _load(Path(start))
        self.synchronous, self.offsets = set(), {}  # of descriptors
        self.said = ""  # on standard output

    def _find(self, path):
        """The node and its name's directory; None outside of the tree."""
        if path != self.root and not path.startswith(self.root + "/"):
            return None, None, None
        node, parent, names = self.tree, None, path[len(self.root):].strip("/").split("/")
        for name in names if names != [""] else []:
            if node is None:
                return None, None, None
            parent, node = node, node.latest.get(name)
        return node, parent, names[-1]

    def _name(self, parent, name, node):
        parent.latest[name] = node
        parent.waiting.append((name, node))

    def _write(self, call, offset, data):
        node = self._find(call.path())[0]
        if node is None:
            return
        pieces = [(offset + at, data[at:at + PIECE]) for at in range(0, len(data), PIECE)]
        if call.descriptor() in self.synchronous:
            for piece in pieces:
                node.apply(piece)
        else:
            node.waiting += pieces

    def step(self, call):
        if call.result >= 0:
            getattr(self, f"_do_{call.name}")(call)

    def _do_openat(self, call):
        path = call.strings()[-1].decode()
        node, parent, name = self._find(path)
        if parent is not None and node is None and "O_CREAT" in call.arguments:
            self._name(parent, name, Node())
        (self.synchronous.add if "O_DSYNC" in call.arguments else self.synchronous.discard)(call.result)
        self.offsets[call.result] = 0

    def _do_close(self, call):
        self.synchronous.discard(call.descriptor())

    def _do_lseek(self, call):
        self.offsets[call.descriptor()] = call.result

    def _do_pwrite64(self, call):
        self._write(call, call.number(), call.strings()[-1][:call.result])

    def _do_writev(self, call):
        data = b"".join(call.strings())[:call.result]
        self._write(call, self.offsets[call.descriptor()], data)
        self.offsets[call.descriptor()] += call.result

    def _do_write(self, call):
        if call.descriptor() == 1:
            self.said += call.strings()[-1].decode()
        else:
            self._do_writev(call)

    def _do_ftruncate(self, call):
        node = self._find(call.path())[0]
        if node is not None:
            node.waiting.append((call.number(),))

    def _do_mkdir(self, call):
        _, parent, name = self._find(call.strings()[0].decode())
        self._name(parent, name, Node(directory=True))

    def _do_unlink(self, call):
        node, parent, name = self._find(call.strings()[0].decode())
        if node is not None:
            self._name(parent, name, None)

    def _do_rename(self, call):
        old, new = (text.decode() for text in call.strings())
        node, parent, name = self._find(old)
        _, new_parent, new_name = self._find(new)
        self._name(parent, name, None)
        self._name(new_parent, new_name, node)

    _do_rmdir = _do_unlink

    def _do_renameat2(self, call):
        """The two change places."""
        one, other = (self._find(text.decode()) for text in call.strings())
        self._name(one[1], one[2], other[0])
        self._name(other[1], other[2], one[0])

    def _do_fdatasync(self, call):
        node = self._find(call.path())[0]
        if node is not None:
            node.make_durable()

    _do_fsync = _do_fdatasync

    def cut(self, target, chance):
        """Writes the tree as the power cut may have left it."""
        _cut(self.tree, Path(target), chance, chance.choice(CHANCES))


def _cut(node, path, chance, share):
    content, entries = bytearray(node.content), dict(node.entries)
    for change in node.waiting:
        if chance.random() < share:
            _apply(content, entries, change)
    if not node.directory:
        path.write_bytes(content)
        return
    path.mkdir()
    for name, child in entries.items():
        if child is not None:
            _cut(child, path / name, chance, share)


class Run:
    """An ingest that goes on from the tree `start`, when `acknowledged` lines had been said before."""

    def __init__(self, scratch, oracle, start, acknowledged=0, bug=None):
        self.scratch, self.oracle, self.start, self.acknowledged = Path(scratch), oracle, Path(start), acknowledged
        self.root = self.scratch / "run"
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(self.start, self.root)
        output = self.scratch / "run-trace"
        done = strace(output, TRACED, oracle.ingest(self.root), longest=1 << 24, environment=planting(bug))
        assert done.returncode == 0, done.stderr
        self.calls = parse(output)

    def cuts(self, count, chance):
        """As many power cuts: for each, the lines acknowledged by then, and the tree that is left. Look at it before
        asking for the next."""
        model, at, left = Model(self.start, self.root), 0, self.scratch / "left"
        for moment in sorted(chance.randrange(1, len(self.calls) + 1) for _ in range(count)):
            for call in self.calls[at:moment]:
                model.step(call)
            at = moment
            shutil.rmtree(left, ignore_errors=True)
            model.cut(left, chance)
            yield self.oracle.acknowledged_after(self.acknowledged, model.said), left

    def problems(self, count, chance):
        """What is wrong after so many power cuts."""
        found = []
        for acknowledged, left in self.cuts(count, chance):
            goes_on = chance.random() < CONTINUED_SHARE
            problems = self.oracle.problems(left, acknowledged, rebuild=not goes_on)
            if not problems and goes_on:
                problems = self.oracle.problems_when_continued(left)
            if problems:
                found.append(f"{acknowledged} lines acknowledged: {problems}")
        return found
