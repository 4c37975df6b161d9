"""A full disk in the middle of a sync: one clear line, exit status 7, earlier snapshots intact; with room again the
next sync completes. The disk is a small ext4 in a file, so this needs root or sudo."""

import os
import pathlib
import random
import subprocess
import tempfile
import unittest

from dovecot import Dovecot
from fixtures import ALICE, PASSWORD, SOME_DAY, ServerTest, fill, hashes
from programs import DISK_FULL, Backup

DISK_BYTES = 32 << 20
BALLAST_BYTES = 22 << 20
NEW_MESSAGES = 12
NEW_MESSAGE_BYTES = 1 << 20


class SmallDisk:
    """An ext4 of DISK_BYTES, mounted on `point`, owned by us."""

    def __enter__(self) -> "SmallDisk":
        self._place = tempfile.TemporaryDirectory(prefix="small-disk-")
        self.point = pathlib.Path(self._place.name) / "disk"
        self.point.mkdir()
        image = pathlib.Path(self._place.name) / "image"
        with image.open("wb") as file:
            file.truncate(DISK_BYTES)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", "-E", f"root_owner={os.geteuid()}:{os.getegid()}", image],
                       check=True, env={"PATH": os.environ["PATH"] + ":/sbin:/usr/sbin"})
        _as_root("mount", "-o", "loop", image, self.point)
        return self

    def __exit__(self, *_: object) -> None:
        _as_root("umount", self.point)
        self._place.cleanup()


def _as_root(*command: object) -> None:
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    subprocess.run([*sudo, *map(str, command)], check=True)


class DiskFull(ServerTest):
    def test_disk_full_and_room_again(self):
        disk = self.enterContext(SmallDisk())
        server = self.enterContext(Dovecot({ALICE: PASSWORD}))
        fill(server, ALICE, 50)
        backup = self.enterContext(Backup(disk.point / "repository")).init()
        backup.add(server, ALICE)
        backup.sync()
        with backup.mount() as mount:
            first = mount.snapshots(ALICE)[0]
            before = hashes(mount.snapshot(ALICE, first))

        ballast = disk.point / "ballast"
        ballast.write_bytes(bytes(BALLAST_BYTES))
        chance = random.Random(7)
        for _ in range(NEW_MESSAGES):
            server.maildir(ALICE).deliver("INBOX", b"Subject: no room\n\n" + chance.randbytes(NEW_MESSAGE_BYTES), SOME_DAY)
        result = backup.sync(expect=DISK_FULL)
        self.assertIn("space", result.err.splitlines()[0].lower(), result.err)
        with backup.mount() as mount:
            self.assertEqual(mount.snapshots(ALICE)[0], first)
            self.assertEqual(hashes(mount.snapshot(ALICE, first)), before)

        ballast.unlink()
        backup.sync()
        backup.check()
        with backup.mount() as mount:
            self.assertEqual(hashes(mount.snapshot(ALICE, first)), before)
            self.assertEqual(self.assert_mount_equals_server(mount, server), 50 + NEW_MESSAGES)


if __name__ == "__main__":
    unittest.main()
