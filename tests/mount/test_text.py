"""view=text: what base64, charsets and HTML hide is found by grep; and the attachments beside a message."""
import base64
import hashlib
import os
import random
import re
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from letters import LETTERS, mail, multipart, part
from mounting import MountCase, message, plain_text

TEXT = ("-o", "view=text")
MIB = 1 << 20
RESIDENT_MIB = 64  # what docs/mount.md promises
CUT = "[The rest is too long and left out here."


class Letters(MountCase):
    def setUp(self):
        super().setUp()
        for uid, letter in enumerate(LETTERS, 1):
            self.source.add("INBOX", uid, letter.content)
        self.make_snapshot()
        self.mounted = self.mount(*TEXT)
        self.inbox = self.newest() / "INBOX"

    def texts(self):
        """{uid: path}"""
        return {int(name.split(".")[-2]): self.inbox / name for name in os.listdir(self.inbox)}

    def grep(self, word):
        """The UIDs of the messages that have it."""
        found = self.run_program("grep", "-rlF", "-e", word, self.inbox, check=False).stdout.decode()
        return {int(line.split(".")[-2]) for line in found.splitlines()}

    def test_grep_finds_every_word(self):
        self.assertGreaterEqual(len(LETTERS), 50)
        for uid, letter in enumerate(LETTERS, 1):
            for word in letter.words:
                self.assertIn(uid, self.grep(word), f"{letter.what}: {word}")
            for word in letter.hidden:
                self.assertNotIn(uid, self.grep(word), f"{letter.what}: {word!r}")

    def test_sizes_are_right_and_texts_are_text(self):
        for uid, path in self.texts().items():
            size = path.stat().st_size
            content = path.read_bytes()
            self.assertEqual(size, len(content), LETTERS[uid - 1].what)
            content.decode("utf-8")
            self.assertNotIn(b"\0", content)
        self.run_program("tar", "-C", self.inbox, "-cf", self.directory / "archive.tar", ".")
        self.run_program("tar", "-C", self.inbox, "-df", self.directory / "archive.tar")

    def test_a_listing_of_names_makes_no_text(self):
        counts = self.mounted.fewest_requests_of(lambda: os.listdir(self.inbox))
        self.assertEqual(0, counts.get("LOOKUP", 0) + counts.get("READ", 0), counts)

    def test_warm_reading_asks_nothing(self):
        self.grep("x")
        counts = self.mounted.fewest_requests_of(lambda: self.grep("x"))
        self.assertEqual(0, counts.get("READ", 0) + counts.get("LOOKUP", 0), counts)

    def test_the_same_after_mounting_again(self):
        def digests():
            return {uid: hashlib.sha256(path.read_bytes()).hexdigest() for uid, path in self.texts().items()}

        before = digests()
        self.mounted.unmount()
        self.mount(*TEXT)
        self.assertEqual(before, digests())


class Large(MountCase):
    """Messages that are larger than the pieces they are made in."""

    def make_texts(self, letters):
        for uid, content in enumerate(letters, 1):
            self.source.add("INBOX", uid, content)
        self.make_snapshot()
        self.mounted = self.mount(*TEXT)
        return sorted((self.newest() / "INBOX").iterdir(), key=lambda path: int(path.name.split(".")[-2]))

    def test_no_character_is_lost_between_pieces(self):
        text = "日本語のメール、とても長い。\n" * 20_000  # more than a MiB
        charsets = ("utf-8", "gb18030", "iso-2022-jp", "cp932", "utf-7")
        paths = self.make_texts([*(mail(part(text, charset)) for charset in charsets), mail(part(text, None, "8bit"))])
        for charset, path in zip((*charsets, "none"), paths):
            shown = path.read_text("utf-8").split("\n\n", 1)[1]
            self.assertTrue(shown == text, f"{charset}: {len(shown)} characters of {len(text)}")

    def test_what_is_cut_is_told(self):
        line = "0123456789abcdef" * 4 + "\n"
        texts = [line * (kib << 10 >> 6) for kib in (2000, 6000)]
        whole, cut = (path.read_text() for path in self.make_texts([mail(part(text, None, "8bit")) for text in texts]))
        self.assertTrue(whole.endswith(texts[0]))
        self.assertIn(CUT, cut[-200:])
        self.assertGreater(len(cut), 4 * MIB)
        self.assertLess(len(cut), 4.2 * MIB)

    @unittest.skipUnless(os.environ.get("MEASURES_MEMORY"), "sanitizers take memory of their own")
    def test_memory_is_bounded(self):
        paths = self.make_texts((
            mail(b"\r\n" + b"-" * 30 * MIB),
            mail(part(b"\xff" * 30 * MIB, encoding="8bit")),
            mail(part(b"<p>\xff\xff" * 6 * MIB, encoding="8bit", kind="text/html")),
            mail(part("<b>äöü</b>" * 2 * MIB, "iso-8859-1", kind="text/html"))))
        with ThreadPoolExecutor(len(paths)) as readers:
            for content in readers.map(Path.read_bytes, paths):
                self.assertIn(CUT.encode(), content[-200:])
        status = Path(f"/proc/{self.mounted.process.pid}/status").read_text()
        self.assertLess(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024, RESIDENT_MIB)


class Attachments(MountCase):
    def setUp(self):
        super().setUp()
        self.noise = random.Random(5).randbytes(3_000_000)
        disposition = 'Content-Disposition: attachment; filename="{}"\r\n'
        self.source.add("INBOX", 1, mail(multipart(
            part("see the attachments\n"),
            part(self.noise, None, kind="application/pdf", headers=disposition.format("Report.pdf")),
            part(b"other", None, kind="application/pdf", headers=disposition.format("report.PDF")),
            part(b"bad", None, kind="text/x-sh", headers=disposition.format("../../etc/.profile")),
            part(b"worse", None, kind="text/plain", headers=disposition.format("=?utf-8?B?4oCuZ25wLmV4ZQ==?=")),
            part(b"", None, kind="application/octet-stream", headers=disposition.format("")),
            part(b"long", None, kind="image/png", headers=disposition.format("x" * 500 + ".png")))))
        self.source.add("INBOX", 2, message("plain", plain_text(1, 500)))
        self.make_snapshot()

    def attachments(self, uid=1):
        path, = [path for path in (self.newest() / "INBOX").iterdir() if path.name.split(".")[-2] == str(uid)]
        return path.with_suffix(".eml.d")

    def check(self):
        directory = self.attachments()
        self.assertEqual(2, len(os.listdir(directory.parent)))
        self.assertTrue(directory.is_dir())
        names = sorted(os.listdir(directory))
        self.assertEqual(7, len(names), names)
        self.assertEqual(7, len({name.casefold() for name in names}))
        for name in names:
            self.assertLessEqual(len(os.fsencode(name)), 255)
            self.assertNotRegex(name, "^[.]|[/\\\\\u202e]")
            self.assertEqual((directory / name).stat().st_size, len((directory / name).read_bytes()))
        self.assertEqual(self.noise, (directory / "Report.pdf").read_bytes())
        self.assertEqual(b"other", (directory / "report.3.PDF").read_bytes())
        with open(directory / "Report.pdf", "rb") as file:
            file.seek(2_500_000)
            self.assertEqual(self.noise[2_500_000:2_500_100], file.read(100))
        self.assertFalse((directory / "absent").exists())
        self.assertEqual(["part-1.txt"], os.listdir(self.attachments(2)))
        copy = self.directory / f"copy-{os.urandom(4).hex()}"
        self.run_program("cp", "-a", directory, copy)
        self.assertEqual(b"", self.run_program("diff", "-r", directory, copy).stdout)
        self.assertEqual(os.stat(directory.parent).st_ino, os.stat(directory / "..").st_ino)

    def test_beside_messages_as_they_are(self):
        self.mount()
        self.check()

    def test_beside_texts(self):
        self.mount(*TEXT)
        self.check()

    def test_in_two_snapshots(self):
        self.mount()
        first = self.attachments()
        self.source.add("INBOX", 9, b"")
        self.make_snapshot()
        second = self.attachments()
        self.assertNotEqual(first, second)
        for directory in (first, second, first):
            self.assertEqual(b"other", (directory / "report.3.PDF").read_bytes())
        self.assertNotEqual(os.stat(first).st_ino, os.stat(second).st_ino)


if __name__ == "__main__":
    unittest.main()
