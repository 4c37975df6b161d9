"""A run is broken off at points spread evenly over all that a server says: the line is cut, or the process killed. The
next run fetches what is not stored yet, only that, and ends complete. Once for a first sync, once for one that finds
changes; both on several connections, and with small batches. POINTS=50 takes 50 of each of the four kinds, 200 in all."""

import concurrent.futures
import os
import pathlib
import shutil
import signal
import subprocess
import unittest

from dovecot import Dovecot
from fixtures import ALICE, PASSWORD, ServerTest, hashes
from fragile_line import FragileLine
from independent import Client
from programs import DONE, SERVER, Backup

POINTS = int(os.environ.get("POINTS", "5"))
HELPERS = pathlib.Path(os.environ["MB_HELPERS"])
CLOCK_STEP_US = 50_000  # a batch is committed after 5 s, which is some messages
BYTES_PER_SECOND = 300_000  # so that there is something left to do when another connection comes

FIRST_DAY = 1577934245  # 2020-01-02 03:04:05 UTC
MANY = 600  # of which one connection asks for 400 at once; another one helps

Uids = dict[str, set[int]]  # by mailbox


class Account:
    """Mail in some mailboxes, each message with a size and a date of its own, and what becomes of it."""

    def __init__(self, server: Dovecot):
        self.server = server
        self.count = 0
        for mailbox, count in (("INBOX", MANY), ("Archive", 30), ("Lists/one", 40), ("Old name", 20)):
            self.deliver(mailbox, count)
        server.maildir(ALICE).create("Empty")

    def deliver(self, mailbox: str, count: int) -> None:
        for _ in range(count):
            self.count += 1
            text = f"Subject: number {self.count}\r\n\r\n{'x' * (self.count % 97)} is all that it says.\r\n"
            self.server.maildir(ALICE).deliver(mailbox, text.encode(), FIRST_DAY + self.count * 1000)

    def change(self) -> Uids:
        """Returns what the new state has and the old one had elsewhere: it need not be fetched."""
        with Client(self.server, ALICE) as client:
            client.select(b"INBOX")
            client.store("7:17", "+FLAGS", "(\\Flagged $Important)")
            client.check(client.imap.uid("COPY", "21:45", "Archive"))
            client.remove("21:45,100:103")
            client.select(b"Lists/one")
            client.remove("3:5")
            client.check(client.imap.rename('"Old name"', '"New name"'))
        for mailbox, count in (("INBOX", MANY), ("Lists/one", 5), ("New", 15)):
            self.deliver(mailbox, count)
        return {"Archive": set(range(31, 56)), "New name": set(range(1, 21))}

    def messages(self) -> dict[str, dict]:
        with Client(self.server, ALICE) as client:
            return {mailbox.decode(): client.messages(mailbox) for mailbox in client.mailboxes()}


class Points(ServerTest):
    def setUp(self):
        self.server = self.enterContext(Dovecot({ALICE: PASSWORD}))
        self.server.record_commands()
        self.account = Account(self.server)
        self.line = self.enterContext(FragileLine(self.server.imaps_port, BYTES_PER_SECOND))
        self.begun = self.enterContext(Backup()).init()
        self.begun.add(self.server, ALICE, port=self.line.port)
        self.earlier: dict[str, tuple] = {}  # what the snapshot has that was there before
        self.copied: Uids = {}
        self.hits = self.halves = self.shared = 0

    def backup(self) -> Backup:
        """A copy of the one that was begun."""
        backup = Backup()
        backup.prefix = ["env", f"LD_PRELOAD={HELPERS / 'libhasty_clock.so'}", f"CLOCK_STEP_US={CLOCK_STEP_US}"]
        shutil.copytree(self.begun.repository, backup.repository)
        return backup

    def stored(self, backup: Backup) -> Uids:
        lines = subprocess.run([HELPERS / "stored_uids", backup.repository, ALICE], check=True, capture_output=True,
                               text=True).stdout.splitlines()
        stored: Uids = {}
        for uid, _, mailbox in (line.partition(" ") for line in lines):
            stored.setdefault(mailbox, set()).add(int(uid))
        return stored

    def break_off(self, backup: Backup, after: int, kind: str) -> None:
        started = concurrent.futures.Future()
        self.line.break_after(after, self.line.cut_all if kind == "cut" else lambda: started.result().kill())
        process = backup.start("sync", "--patience", "0")
        started.set_result(process)
        out, err = process.communicate()
        ends = {"cut": SERVER, "kill": -signal.SIGKILL}
        self.assertIn(process.returncode, (ends[kind], DONE), out + err)
        self.hits += process.returncode != DONE
        self.line.mend()

    def check_rest(self, stored: Uids) -> None:
        """Each hole was fetched once, unless it could be copied, and nothing else was."""
        asked = sum(self.server.take_bodies_asked(), [])
        self.assertEqual(len(asked), len(set(asked)))
        holes = {(mailbox, uid) for mailbox, uids in self.wanted.items() for uid in uids.keys() - stored.get(mailbox, set())}
        copied = {(mailbox, uid) for mailbox, uids in self.copied.items() for uid in uids}
        self.assertLessEqual(set(asked), holes)
        self.assertLessEqual(holes - set(asked), copied)

    def check_whole(self, backup: Backup) -> None:
        with backup.mount() as mount:
            tree = mount.snapshot(ALICE)
            for mailbox, messages in self.wanted.items():
                self.assertEqual({uid: file.sha256 for uid, file in tree.messages(mailbox.encode()).items()},
                                 {uid: message.sha256 for uid, message in messages.items()}, mailbox)
            snapshots = mount.snapshots(ALICE)
            self.assertEqual(len(snapshots), 1 + bool(self.earlier))
            if self.earlier:
                self.assertEqual(hashes(mount.snapshot(ALICE, snapshots[0])), self.earlier)
        backup.check()

    def check_point(self, after: int, kind: str) -> None:
        with self.backup() as backup:
            before = self.stored(backup)
            self.break_off(backup, after, kind)
            stored = self.stored(backup)
            self.shared += sum(map(bool, self.server.take_bodies_asked())) > 1
            backup.sync()
            self.check_rest(stored)
            self.check_whole(backup)
            self.halves += any(stored.get(name, set()) - before.get(name, set()) for name in self.wanted)

    def check_points(self) -> None:
        self.wanted = self.account.messages()
        with self.backup() as backup:
            self.line.mend()
            backup.sync()
            whole = self.line.carried
            self.server.take_bodies_asked()
        for number in range(2 * POINTS):
            kind, after = ("cut", "kill")[number % 2], whole * (2 * number + 1) // (4 * POINTS)
            with self.subTest(kind=kind, after=after, of=whole):
                self.check_point(after, kind)
        print(f"{2 * POINTS} points in {whole} bytes, {self.hits} hit, {self.halves} with messages stored, "
              f"{self.shared} on several connections", flush=True)
        self.assertGreaterEqual(self.hits, 1.8 * POINTS)
        self.assertGreaterEqual(self.halves, POINTS)
        self.assertGreaterEqual(self.shared, POINTS / 2)

    def test_first_sync(self):
        self.check_points()

    def test_sync_of_changes(self):
        self.begun.sync()
        with self.begun.mount() as mount:
            self.earlier = hashes(mount.snapshot(ALICE))
        self.copied = self.account.change()
        self.check_points()


if __name__ == "__main__":
    unittest.main()
