"""How fast the mount is read, against the same files plain on the disk and against other mounts."""

import os
import pathlib
import re
import statistics
import subprocess
import time

from benchmark import peers, snapshots
from benchmark.budgets import Figure, not_measured, ratio
from benchmark.setting import ACCOUNT, Run, Setting, TooSlow, drop_caches, have, median, run
from independent import Client
from maildir import decode_mailbox_name
from programs import PROGRAMS, Mount

ROUNDS = 5
WARM_READINGS = 3  # in each of the rounds
RESTIC_TIMEOUT_SECONDS = 900


def measure(setting: Setting) -> dict[str, Figure]:
    plain = setting.plain()
    figures = cold(setting, plain) if os.geteuid() == 0 else _needs_root()
    second_snapshot(setting)
    figures |= first_listing(setting, plain)
    with setting.backup.mount() as mount:
        figures |= warm(mount, plain)
        figures["mount/memory"] = Figure(mount.resident_peak_mib())
    figures["mount/start"] = start(setting)
    if os.geteuid() == 0:
        peers.print_table(peers.measure(setting))
    return figures | snapshots.measure()


def grep(directory: pathlib.Path, timeout: float = RESTIC_TIMEOUT_SECONDS) -> Run:
    return run("grep", "-rlF", peers.NEEDLE, f"{directory}/", timeout=timeout, environment={"LC_ALL": "C"}, expect=(0, 1))


def cold(setting: Setting, plain: pathlib.Path) -> dict[str, Figure]:
    ours, theirs, theirs_warm, reads = [], [], [], []
    for _ in range(ROUNDS):
        drop_caches()
        theirs.append(grep(plain))
        theirs_warm.append(grep(plain))
        with setting.backup.mount() as mount:
            drop_caches()
            ours.append(grep(mount.point / ACCOUNT / "latest"))
            reads.append(read_requests(mount))
    return {"cold/reads": Figure(statistics.median(reads) / setting.messages),
            "cold/cold": ratio(median(ours), median(theirs), "s"),
            "cold/warm": ratio(median(ours), median(theirs_warm), "s"),
            "cold/restic": against_restic(setting, median(ours))}


def _needs_root() -> dict[str, Figure]:
    return dict.fromkeys(("cold/reads", "cold/cold", "cold/warm", "cold/restic"), not_measured("dropping the page cache needs root"))


def against_restic(setting: Setting, ours: float) -> Figure:
    if not have("restic"):
        return not_measured("restic is not installed")
    with peers.restic(setting) as directory:
        drop_caches()
        try:
            return ratio(ours, grep(directory, RESTIC_TIMEOUT_SECONDS).seconds, "s")
        except TooSlow:
            return Figure(ours / RESTIC_TIMEOUT_SECONDS, f"restic was stopped after {RESTIC_TIMEOUT_SECONDS} s: an upper bound")


def second_snapshot(setting: Setting) -> None:
    """A flag changes, so there are two snapshots that show the same messages."""
    with Client(setting.server, ACCOUNT) as client:
        client.select(largest_mailbox(client))
        client.store(str(client.uids()[0]), "+FLAGS", "($Benchmarked)")
    setting.backup.sync()


def largest_mailbox(client: Client) -> bytes:
    def messages(mailbox: bytes) -> int:
        client.examine(mailbox)
        return len(client.uids())
    return max(client.mailboxes(), key=messages)


def first_listing(setting: Setting, plain: pathlib.Path) -> dict[str, Figure]:
    """Each time in a new mount, so that the kernel knows nothing; the repository's own files are in the page cache."""
    with Client(setting.server, ACCOUNT) as client:
        mailbox = decode_mailbox_name(largest_mailbox(client).decode("ascii"))
    ours, theirs = [], []
    for _ in range(ROUNDS + 1):
        theirs.append(run("ls", "-l", plain / mailbox))
        with setting.backup.mount() as mount:
            ours.append(run("ls", "-l", mount.point / ACCOUNT / "latest" / mailbox))
    seconds = median(ours[1:])
    return {"ls/warm": ratio(seconds, median(theirs[1:]), "s"),
            "ls/seconds": Figure(seconds, f"{len(os.listdir(plain / mailbox)):,} messages")}


def warm(mount: Mount, plain: pathlib.Path) -> dict[str, Figure]:
    """Where in memory the kernel puts the files makes a difference of 5 %, so it does so anew in each round."""
    older, newer = mount.snapshots(ACCOUNT)[-2:]
    ours, theirs = [], []
    for _ in range(ROUNDS):
        if os.geteuid() == 0:
            drop_caches()
        readings = [(grep(plain), grep(mount.point / ACCOUNT / newer)) for _ in range(1 + WARM_READINGS)]
        theirs += [reading[0] for reading in readings[1:]]
        ours += [reading[1] for reading in readings[1:]]
    reads = read_requests(mount)
    other = grep(mount.point / ACCOUNT / older)
    return {"warm/warm": ratio(median(ours), median(theirs), "s"),
            "other/reads": Figure(read_requests(mount) - reads),
            "other/warm": ratio(other.seconds, median(ours), "s")}


def start(setting: Setting) -> Figure:
    """Until the command goes to the background, which it does when the mount is there."""
    point = setting.place / "start"
    point.mkdir()
    seconds = []
    for _ in range(ROUNDS):
        began = time.monotonic()
        subprocess.run([PROGRAMS / "mailbackupfs", setting.backup.repository, point], check=True)
        seconds.append(time.monotonic() - began)
        subprocess.run(["fusermount3", "-u", point], check=True)
    return Figure(statistics.median(seconds))


def read_requests(mount: Mount) -> int:
    match = re.search(r"\bREAD (\d+)", mount.request_counts())
    return int(match[1]) if match else 0
