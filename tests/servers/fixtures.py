"""What several tests need: mail to begin with, and the comparison of a mount with its server."""

import importlib.machinery
import importlib.util
import pathlib
import sys
import unittest

from dovecot import Dovecot
from independent import Client
from local_server import LocalServer
from programs import ROOT, Backup, Mount, SnapshotTree, read_file

ALICE = "alice@example.com"
PASSWORD = 'a "long" p\\ssword ßÿ$%'
SOME_DAY = 1577934245  # 2020-01-02 03:04:05 UTC


def _load_sample_mailbox():
    """scripts/sample-mailbox is a program; its functions are used here too."""
    loader = importlib.machinery.SourceFileLoader("sample_mailbox", str(ROOT / "scripts" / "sample-mailbox"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


sample_mailbox = _load_sample_mailbox()


def fill(server: Dovecot, user: str, count: int, seed: int = 1) -> None:
    maildir = server.maildir(user)
    for each in sample_mailbox.sample(seed, count):
        maildir.deliver(each.mailbox, each.content, int(each.when.timestamp()), each.flags)


class ServerTest(unittest.TestCase):
    maxDiff = 4000

    def assert_mount_equals_server(self, mount: Mount, server: LocalServer, user: str = ALICE,
                                   snapshot: str = "latest") -> int:
        """Every message of every mailbox, by mailbox and UID, byte for byte, and none more. Returns how many."""
        tree = mount.snapshot(user, snapshot, server.delimiter)
        with Client(server, user) as client:
            expected = {mailbox: client.messages(mailbox) for mailbox in client.mailboxes()}
        self.assertGreater(sum(map(len, expected.values())), 0)
        for mailbox, messages in expected.items():
            self.assertEqual({uid: (file.sha256, file.size) for uid, file in tree.messages(mailbox).items()},
                             {uid: (message.sha256, message.size) for uid, message in messages.items()}, mailbox)
        count = sum(map(len, expected.values()))
        self.assertEqual(len(tree.all()), count)
        return count

    def assert_flags_equal_server(self, backup: Backup, server: LocalServer, user: str = ALICE,
                                  snapshot: str = "latest") -> None:
        with Client(server, user) as client:
            for mailbox in client.mailboxes():
                self.assertEqual(backup.flags(user, snapshot, mailbox, server.delimiter), client.flags(mailbox), mailbox)


def maildir_state(server: Dovecot, user: str) -> dict[str, tuple]:
    """Name, content and time of every message file as the server keeps it; flags are in the names."""
    root = server.directory / "mail" / user
    found = {}
    for folder in ("cur", "new"):
        for path in root.rglob(f"{folder}/*"):
            file = read_file(path)
            found[str(path.relative_to(root))] = (file.sha256, file.mtime)
    return found


def hashes(tree: SnapshotTree) -> dict[str, tuple]:
    return {path: (file.sha256, file.size, file.mtime) for path, file in tree.all().items()}
