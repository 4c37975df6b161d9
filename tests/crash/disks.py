"""Disks for crashes: files as block devices with ext4 on them, and one that records what is written to it."""
import ctypes
import fcntl
import os
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from crashing import PATIENCE_S, RECORDER

BLKFLSBUF = 0x1261
CLONE_NEWNS = 0x20000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
MNT_DETACH = 2
LOOP_BUSY_RETRIES = 100
_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result, what):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), str(what))


def _keep_mounts_to_ourselves():
    """Whoever begins a mount namespace gets a copy of all that is mounted, and while it lives a disk that we unmounted
    stays mounted there: the next mount of it would show the old file system instead of what the disk now holds.
    For the same reason this one lets go of what others serve."""
    _checked(_libc.unshare(CLONE_NEWNS), "unshare")
    _checked(_libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None), "/")
    for mounted in Path("/proc/self/mounts").read_text().splitlines():
        _, point, kind, *_ = mounted.split(" ")
        if kind.startswith("fuse."):
            _libc.umount2(point.encode().decode("unicode_escape").encode("latin-1"), MNT_DETACH)


_keep_mounts_to_ourselves()  # before there is a thread: it is one thread that moves


def call(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=PATIENCE_S,
                          env={**os.environ, "PATH": os.environ["PATH"] + ":/sbin:/usr/sbin"}, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} failed: {done.stderr}")
    return done.stdout.strip()


def make_ext4(device):
    """As small and as quick to mount as can be; nothing is left for the kernel to initialise later."""
    call("mkfs.ext4", "-q", "-m", "0", "-b", "4096", "-J", "size=4", "-E",
         "lazy_itable_init=0,lazy_journal_init=0,nodiscard", device)


@contextmanager
def loop_device(file):
    device = call("losetup", "--find", "--show", file)
    try:
        yield device
    finally:
        call("losetup", "--detach", device)


def mount(device, point):
    _checked(_libc.mount(os.fsencode(device), os.fsencode(point), b"ext4", 0, b"data=ordered"), device)


def unmount(point):
    """A file that was just closed may hold the mount for a moment."""
    for _ in range(LOOP_BUSY_RETRIES):
        if _libc.umount2(os.fsencode(point), 0) == 0:
            return
        time.sleep(0.01)
    error = ctypes.get_errno()
    raise OSError(error, os.strerror(error), str(point))


@contextmanager
def mounted(device, point):
    mount(device, point)
    try:
        yield
    finally:
        unmount(point)


def forget_cached(device):
    """The file below the device was changed by others."""
    with open(device, "rb") as opened:
        fcntl.ioctl(opened, BLKFLSBUF)


@contextmanager
def small_disk(scratch, mebibytes):
    """A mounted ext4 of its own."""
    image, point = Path(scratch) / "image", Path(scratch) / "disk"
    image.write_bytes(b"")
    os.truncate(image, mebibytes << 20)
    point.mkdir()
    with loop_device(image) as device:
        make_ext4(device)
        with mounted(device, point):
            yield point


@contextmanager
def recorder(scratch, log, mebibytes):
    """The recording disk's directory: `disk` and `marks`."""
    point = Path(scratch) / "recorder"
    point.mkdir(exist_ok=True)
    process = subprocess.Popen([RECORDER, point, log, str(mebibytes)])
    try:
        end = time.monotonic() + PATIENCE_S
        while not (point / "disk").exists():
            if process.poll() is not None or time.monotonic() > end:
                raise AssertionError("the recorder did not start; is there a /dev/fuse?")
            time.sleep(0.01)
        yield point
    finally:
        call("fusermount3", "-u", point)
        process.wait(PATIENCE_S)
