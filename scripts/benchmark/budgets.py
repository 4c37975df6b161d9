"""The budgets of docs/design.md section 8, and the table that says how we stand."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """`ours` measured against `limit` times (or, without a peer, `limit` of `unit`)."""

    key: str
    what: str
    limit: float
    unit: str = "×"


BUDGETS = {
    "size": (
        Budget("size/restic", "after the first sync, against restic (zstd)", 0.52),
        Budget("size/borg", "after the first sync, against borg (zstd,3)", 0.52),
        Budget("size/squashfs", "after the first sync, against mksquashfs -comp zstd -b 1M", 0.72),
        Budget("size/restic-optimized", "after mailbackup optimize, against restic", 0.52),
        Budget("size/borg-optimized", "after mailbackup optimize, against borg", 0.52),
        Budget("size/squashfs-optimized", "after mailbackup optimize, against mksquashfs", 0.72),
        Budget("size/ingest", "storing 120 MB of mail, without a network", 1, "s"),
        Budget("size/ingest-memory", "resident memory of that", 128, "MiB"),
    ),
    "sync": (
        Budget("first/raw", "first sync, against reading the bytes from TLS and throwing them away", 1.15),
        Budget("first/mbsync", "first sync, against mbsync", 0.20),
        Budget("nothing/mbsync", "sync with nothing new, against mbsync", 0.20),
        Budget("nothing/trips", "sync with nothing new: round trips after login with LIST-STATUS", 1, "trips"),
        Budget("nothing/trips-1000", "the same with 1,000 mailboxes", 1, "trips"),
        Budget("one/bytes", "one new message: new bytes beyond its compressed size, the most of ten", 8, "KiB"),
        Budget("sync/memory", "resident memory of a sync", 128, "MiB"),
        Budget("sync/memory-large", "resident memory of a sync, with a message of 50 MB", 128, "MiB"),
    ),
    "mount": (
        Budget("cold/cold", "cold grep -r, against the same files plain on ext4, cold", 0.35),
        Budget("cold/warm", "cold grep -r, against plain ext4, warm", 2.5),
        Budget("cold/restic", "cold grep -r, against restic mount", 0.05),
        Budget("cold/reads", "cold grep -r: READ requests for each message", 0.05, "requests"),
        Budget("warm/warm", "warm grep -r, against plain ext4, warm", 1.05),
        Budget("other/reads", "grep -r of another snapshot after the first: READ requests", 0, "requests"),
        Budget("other/warm", "grep -r of another snapshot after the first, against warm", 1.6),
        Budget("ls/warm", "first ls -l of the largest mailbox, against plain ext4 warm", 1.5),
        Budget("ls/seconds", "first ls -l of the largest mailbox (the budget is for 100,000 messages)", 1, "s"),
        Budget("mount/start", "from the command to the mount", 0.1, "s"),
        Budget("mount/memory", "resident memory of the mount, after all of this", 64, "MiB"),
        Budget("snapshots/listing", "10,000 snapshots: first ls -l of a mailbox of any, against one alone", 1.1),
        Budget("snapshots/account", "10,000 snapshots: first ls of the account", 0.5, "s"),
        Budget("snapshots/memory", "10,000 snapshots: resident memory of the mount", 64, "MiB"),
        Budget("snapshots/catalog", "10,000 snapshots: catalog, against 2 × one plus 100 bytes a change", 1.0),
    ),
    "large": (
        Budget("large/first", "300,000 messages: resident memory of the first sync", 128, "MiB"),
        Budget("large/nothing", "300,000 messages: resident memory of a sync with nothing new", 128, "MiB"),
        Budget("large/check", "300,000 messages: resident memory of check", 128, "MiB"),
        Budget("large/mount", "300,000 messages: resident memory of the mount, after reading all", 64, "MiB"),
        Budget("large/listing", "300,000 messages: first ls -l, against plain ext4 warm", 1.5),
        Budget("large/first-entry", "300,000 messages: ls -f | head -1 in a new mount", 0.1, "s"),
        Budget("large/optimize", "300,000 messages: resident memory of optimize", 256, "MiB"),
    ),
}


@dataclass(frozen=True)
class Figure:
    """What was measured for a budget; without a value, why not."""

    value: float | None
    note: str = ""


def ratio(ours: float, other: float, unit: str) -> Figure:
    return Figure(ours / other, f"{ours:,.2f} {unit} against {other:,.2f} {unit}")


def not_measured(why: str) -> Figure:
    return Figure(None, why)


def print_table(area: str, figures: dict[str, Figure]) -> int:
    """Returns how many budgets are exceeded."""
    over = 0
    print(f"\n{area:<76} {'budget':>14} {'measured':>10}")
    for budget in BUDGETS[area]:
        figure = figures.get(budget.key, not_measured("no way to measure it yet"))
        limit = f"≤ {budget.limit:.2f} ×" if budget.unit == "×" else f"≤ {budget.limit:g} {budget.unit}"
        if figure.value is None:
            print(f"{budget.what:<76} {limit:>14} {'—':>10}        {figure.note}")
            continue
        exceeded = figure.value > budget.limit
        over += exceeded
        print(f"{budget.what:<76} {limit:>14} {figure.value:>10.3g}  {'OVER' if exceeded else 'ok':<4}  {figure.note}".rstrip())
    return over
