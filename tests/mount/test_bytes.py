"""What the mount shows is what was stored: names, bytes and attributes."""
import mmap
import os
import random
import stat
import unittest

from mounting import ACCOUNT, MountCase, sha256


class Bytes(MountCase):
    def setUp(self):
        super().setUp()
        self.source.add_sample()

    def assert_equals_source(self, snapshot):
        expected = self.source.messages()
        shown = self.mounted_messages(snapshot)
        self.assertEqual(set(expected), set(shown))
        for key, path in shown.items():
            self.assertEqual(sha256(expected[key]), sha256(path), path)
            self.assertEqual(expected[key].stat().st_size, path.stat().st_size)

    def test_every_file_equals_its_source(self):
        self.source.add_huge()
        self.make_snapshot()
        self.mount()
        self.assert_equals_source(self.newest())

    def test_latest_is_the_newest_snapshot(self):
        self.make_snapshot()
        self.mount()
        latest = self.mountpoint / ACCOUNT / "latest"
        self.assertTrue(latest.is_symlink())
        self.assertEqual(self.snapshots()[-1], os.readlink(latest))
        self.assertEqual(latest.lstat().st_size, len(os.readlink(latest)))
        self.assert_equals_source(latest)

    def test_names_are_valid_and_unique(self):
        self.make_snapshot()
        self.mount()
        for directory, _, names in os.walk(os.fsencode(self.newest())):
            self.assertEqual(len(names), len(set(names)))
            for name in names:
                self.assertLessEqual(len(name), 255)
                text = name.decode("utf-8")
                self.assertTrue(text.isprintable(), text)
                self.assertNotRegex(text, r"[\s/'\"$`\\*?|;&<>]", directory)

    def test_names_are_found_without_listing_first(self):
        self.make_snapshot()
        mounted = self.mount()
        paths = list(self.newest().rglob("*"))
        mounted.unmount()
        self.mount()
        random.Random(1).shuffle(paths)
        for path in paths:
            self.assertTrue(path.exists(), path)
            self.assertEqual(path.stat().st_ino, path.lstat().st_ino)

    def test_names_that_are_not_there(self):
        self.make_snapshot()
        self.mount()
        some = next(self.newest().rglob("*Budget*.eml"))
        for wrong in ("nothing", ".hidden", "x" * 255, "é", some.name + "x", some.name[:-4], some.name.upper(),
                      "x" + some.name, some.name.replace("Budget", "budget"), some.name.replace(".eml", "0.eml")):
            self.assertFalse((some.parent / wrong).exists(), wrong)
            self.assertFalse((self.mountpoint / wrong).exists(), wrong)

    def test_any_range_can_be_read(self):
        self.source.add_huge()
        self.make_snapshot()
        self.mount()
        chance = random.Random(7)
        shown = self.mounted_messages(self.newest())
        for key in [("Huge", 1), ("INBOX", 900), ("Odd", 3)]:
            expected = self.source.messages()[key].read_bytes()
            with open(shown[key], "rb") as file:
                for _ in range(300):
                    at = chance.randrange(len(expected) + 10)
                    length = chance.choice([1, 100, 4096, 70000, 300000])
                    self.assertEqual(expected[at:at + length], os.pread(file.fileno(), length, at))
                self.assertEqual(b"", os.pread(file.fileno(), 10, len(expected)))
                self.assertEqual(b"", os.pread(file.fileno(), 10, len(expected) + 10_000_000))

    def test_mapped_memory(self):
        self.make_snapshot()
        self.mount()
        shown = self.mounted_messages(self.newest())
        for key, path in self.source.messages().items():
            if path.stat().st_size > 0:
                with open(shown[key], "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                    self.assertEqual(path.read_bytes(), mapped[:])

    def test_attributes(self):
        self.make_snapshot()
        self.mount()
        expected = self.source.messages()
        for key, path in self.mounted_messages(self.newest()).items():
            shown = path.stat()
            self.assertEqual(stat.S_IFREG | 0o400, shown.st_mode)
            self.assertEqual((os.getuid(), os.getgid(), 1), (shown.st_uid, shown.st_gid, shown.st_nlink))
            self.assertEqual(int(expected[key].stat().st_mtime), shown.st_mtime)
            self.assertEqual((shown.st_size + 511) // 512, shown.st_blocks)
        for directory, _, _ in os.walk(self.mountpoint):
            shown = os.stat(directory)
            self.assertEqual((stat.S_IFDIR | 0o500, 1), (shown.st_mode, shown.st_nlink), directory)

    def test_inodes_are_stable_and_shared(self):
        self.make_snapshot()
        self.source.add("INBOX", 2000, b"Subject: new\r\n\r\n")
        self.source.remove("INBOX", 3)
        self.make_snapshot()
        mounted = self.mount()
        self.assertEqual(2, len(self.snapshots()))
        first, second = (self.mountpoint / ACCOUNT / name for name in self.snapshots())
        before = {path: path.stat().st_ino for path in self.mountpoint.rglob("*")}
        by_key = {key: path.stat().st_ino for key, path in self.mounted_messages(first).items()}
        for key, path in self.mounted_messages(second).items():
            self.assertEqual(by_key.get(key, path.stat().st_ino), path.stat().st_ino)
        self.assertEqual(len(by_key), len(set(by_key.values())))
        mounted.unmount()
        self.mount()
        self.assertEqual(before, {path: path.stat().st_ino for path in self.mountpoint.rglob("*")})


if __name__ == "__main__":
    unittest.main()
