"""What -o changes of what is shown: where the root is, names, owners."""
import errno
import os
import re
import stat
import unittest

from mounting import ACCOUNT, MAILBACKUPFS, PATIENCE_S, MountCase, message, sha256, wait_until

OTHER = "bob@example.org"


class Options(MountCase):
    def setUp(self):
        super().setUp()
        self.source.add("INBOX", 1, message("one", b"1\r\n"))
        self.source.add("Archive/2019", 7, message("seven", b"7\r\n"))

    def refused(self, options, repository=None):
        done = self.run_program(MAILBACKUPFS, "-f", "-r", repository or self.repository, "-o", options, self.mountpoint,
                                check=False, timeout=PATIENCE_S)
        self.assertNotEqual(0, done.returncode)
        self.assertFalse(os.path.ismount(self.mountpoint))
        text = done.stderr.decode()
        self.assertTrue(text.startswith("mailbackupfs: "), text)
        return text

    def add_snapshot(self, uid):
        self.source.add("INBOX", uid, message(f"more {uid}", b"x\r\n"))
        self.make_snapshot()


class Roots(Options):
    def test_one_account(self):
        self.make_snapshot()
        self.make_snapshot(OTHER)
        self.mount("-o", f"account={ACCOUNT}")
        names = os.listdir(self.mountpoint)
        self.assertEqual(2, len(names))
        self.assertIn("latest", names)
        inbox = self.mountpoint / "latest" / "INBOX"
        self.assertEqual(1, len(os.listdir(inbox)))
        self.assertEqual(os.stat(self.mountpoint).st_ino, os.stat(self.mountpoint / "latest" / "..").st_ino)
        self.assertEqual(str(self.mountpoint), self.run_program("sh", "-c", "cd latest/INBOX/../.. && pwd -P",
                                                                cwd=self.mountpoint).stdout.decode().strip())
        self.add_snapshot(2)
        wait_until(lambda: len(os.listdir(self.mountpoint)) == 3, "the new snapshot")
        self.assertEqual(2, len(os.listdir(inbox)))

    def test_one_snapshot_stays(self):
        self.make_snapshot()
        mounted = self.mount()
        first, = self.snapshots()
        mounted.unmount()
        self.add_snapshot(2)
        self.mount("-o", f"account={ACCOUNT},snapshot={first}")
        self.assertEqual(["Archive", "INBOX"], sorted(os.listdir(self.mountpoint)))
        self.assertEqual(1, len(os.listdir(self.mountpoint / "INBOX")))
        self.add_snapshot(3)
        self.assertEqual(1, len(os.listdir(self.mountpoint / "INBOX")))
        self.run_program("find", self.mountpoint, "-ls")

    def test_the_newest_snapshot_follows(self):
        self.make_snapshot()
        self.mount("-o", f"account={ACCOUNT},snapshot=latest")
        for count in range(1, 4):
            self.assertEqual(count, len(os.listdir(self.mountpoint / "INBOX")))
            self.add_snapshot(count + 1)
        self.source.add("Fresh", 1, b"")
        self.make_snapshot()
        wait_until(lambda: "Fresh" in os.listdir(self.mountpoint), "the new mailbox in the list")
        self.assertTrue((self.mountpoint / "Fresh").is_dir())

    def test_what_is_not_there(self):
        self.make_snapshot()
        self.assertIn("no account nobody@example.com in this repository", self.refused("account=nobody@example.com"))
        self.assertIn(f"account {ACCOUNT} has no snapshot 2001-01-01T00-00-00Z",
                      self.refused(f"account={ACCOUNT},snapshot=2001-01-01T00-00-00Z"))
        self.assertIn("needs account=", self.refused("snapshot=latest"))


class Words(Options):
    def test_values_that_make_no_sense(self):
        for option, words in (("layout=mbox", "layout=mbox: it can be eml or maildir"),
                              ("names=short", "names=short: it can be unicode or ascii or windows"),
                              ("account=", "account= says nothing"),
                              ("uid=nobody-of-that-name", "uid=nobody-of-that-name: there is no such user"),
                              ("gid=-1", "gid=-1: there is no such group"),
                              ("uid=4294967295", "no such user"),
                              ("datefmt", "unknown mount option: datefmt")):
            self.assertIn(words, self.refused(option))

    def test_owner(self):
        self.make_snapshot()
        self.mount("-o", "uid=1234,gid=nogroup")
        for path in (self.mountpoint, *self.mountpoint.rglob("*")):
            status = os.lstat(path)
            self.assertEqual((1234, 65534), (status.st_uid, status.st_gid))
            self.assertIn(stat.S_IMODE(status.st_mode), (0o777,) if path.is_symlink() else (0o400, 0o500))


class Dates(Options):
    def test_dates_for_samba(self):
        self.make_snapshot()
        self.mount("-o", "datefmt=@GMT-%Y.%m.%d-%H.%M.%S,names=windows")
        name, = self.snapshots()
        self.assertRegex(name, r"^@GMT-\d{4}\.\d\d\.\d\d-\d\d\.\d\d\.\d\d$")
        self.assertEqual(name, os.readlink(self.mountpoint / ACCOUNT / "latest"))
        self.assertEqual(1, len(os.listdir(self.mountpoint / ACCOUNT / name / "INBOX")))
        self.assertFalse((self.mountpoint / ACCOUNT / name.replace("@GMT", "@gmt")).exists())

    def mount_in_zone(self, zone, *options):
        os.environ["TZ"] = zone
        self.addCleanup(os.environ.pop, "TZ")
        return self.mount(*options)

    def test_local_time(self):
        self.make_snapshot()
        self.mount_in_zone("Asia/Tokyo", "-o", "localtime")
        name, = self.snapshots()
        self.assertRegex(name, r"^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\+0900$")
        message_name, = os.listdir(self.newest() / "INBOX")
        self.assertTrue(message_name.startswith("2025-11-20_1815_"), message_name)

    def test_dates_with_a_comma(self):
        self.make_snapshot()
        self.mount("-o", r"datefmt=%d.%m.%Y\, %H.%M.%S")
        self.assertRegex(self.snapshots()[0], r"^\d\d\.\d\d\.\d{4}, \d\d\.\d\d\.\d\d$")

    def test_formats_that_cannot_be(self):
        self.make_snapshot()
        for form, words in (("%Y-%m-%d", "does not tell the date and the time to the second"),
                            ("%Y/%m/%d-%H-%M-%S", "makes no names for directories"),
                            (".%Y-%m-%d-%H-%M-%S", "makes no names for directories"),
                            ("latest", "makes no names for directories"),
                            ("\x1b%Y-%m-%d-%H-%M-%S", "characters that cannot stand there"),
                            ("%Y-%m-%d %H:%M:%S,names=windows", "characters that cannot stand there"),
                            ("%Y-%m-%d-%H-%M-%S" + "x" * 100, "too long")):
            self.assertIn(words, self.refused(f"datefmt={form}"))

    def test_an_hour_that_comes_twice(self):
        self.make_snapshot()
        os.environ["TZ"] = "Europe/Warsaw"
        self.addCleanup(os.environ.pop, "TZ")
        self.assertIn("two hours alike when clocks are set back", self.refused("localtime,datefmt=%Y-%m-%d_%H-%M-%S"))
        os.environ["TZ"] = "Asia/Tokyo"  # never sets clocks back
        self.mount("-o", "localtime,datefmt=%Y-%m-%d_%H-%M-%S")
        self.assertEqual(1, len(self.snapshots()))


class Names(Options):
    def setUp(self):
        super().setUp()
        for uid, name in enumerate(("a:b", "what?", "dot.", "CON", "aux.txt", "COM1", "Foo", "foo", "FOO", "Zażółć",
                                    "\u00e9", "e\u0301", "\u202egnp", "esc\x1b[31m", "-rf", "a.eml", "a.eml.d",
                                    "見積書", "cur", "new"), 1):
            self.source.add(name.replace("/", "_"), uid, message("=?UTF-8?B?6KaL56mN?= Zażółć: gęślą?", b"x"))
        self.make_snapshot()

    def names(self, *options):
        mounted = self.mount(*options)
        found = sorted(os.listdir(self.newest()))
        messages = [path for path in self.newest().rglob("*.eml") if path.is_file()]
        self.assertEqual(len(self.source.messages()), len(messages))
        for path in messages:
            path.read_bytes()
        self.run_program("ls", "-lR", self.mountpoint)
        mounted.unmount()
        return found, messages

    def test_always(self):
        found, _ = self.names()
        for name in found:
            self.assertNotRegex(name, "[\0-\x1f\x7f-\x9f/\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
            self.assertNotIn(name[0], ".-")
        self.assertLessEqual({"Foo", "foo", "FOO", "a:b", "esc%1B[31m"}, set(found))
        alike = [name for name in found if name.startswith(("\u00e9", "e\u0301"))]
        self.assertEqual(2, len(alike))
        self.assertTrue(any(re.search(r"~\d+$", name) for name in alike), alike)

    def test_windows(self):
        found, messages = self.names("-o", "names=windows")
        for name in found + [path.name for path in messages]:
            self.assertNotRegex(name, r'[<>:"\\|?*]|[. ]$')
            self.assertNotRegex(name, r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\.|$)")
        self.assertEqual(len(found), len({name.casefold() for name in found}))

    def test_ascii(self):
        found, messages = self.names("-o", "names=ascii")
        for name in found + [path.name for path in messages]:
            self.assertTrue(name.isascii(), name)
        self.assertIn("Zazolc", found)


class Maildirs(Options):
    def test_a_mailbox_named_like_a_part_of_a_maildir(self):
        self.source.add("cur", 1, message("confusing", b"x"))
        self.make_snapshot()
        self.mount("-o", "layout=maildir")
        inbox = self.newest() / "INBOX"
        self.assertEqual(["cur", "new", "tmp"], sorted(os.listdir(inbox)))
        self.assertEqual([], os.listdir(inbox / "new"))
        name, = os.listdir(inbox / "cur")
        self.assertRegex(name, r"^1763630100\.U1\.mailbackup,S=\d+:2,$")
        self.assertIn("%63ur", os.listdir(self.newest()))
        self.assertFalse((inbox / name).exists())
        self.assertFalse((inbox / "cur" / (name + "S")).exists())
        self.assertEqual(str(inbox), self.run_program("sh", "-c", "cd cur/.. && pwd -P", cwd=inbox).stdout.decode().strip())

    def test_what_does_not_go_together(self):
        self.make_snapshot()
        self.assertIn("colons", self.refused("layout=maildir,names=windows"))


class ExtendedAttributes(Options):
    def setUp(self):
        super().setUp()
        self.source.add("INBOX", 2, b"Message-ID: <4711@example.org>\r\nFrom: =?utf-8?Q?=C5=BBaneta?= <z@example.org>\r\n"
                                    b"Subject: =?utf-8?B?xbzDs8WCxIc=?=\x1b[31m\r\n\r\nx\r\n")
        self.make_snapshot()

    def message(self, uid):
        path, = (self.newest() / "INBOX").glob(f"*.{uid}.eml")
        return path

    def test_what_is_known_of_a_message(self):
        self.mount("-o", "xattr")
        path = self.message(2)
        facts = {name.removeprefix("user.mailbackup."): None for name in os.listxattr(path)}
        for name in list(facts):
            try:
                facts[name] = os.getxattr(path, f"user.mailbackup.{name}").decode()
            except OSError as error:
                self.assertEqual(errno.ENODATA, error.errno)
        self.assertEqual({"uid": "2", "flags": "", "internaldate": "2025-11-20T09:15:00Z", "to": None, "date": None,
                          "from": "Żaneta <z@example.org>", "subject": "żółć [31m", "message-id": "<4711@example.org>",
                          "sha256": sha256(path)}, facts)
        self.assertEqual([], os.listxattr(path.parent))
        with self.assertRaises(OSError):
            os.getxattr(path, "user.mailbackup.nonsense")
        self.assertIn(b"user.mailbackup.subject", self.run_program("getfattr", "-d", path).stdout)

    def test_off_unless_wanted(self):
        mounted = self.mount()
        for uid in (1, 2):
            with self.assertRaises(OSError) as caught:
                os.getxattr(self.message(uid), "user.mailbackup.uid")
            self.assertEqual(errno.ENOTSUP, caught.exception.errno)
        self.assertEqual(1, mounted.requests().get("GETXATTR"))


if __name__ == "__main__":
    unittest.main()
