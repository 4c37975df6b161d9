"""What people do with mail on a disk, on our mount and on others of the same files: seconds with the page cache dropped,
and again."""

import contextlib
import os
import pathlib
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator

from benchmark.setting import ACCOUNT, Setting, TooSlow, drop_caches, have, run
from benchmark.size import borg_backup, borg_environment, restic_backup, restic_environment, squashfs_image

NEEDLE = "invoice 4711"
ROUNDS = 5
ENOUGH_SECONDS = 20  # of one thing on one peer: after that there are no more rounds
MOUNT_SECONDS = 60
SLOW_SECONDS = 900


class NotMounted(Exception):
    """A peer is installed, but something it needs is not."""


Peer = Callable[[Setting], contextlib.AbstractContextManager[pathlib.Path]]


def _unmount(point: pathlib.Path) -> None:
    program = ["umount", "-l"] if os.geteuid() == 0 else ["fusermount3", "-uz"]
    subprocess.run([*program, point], check=False)


@contextlib.contextmanager
def _mounted(point: pathlib.Path, *command: object, environment: dict[str, str] | None = None) -> Iterator[None]:
    """A command that mounts; it may stay in the foreground or go."""
    point.mkdir(exist_ok=True)
    process = subprocess.Popen([*map(str, command)], env={**os.environ, **(environment or {})},
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + MOUNT_SECONDS
        while not os.path.ismount(point):
            if process.poll() not in (None, 0) or time.monotonic() > deadline:
                raise NotMounted(f"{command[0]} does not mount")
            time.sleep(0.02)
        yield
    finally:
        _unmount(point)
        process.terminate()
        process.wait()


@contextlib.contextmanager
def plain(setting: Setting) -> Iterator[pathlib.Path]:
    yield setting.plain()


@contextlib.contextmanager
def ours(setting: Setting) -> Iterator[pathlib.Path]:
    with setting.synced().mount() as mount:
        yield mount.point / ACCOUNT / mount.snapshots(ACCOUNT)[-1]


@contextlib.contextmanager
def restic(setting: Setting) -> Iterator[pathlib.Path]:
    restic_backup(setting)
    point = setting.place / "restic-mount"
    with _mounted(point, "restic", "mount", point, environment=restic_environment(setting)):
        yield point / "snapshots" / "latest"


@contextlib.contextmanager
def borg(setting: Setting) -> Iterator[pathlib.Path]:
    borg_backup(setting)
    point = setting.place / "borg-mount"
    with _mounted(point, "borg", "mount", "-f", f"{setting.place / 'borg'}::1", point, environment=borg_environment(setting)):
        yield point


@contextlib.contextmanager
def squashfs(setting: Setting) -> Iterator[pathlib.Path]:
    point = setting.place / "squashfs-mount"
    with _mounted(point, "mount", "-o", "loop,ro", squashfs_image(setting), point):
        yield point


@contextlib.contextmanager
def squashfuse(setting: Setting) -> Iterator[pathlib.Path]:
    point = setting.place / "squashfuse-mount"
    with _mounted(point, "squashfuse_ll", squashfs_image(setting), point):
        yield point


# What each needs to be installed; the kernel's squashfs needs root.
PEERS: dict[str, tuple[str, Peer]] = {
    "ext4": ("ls", plain), "ours": ("ls", ours), "squashfs": ("mksquashfs", squashfs),
    "squashfuse": ("squashfuse_ll", squashfuse), "borg": ("borg", borg), "restic": ("restic", restic),
}
PROGRAMS: dict[str, tuple[str, ...]] = {
    "grep -rlF": ("grep", "-rlF", NEEDLE, "{}/"), "rg -lF": ("rg", "-lF", "--no-ignore", "--hidden", NEEDLE, "{}/"),
    "cp -a": ("cp", "-a", "{}/", "{scratch}"), "tar c": ("sh", "-c", "tar c -C {} . | cat > /dev/null"),
    "find": ("find", "{}/"), "du -s": ("du", "-s", "{}/"), "ls -lR": ("ls", "-lR", "{}/"),
}


def seconds(program: str, directory: pathlib.Path) -> float:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as scratch:
        words = [word.replace("{scratch}", scratch).replace("{}", str(directory)) for word in PROGRAMS[program]]
        return run(*words, timeout=SLOW_SECONDS, environment={"LC_ALL": "C"}, expect=(0, 1)).seconds


def cold_and_warm(program: str, directory: pathlib.Path) -> tuple[float, float]:
    """Medians."""
    cold, warm = [], []
    while len(cold) < ROUNDS and sum(cold + warm) < ENOUGH_SECONDS:
        drop_caches()
        cold.append(seconds(program, directory))
        warm.append(seconds(program, directory))
    return statistics.median(cold), statistics.median(warm)


def measure(setting: Setting) -> dict[str, dict[str, tuple[float, float]]]:
    """Program to peer to seconds (cold, warm)."""
    programs = [program for program, words in PROGRAMS.items() if have(words[0])]
    measured: dict[str, dict[str, tuple[float, float]]] = {program: {} for program in programs}
    for name, (needed, peer) in PEERS.items():
        if not have(needed):
            continue
        try:
            _measure_peer(setting, peer, measured, name)
        except NotMounted as reason:
            print(f"{name} is left out: {reason}", flush=True)
    return measured


def _measure_peer(setting: Setting, peer: Peer, measured: dict[str, dict[str, tuple[float, float]]], name: str) -> None:
    with peer(setting) as directory:
        for program, row in measured.items():
            with contextlib.suppress(TooSlow):
                row[name] = cold_and_warm(program, directory)


def print_table(measured: dict[str, dict[str, tuple[float, float]]]) -> None:
    peers = [name for name in PEERS if any(name in row for row in measured.values())]
    print("\n" + f"{'seconds, cold and warm':<24}" + "".join(f"{name:>16}" for name in peers))
    for program, row in measured.items():
        cells = (f"{row[name][0]:8.2f}{row[name][1]:8.2f}" if name in row else f"{'—':>16}" for name in peers)
        print(f"{program:<24}" + "".join(cells), flush=True)
