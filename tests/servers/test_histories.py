"""Random histories of an account: mail comes, goes, moves, changes its flags; mailboxes are made, emptied, renamed,
deleted and made anew. After each sync, some of which were broken off before, the snapshot is what the server has, by an
independent client; in the end every snapshot still is what the server had then. MB_STEPS for more, MB_SEED repeats."""

import concurrent.futures
import contextlib
import imaplib
import os
import random
import unittest

from dovecot import Dovecot
from fixtures import ALICE, PASSWORD, ServerTest
from fragile_line import FragileLine
from independent import Client, quote
from maildir import encode_mailbox_name
from programs import DONE, INCOMPLETE, Backup, SnapshotTree

STEPS = int(os.environ.get("MB_STEPS", "12"))
SEED = int(os.environ.get("MB_SEED", random.SystemRandom().randrange(1 << 32)))
MOST_CHANGES = 16  # between two syncs
BROKEN_OFF_WITHIN = 40_000  # bytes of what the server says

NAMES = [encode_mailbox_name(name).encode() for name in
         ("Work", "Work/Größe", "Lists/one & two", "Lists/three", "Old", "Old/Older", "Später")]
FLAGS = ("\\Seen", "\\Flagged", "\\Answered", "$Important", "Later")
DATES = ('"02-Jan-2020 03:04:05 +0000"', '"29-Feb-2024 23:59:59 -0800"', '"01-Jul-1998 00:00:00 +0200"')


class History:
    """Changes to the account, by chance. What the server refuses does not happen."""

    def __init__(self, server: Dovecot, chance: random.Random):
        self.server = server
        self.chance = chance
        self.written = 0

    def change(self) -> None:
        kinds = (self.write,) * 6 + (self.expunge, self.flag, self.copy, self.move, self.create, self.create,
                                     self.delete, self.rename, self.make_anew, self.empty)
        for _ in range(self.chance.randint(0, MOST_CHANGES)):
            with Client(self.server, ALICE) as self.client, contextlib.suppress(RuntimeError, imaplib.IMAP4.error):
                self.chance.choice(kinds)()

    def mailbox(self) -> bytes:
        return self.chance.choice(self.client.mailboxes())

    def some(self, mailbox: bytes) -> str:
        """Opens the mailbox; a set of UIDs that it has."""
        self.client.select(mailbox)
        uids = self.client.uids()
        return ",".join(map(str, self.chance.sample(uids, self.chance.randint(1, len(uids))))) if uids else "1"

    def flags(self) -> str:
        return f"({' '.join(self.chance.sample(FLAGS, self.chance.randint(0, len(FLAGS))))})"

    def write(self) -> None:
        mailbox = self.mailbox()
        for _ in range(self.chance.randint(1, 12)):
            self.written += 1
            body = self.chance.choice((b"short", b"twice the same", self.chance.randbytes(self.chance.randint(1, 3000))))
            text = b"Subject: %d\r\n\r\n" % (self.written // 2) + body.replace(b"\0", b"").replace(b"\n", b"\r\n")
            self.client.append(mailbox, text, self.flags(), self.chance.choice(DATES))

    def expunge(self) -> None:
        self.client.remove(self.some(self.mailbox()))

    def flag(self) -> None:
        self.client.store(self.some(self.mailbox()), self.chance.choice(("FLAGS", "+FLAGS", "-FLAGS")), self.flags())

    def copy(self) -> None:
        self.client.check(self.client.imap.uid("COPY", self.some(self.mailbox()), quote(self.mailbox())))

    def move(self) -> None:
        self.client.check(self.client.imap.uid("MOVE", self.some(self.mailbox()), quote(self.mailbox())))

    def create(self) -> None:
        self.client.check(self.client.imap.create(quote(self.chance.choice(NAMES))))

    def delete(self) -> None:
        self.client.check(self.client.imap.delete(quote(self.chance.choice(NAMES))))

    def rename(self) -> None:
        self.client.check(self.client.imap.rename(quote(self.mailbox()), quote(self.chance.choice(NAMES))))

    def make_anew(self) -> None:
        name = quote(self.chance.choice(NAMES))
        self.client.check(self.client.imap.delete(name))
        self.client.check(self.client.imap.create(name))

    def empty(self) -> None:
        self.client.select(self.mailbox())
        self.client.remove("1:*")


class Histories(ServerTest):
    def setUp(self):
        self.chance = random.Random(SEED)
        self.server = self.enterContext(Dovecot({ALICE: PASSWORD}))
        self.line = self.enterContext(FragileLine(self.server.imaps_port))
        self.backup = self.enterContext(Backup()).init()
        self.backup.add(self.server, ALICE, port=self.line.port)
        self.broken_off = 0

    def state(self) -> dict[bytes, tuple]:
        """What the snapshot must be: by mailbox, the hashes and the flags of its messages by UID."""
        with Client(self.server, ALICE) as client:
            return {mailbox: ({uid: message.sha256 for uid, message in client.messages(mailbox).items()},
                              client.flags(mailbox)) for mailbox in client.mailboxes()}

    def shown(self, tree: SnapshotTree, snapshot: str, mailboxes: list[bytes]) -> dict[bytes, tuple]:
        return {mailbox: ({uid: file.sha256 for uid, file in tree.messages(mailbox).items()},
                          self.backup.flags(ALICE, snapshot, mailbox)) for mailbox in mailboxes}

    def break_off(self) -> None:
        started = concurrent.futures.Future()
        act = self.chance.choice((self.line.cut_all, lambda: started.result().kill()))
        self.line.break_after(self.chance.randrange(BROKEN_OFF_WITHIN), act)
        process = self.backup.start("sync", "--patience", "0")
        started.set_result(process)
        process.communicate()
        self.broken_off += process.returncode not in (DONE, INCOMPLETE)
        self.line.mend()

    def sync(self) -> None:
        """What is gone at once is told with exit 3; nothing else may be."""
        result = self.backup.sync(expect=None)
        self.assertIn(result.status, (DONE, INCOMPLETE), result.err)
        if result.status == INCOMPLETE:
            self.assertRegex(result.err, "gone from the server at once|the same account")

    def check(self, states: dict[str, dict]) -> None:
        with self.backup.mount() as mount:
            self.assertEqual(mount.snapshots(ALICE), list(states))
            for snapshot, state in states.items():
                tree = mount.snapshot(ALICE, snapshot)
                self.assertEqual(self.shown(tree, snapshot, list(state)), state, snapshot)
                self.assertEqual(len(tree.all()), sum(len(messages) for messages, _ in state.values()))
        self.backup.check()

    def test_every_snapshot_is_what_the_server_had(self):
        print(f"MB_SEED={SEED} MB_STEPS={STEPS}", flush=True)
        states: dict[str, dict] = {}
        history = History(self.server, self.chance)
        for _ in range(STEPS):
            history.change()
            if self.chance.random() < 0.4:
                self.break_off()
            self.sync()
            state = self.state()
            snapshots = [each["name"] for each in self.backup.run("snapshots", "--json", ALICE).json["snapshots"]]
            for snapshot in snapshots:  # one that was broken off may have made one before
                states.setdefault(snapshot, state)
            self.assertEqual(states[snapshots[0]], state)
        self.check(dict(sorted(states.items())))
        print(f"{len(states)} snapshots, {self.broken_off} syncs broken off, {history.written} messages written", flush=True)


if __name__ == "__main__":
    unittest.main()
