"""The system calls of a program, by strace."""
import re
import subprocess
from dataclasses import dataclass

from crashing import PATIENCE_S

SYNCS = ("fsync", "fdatasync")
DATA_WRITES = ("write", "writev", "pwrite64", "pwritev", "ftruncate")
CHANGES = (*DATA_WRITES, "rename", "renameat2", "unlink", "rmdir", "mkdir", *SYNCS)
FILE_CALLS = ("openat", "pread64", "read", "lseek", "fcntl", "mmap", *CHANGES)

_CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+|\?)(.*)$", re.DOTALL)
_UNFINISHED = " <unfinished ...>"
_RESUMED = re.compile(r"^\d+ +<\.\.\. \w+ resumed>(.*)$")
_QUOTED = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_DESCRIPTOR = re.compile(r"^(\d+)<((?:\\x[0-9a-f]{2})*)>")


@dataclass
class Call:
    name: str
    arguments: str
    result: int  # -1 when it failed or never returned
    injected: bool

    def __str__(self):
        return f"{self.name} of {self.path()}"

    def path(self):
        """Of the descriptor it works on, or the file it names."""
        found = _DESCRIPTOR.match(self.arguments)
        return _text(found.group(2)) if found else self.strings()[0].decode(errors="replace")

    def descriptor(self):
        return int(_DESCRIPTOR.match(self.arguments).group(1))

    def strings(self):
        return [_bytes(text) for text in _QUOTED.findall(self.arguments)]

    def number(self):
        """The last argument."""
        return int(self.arguments.rsplit(",", 1)[1])


def _bytes(text):
    return bytes.fromhex(text.replace("\\x", ""))


def _text(text):
    return _bytes(text).decode(errors="replace")


def _whole(lines):
    """Where another thread has its turn in the middle of a call, strace tells of its start and its end apart."""
    started = {}
    for line in lines:
        line = line.rstrip("\n")
        thread, resumed = line.split(" ", 1)[0], _RESUMED.match(line)
        if line.endswith(_UNFINISHED):
            started[thread] = line.removesuffix(_UNFINISHED)
        else:
            yield started.pop(thread, "") + resumed.group(1) if resumed else line


def parse(path):
    calls = []
    with open(path, encoding="ascii", errors="replace") as file:
        for line in _whole(file):
            found = _CALL.match(line)
            if found:
                name, arguments, result, rest = found.groups()
                calls.append(Call(name, arguments, -1 if result == "?" else int(result), "INJECTED" in rest))
    return calls


def strace(output, calls, command, injections=(), longest=1, environment=None):
    """Runs a command under strace; the trace of `calls` is in `output`, with `longest` bytes of each string."""
    options = ["-f", "-qq", "-y", "-xx", "-s", str(longest), "-o", str(output),
               "-e", "signal=none", "-e", "trace=" + ",".join(calls)]
    for name, value in (environment or {}).items():
        options += ["-E", f"{name}={value}"]
    for injection in injections:
        options += ["-e", f"inject={injection}"]
    return subprocess.run(["strace", *options, *command], capture_output=True, text=True, timeout=PATIENCE_S,
                          check=False)
