"""What real servers do, one file of peers/ for each thing: qNN-* by the number of docs/imap.md, loss-* for the ways in
which other programs lost mail in silence, copy-* for mail that must not be fetched twice, hostile-* for what only an enemy
says, under limits of memory and time. The file says what must come of it."""

import hashlib
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "servers"))

from peer import Peer
from peer_file import PEERS, PeerFile, fits, uids_of, words_of
from programs import DONE, Backup, Result, uid_of

ALICE = "alice"
QUIRKS = 35  # in the table of docs/imap.md
LOSSES = {  # ways in which mail was lost in silence, and the file that plays each
    "the highest UID taken for all below it": "loss-watermark",
    "no UIDVALIDITY, or 0": "q15-uidvalidity-none",
    "all fetched again, twice there, after UIDVALIDITY changed": "copy-uidvalidity",
    "UIDNEXT far above the count taken for missing mail": "loss-gaps",
    "messages taken for the same by their Message-ID": "loss-same-message-id",
    "a date taken for a watermark": "loss-old-message-moved-in",
    "an empty answer taken for the truth": "loss-empty-answer",
    "half a list taken for the whole": "loss-half-listed",
    "no count taken for none": "loss-no-exists",
    "one message that drops its batch or stalls the account": "q09-poison-no",
    "mail lost by the server is lost here, too": "loss-all-gone",
    "lost by the server, seen by a run that is broken off": "loss-broken-off",
    "a mailbox that lost its mail": "loss-mailbox-emptied",
    "a mailbox deleted": "loss-mailbox-gone",
    "empty files in the place of messages": "q05-empty-string",
    "another account's mail": "loss-wrong-destination",
    "another host's mail": "loss-wrong-host",
}
LIMITS = ["prlimit", *os.environ.get("MB_LIMITS", "--as=536870912 --cpu=60").split()]
# A clock by which what takes minutes is over soon.
HASTE = ["env", f"LD_PRELOAD={os.environ.get('MB_HASTY_CLOCK', '')}", "CLOCK_STEP_US=1000000"]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Quirk(unittest.TestCase):
    maxDiff = 4000

    def play(self, name: str) -> None:
        self.backup = self.enterContext(Backup()).init()
        if name.startswith("hostile-"):
            self.backup.prefix = LIMITS
        if "-slowly-" in name:
            self.backup.prefix = HASTE
        tls = "starttls" if "starttls" in name else "implicit"
        with Peer(name, tls) as peer:
            self.peer = peer
            if peer.file.acts[0].expectations[0].startswith("expect add "):
                status = peer.file.acts[0].expectations[0].split()[2]
                result = self.backup.add(peer, ALICE, tls=tls, expect=int(status))
                self.check_expectations(peer.file.acts[0].expectations[1:], result)
            else:
                self.backup.add(peer, ALICE, tls=tls)
                self.play_acts(peer.file)
        self.assertEqual(peer.errors, [])
        self.assertEqual(peer.forbidden, [])

    def play_acts(self, file: PeerFile) -> None:
        for act in file.acts:
            self.peer.begin(act)
            status = int(act.expectations[0].split()[1])
            result = self.backup.sync(expect=status)
            self.check_expectations(act.expectations[1:], result)
        if status == DONE:
            self.check_repetition()
        self.backup.check()

    def check_repetition(self) -> None:
        """The same server once more: nothing comes over the wire again, nothing is new."""
        snapshots = self.snapshots()
        self.peer.bodies = self.peer.connections = 0
        self.backup.sync()
        self.assertEqual(self.peer.bodies, 0)
        self.assertEqual(self.snapshots(), snapshots)

    def check_expectations(self, lines: list[str], result: Result) -> None:
        self.result = result
        for line in lines:
            word, _, rest = line.partition(" ")
            with self.subTest(line):
                getattr(self, f"expect_{word}")(rest)

    def expect_says(self, words: str) -> None:
        self.assertIn(words, self.result.out.decode() + self.result.err)

    def expect_asked(self, pattern: str) -> None:
        commands = [said.decode("latin-1").partition(" ")[2] for said in self.peer.said]
        self.assertTrue(any(fits(command, pattern) for command in commands), commands)

    def expect_never(self, pattern: str) -> None:
        commands = [said.decode("latin-1").partition(" ")[2] for said in self.peer.said]
        self.assertFalse(any(fits(command, pattern) for command in commands), commands)

    def expect_bodies(self, number: str) -> None:
        self.assertEqual(self.peer.bodies, int(number))

    def expect_quiet(self, _: str) -> None:
        self.assertEqual(self.result.err, "")

    def expect_names(self, names: str) -> None:
        self.assertEqual(sorted(entry["name"] for entry in self.entries(f"{ALICE}/latest")), sorted(words_of(names)))

    def expect_holds(self, line: str) -> None:
        self.compare("latest", words_of(line))

    def expect_held(self, line: str) -> None:
        number, *words = words_of(line)
        self.compare(self.snapshots()[int(number) - 1], words)

    def expect_flags(self, line: str) -> None:
        mailbox, *words = words_of(line)
        entries = {uid_of(entry["name"]): entry for entry in self.messages(f"{ALICE}/latest/{mailbox}")}
        for word in words:
            uid, _, flags = word.partition("=")
            entry = entries[int(uid)]
            self.assertEqual(sorted(entry["flags"] + entry["keywords"]), sorted(filter(None, flags.split(","))), word)

    def compare(self, snapshot: str, words: list[str]) -> None:
        path = f"{ALICE}/{snapshot}/{words[0]}"
        mails = (word.partition("=") for word in words[1:])
        expected = {uid: sha256(self.peer.file.mail(mail, uid)) for uids, _, mail in mails for uid in uids_of(uids)}
        stored = {uid_of(entry["name"]): sha256(self.backup.run("cat", f"{path}/{entry['name']}").out)
                  for entry in self.messages(path)}
        self.assertEqual(stored, expected)

    def entries(self, path: str) -> list[dict]:
        return self.backup.run("ls", "--json", path).json["entries"]

    def messages(self, path: str) -> list[dict]:
        return [entry for entry in self.entries(path) if entry["type"] == "message"]

    def snapshots(self) -> list[str]:
        """Oldest first."""
        return [each["name"] for each in self.backup.run("snapshots", "--json", ALICE).json["snapshots"]][::-1]


class Whole(unittest.TestCase):
    """No quirk, and no known way to lose mail, is without its file."""

    def test_every_quirk_is_played(self):
        played = {int(path.stem[1:3]) for path in PEERS.glob("q[0-9][0-9]-*.imap")}
        self.assertEqual(played, set(range(1, QUIRKS + 1)))

    def test_every_loss_is_played(self):
        for what, name in LOSSES.items():
            self.assertTrue((PEERS / f"{name}.imap").exists(), what)


def _add_tests() -> None:
    kinds = ("q[0-9][0-9]-*", "loss-*", "copy-*", "hostile-*")
    for path in sorted(path for kind in kinds for path in PEERS.glob(f"{kind}.imap")):
        name = path.stem
        if "-slowly-" in name and "MB_HASTY_CLOCK" not in os.environ:
            continue  # not under sanitizers, which want to be loaded before what is preloaded
        setattr(Quirk, "test_" + name.replace("-", "_"), lambda self, name=name: self.play(name))


_add_tests()

if __name__ == "__main__":
    unittest.main()
