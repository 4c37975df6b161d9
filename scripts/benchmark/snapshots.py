"""Ten thousand snapshots of an account against one, in the mount. Made without a server, by tests/scale/many_snapshots."""

import os
import pathlib
import subprocess
import tempfile

from benchmark.budgets import Figure, not_measured
from benchmark.setting import Run, run
from programs import PROGRAMS, Backup, Mount

GENERATOR = PROGRAMS.parent / "tests" / "scale" / "many_snapshots"
MESSAGES, SNAPSHOTS, CHANGES = 28_000, 10_000, 3  # changes in each snapshot
CHANGE_BYTES = 100
ROUNDS = 11  # the least of them counts


def measure() -> dict[str, Figure]:
    if not GENERATOR.exists():
        return dict.fromkeys(("snapshots/listing", "snapshots/account", "snapshots/memory", "snapshots/catalog"),
                             not_measured(f"needs {GENERATOR}"))
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="snapshots-", dir=memory) as directory:
        one, many = pathlib.Path(directory) / "one", pathlib.Path(directory) / "many"
        subprocess.run([GENERATOR, "make", one, str(MESSAGES), "1", "1"], check=True)
        subprocess.run([GENERATOR, "make", many, str(MESSAGES), str(SNAPSHOTS), "1"], check=True)
        return mounted(one, many) | {"snapshots/catalog": catalog(one, many, SNAPSHOTS)}


def catalog(one: pathlib.Path, many: pathlib.Path, snapshots: int) -> Figure:
    first, all_of_them = ((repository / "index" / "data.mdb").stat().st_size for repository in (one, many))
    return Figure(all_of_them / (2 * first + CHANGE_BYTES * CHANGES * snapshots), f"{all_of_them:,} bytes, one snapshot: {first:,}")


def mounted(one: pathlib.Path, many: pathlib.Path) -> dict[str, Figure]:
    """The first `ls -l` of a mailbox in a new mount: of the first, a middle and the last snapshot."""
    alone: list[float] = []
    among: dict[str, list[float]] = {"first": [], "middle": [], "last": []}
    accounts, memory = [], 0.0
    for _ in range(ROUNDS):
        with Backup(one) as backup, backup.mount() as mount:
            alone.append(list_mailbox(snapshots_of(mount)[0]).seconds)
        for which, times in among.items():
            with Backup(many) as backup, backup.mount() as mount:
                accounts.append(run("ls", account_of(mount)).seconds)
                snapshots = snapshots_of(mount)
                times.append(list_mailbox(snapshots[{"first": 0, "middle": len(snapshots) // 2, "last": -1}[which]]).seconds)
                memory = max(memory, mount.resident_peak_mib())
    slowest = max(among, key=lambda which: min(among[which]))
    seconds = min(among[slowest])  # a listing takes so little time that a median tells of the machine
    return {"snapshots/listing": Figure(seconds / min(alone), f"the {slowest} one: {seconds * 1000:.0f} ms"),
            "snapshots/account": Figure(min(accounts), f"{len(snapshots):,} directories"),
            "snapshots/memory": Figure(memory)}


def account_of(mount: Mount) -> pathlib.Path:
    return next(mount.point.iterdir())


def snapshots_of(mount: Mount) -> list[pathlib.Path]:
    return sorted(path for path in account_of(mount).iterdir() if path.name != "latest")


def list_mailbox(snapshot: pathlib.Path) -> Run:
    return run("ls", "-l", snapshot / "INBOX")
