"""Golden repositories: written by the version that introduced a format, read by every later one.

`golden.py NAME [COMMAND...]` makes golden/NAME.tar.xz and golden/NAME.listing with the programs named in the environment,
at the end by `mailbackup COMMAND`. A file that is there already is never made again: the point is that it is old."""
import base64
import io
import os
import random
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "mount"))
from mounting import MAKE_REPOSITORY, Source, message, plain_text  # noqa: E402

MAILBACKUP = os.environ["MAILBACKUP"]
READ_ALL = os.environ["READ_ALL"]
GOLDEN = Path(__file__).resolve().parent / "golden"


def listing(repository):
    """What every snapshot holds: a line for each message, its path and SHA-256."""
    done = subprocess.run([READ_ALL, repository], capture_output=True, check=True)
    return "".join(line + "\n" for line in sorted(done.stdout.decode().splitlines()))


def with_attachment(subject, content, line_length, line_end=b"\r\n"):
    text = base64.b64encode(content)
    lines = [text[at:at + line_length] for at in range(0, len(text), line_length)]
    return message(subject, b"Content-Transfer-Encoding: base64\r\n\r\n" + line_end.join(lines) + line_end)


def fill(source):
    chance = random.Random(1)
    for uid in range(1, 41):
        source.add("INBOX", uid, message(f"Budget {uid}", plain_text(uid, 100 + uid * 60)), 1600000000 + uid)
    attached = chance.randbytes(20_000)
    source.add("INBOX", 100, with_attachment("once", attached, 76))
    source.add("INBOX", 101, with_attachment("again, in other lines", attached, 60, b"\n"))
    source.add("INBOX", 102, with_attachment("a small one", attached[:700], 76))
    source.add("Archive/2019", 1, message("Zażółć gęślą jaźń", chance.randbytes(3000)), 1550000000)
    source.add("Odd", 1, b"")
    source.add("Odd", 2, message("NUL and bare LF", b"a\0b\nc\rd\0\0" * 50))


def make(repository, account, source):
    """Four snapshots with changes, one forgotten and its room taken back, and one more."""
    fill(source)
    for step in range(4):
        subprocess.run([MAKE_REPOSITORY, repository, account, source.path], check=True)
        source.remove("INBOX", step + 1)
        source.add("INBOX", 200 + step, message(f"Late {step}", plain_text(200 + step, 800)))
    names = subprocess.run([MAILBACKUP, "-r", repository, "ls", account], capture_output=True, check=True, text=True)
    second = sorted(name for name in names.stdout.split() if name[0].isdigit())[1]
    subprocess.run([MAILBACKUP, "-r", repository, "forget", "-y", f"{account}/{second.rstrip('/')}"], check=True)
    subprocess.run([MAKE_REPOSITORY, repository, account, source.path], check=True)


def pack(repository, archive):
    def plain(member):
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        return member
    with tarfile.open(archive, "x:xz", preset=9) as tar:
        tar.add(repository, "repository", filter=plain)


def main(name, *command):
    with tempfile.TemporaryDirectory(prefix="mailbackupfs-golden-") as directory:
        repository = Path(directory, "repository")
        make(repository, "alice@example.com", Source(Path(directory, "source")))
        if command:
            subprocess.run([MAILBACKUP, "-r", repository, *command], check=True)
        pack(repository, GOLDEN / f"{name}.tar.xz")
        (GOLDEN / f"{name}.listing").write_text(listing(repository))


if __name__ == "__main__":
    main(*sys.argv[1:])
