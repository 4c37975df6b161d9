"""What the kernel asks, counted: nothing that it could know already."""
import os
import random
import unittest

from mounting import ACCOUNT, MountCase

MESSAGES = 500
FEW = 12  # requests for the way to a snapshot, however many messages it has


class Requests(MountCase):
    def setUp(self):
        super().setUp()
        for uid in range(1, MESSAGES + 1):
            self.source.add("INBOX", uid, b"Subject: message %d\r\n\r\nword%d\r\n" % (uid, uid) * 20)
        self.source.add("Archive/Old", 1, b"Subject: old\r\n\r\n")
        self.make_snapshot()
        self.mounted = self.mount()
        self.snapshot = self.newest()

    def grep(self, where):
        return lambda: self.run_program("grep", "-r", "no such words", where, check=False)

    def test_second_grep_asks_nothing(self):
        first = self.mounted.requests_of(self.grep(self.snapshot))
        self.assertLessEqual(first.get("OPEN", 0), 1)
        self.assertLessEqual(first.get("OPENDIR", 0), 1)
        self.assertNotIn("RELEASE", first)
        self.assertLess(first.get("LOOKUP", 0), FEW)
        inside = lambda: self.run_program("grep", "-r", "no such words", ".", check=False, cwd=self.snapshot)
        second = self.mounted.fewest_requests_of(inside)
        self.assertLessEqual(set(second), {"GETATTR"})
        self.assertLessEqual(second.get("GETATTR", 0), FEW)  # the way to the snapshot: root and account

    def test_second_grep_of_everything(self):
        self.grep(self.mountpoint)()
        second = self.mounted.fewest_requests_of(self.grep(self.mountpoint))
        self.assertLessEqual(set(second), {"GETATTR", "LOOKUP"})
        self.assertLessEqual(sum(second.values()), FEW)  # root, account, latest

    def test_another_snapshot_is_warm(self):
        self.grep(self.snapshot)()
        self.source.add("INBOX", MESSAGES + 1, b"Subject: one more\r\n\r\n")
        self.make_snapshot()
        self.assertEqual(2, len(self.snapshots()))
        other = self.mounted.requests_of(self.grep(self.newest()))
        self.assertLess(other["READ"], MESSAGES / 10)

    def test_long_listing_asks_no_attributes(self):
        listing = lambda: self.run_program("ls", "-lR", self.snapshot)
        first = self.mounted.requests_of(listing)
        self.assertLessEqual(first.get("GETXATTR", 0), 1)
        self.assertLess(first.get("LOOKUP", 0) + first.get("GETATTR", 0), FEW)
        second = self.mounted.fewest_requests_of(listing)
        self.assertLessEqual(set(second), {"GETATTR"})
        self.assertLessEqual(second.get("GETATTR", 0), FEW)

    def test_absent_names_are_remembered_in_a_snapshot(self):
        os.listdir(self.snapshot / "INBOX")
        absent = lambda: [os.path.exists(self.snapshot / "INBOX" / ".directory") for _ in range(5)]
        self.assertEqual(1, self.mounted.requests_of(absent)["LOOKUP"])
        self.assertNotIn("LOOKUP", self.mounted.fewest_requests_of(absent))

    def test_paths_from_the_root_stay_cached(self):
        paths = list((self.snapshot / "INBOX").iterdir())
        read = lambda: self.run_program("cat", *paths)
        read()
        again = self.mounted.fewest_requests_of(read)
        self.assertLessEqual(set(again), {"GETATTR"})
        self.assertLess(again.get("GETATTR", 0), MESSAGES)  # of the root and the account, once in a while

    def test_paths_through_the_link_stay_cached(self):
        inside = self.mountpoint / ACCOUNT / "latest" / "INBOX"
        paths = [inside / name for name in os.listdir(inside)]
        read = lambda: self.run_program("cat", *paths)
        read()
        again = self.mounted.fewest_requests_of(read)
        self.assertLessEqual(set(again), {"GETATTR", "LOOKUP"})
        self.assertLess(sum(again.values()), MESSAGES / 2)  # of the link, the root and the account, once in a while

    def test_large_listings_take_few_requests(self):
        listed = self.mounted.requests_of(lambda: self.run_program("find", self.snapshot / "INBOX"))
        self.assertNotIn("READDIR", listed)
        self.assertLessEqual(listed["READDIRPLUS"], 8)


class PushedAhead(MountCase):
    """What is read in order is there before it is asked for."""
    MESSAGES = 1000
    LARGE = (600, 601)
    READS_AT_MOST = 0.1  # for each message: twice what the bench allows, for slow builds on a machine with much to do

    def setUp(self):
        super().setUp()
        for uid in range(1, self.MESSAGES + 1):
            lines = 45_000 if uid in self.LARGE else uid // 2
            text = b"".join(b"line %d of message %d\r\n" % (line, uid) for line in range(lines))
            self.source.add("INBOX", uid, b"Subject: message %d\r\n\r\n" % uid + text)
        self.make_snapshot()

    def reads_of_walk(self, *options, order=iter):
        """Reads every message in the order of the listing, or in another, and compares it."""
        mounted = self.mount(*options)
        expected = self.source.messages()

        def read_all():
            with os.scandir(self.newest() / "INBOX") as listing:
                for entry in order(list(listing)):
                    uid = int(entry.name.split(".")[-2])
                    with open(entry.path, "rb") as file:
                        self.assertEqual(expected["INBOX", uid].read_bytes(), file.read(), entry.name)

        counts = mounted.requests_of(read_all)
        mounted.unmount()
        return counts["READ"] / self.MESSAGES

    def reads_of_grep(self):
        mounted = self.mount()
        counts = mounted.requests_of(self.grep)
        mounted.unmount()
        return counts["READ"] / self.MESSAGES

    def grep(self):
        self.run_program("grep", "-r", "no such words", self.newest(), check=False)

    def let_kernel_forget(self):
        """What it holds of the messages, as it does by itself when it needs the memory."""
        for path in (self.newest() / "INBOX").iterdir():
            file = os.open(path, os.O_RDONLY)
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(file)

    def reads_of_another_grep(self):
        mounted = self.mount()
        self.grep()
        self.let_kernel_forget()
        counts = mounted.requests_of(self.grep)
        mounted.unmount()
        self.assertIn("READ", counts)
        return counts["READ"] / self.MESSAGES

    def few_reads_of(self, reads):
        """A few tries: the kernel may have other uses for its memory."""
        return min(reads() for _ in range(3))

    def test_few_reads_of_a_walk(self):
        self.assertLessEqual(self.few_reads_of(self.reads_of_walk), self.READS_AT_MOST)
        self.assertGreaterEqual(self.reads_of_walk("-o", "nopush"), 1)

    def test_few_reads_of_a_walk_backwards(self):
        """As ripgrep with several threads reads."""
        self.assertLessEqual(self.few_reads_of(lambda: self.reads_of_walk(order=reversed)), self.READS_AT_MOST)

    def test_few_reads_of_the_fastest_walker(self):
        self.assertLessEqual(self.few_reads_of(self.reads_of_grep), self.READS_AT_MOST)

    def test_few_reads_when_the_kernel_has_forgotten(self):
        self.assertLessEqual(self.few_reads_of(self.reads_of_another_grep), self.READS_AT_MOST)

    def test_listing_reads_nothing(self):
        mounted = self.mount()
        listed = mounted.requests_of(lambda: self.run_program("ls", "-lR", self.mountpoint))
        self.assertNotIn("READ", listed)

    def test_reading_here_and_there_pushes_nothing(self):
        mounted = self.mount()
        paths = list((self.newest() / "INBOX").iterdir())
        chance = random.Random(5)
        asked = mounted.requests_of(lambda: [path.read_bytes() for path in chance.sample(paths, 100)])
        self.assertGreaterEqual(asked["READ"], 90)


if __name__ == "__main__":
    unittest.main()
