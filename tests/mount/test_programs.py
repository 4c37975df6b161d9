"""Mail programs and indexers read a snapshot where it is (layout=maildir), and nothing is written into the mount."""
import os
import subprocess
import unittest

from mounting import ACCOUNT, PATIENCE_S, MountCase, message

COUNT = 25


class MailPrograms(MountCase):
    """They need a home of their own."""

    def setUp(self):
        super().setUp()
        for uid in range(1, COUNT + 1):
            head = f"Message-ID: <{uid}@example.org>\r\nDate: Fri, 20 Nov 2026 09:15:{uid:02} +0000\r\n".encode()
            self.source.add("INBOX", uid, head + message(f"Budget {uid}", b"the word is zebra\r\n"))
        self.source.add("Archive/2019", 1, b"Message-ID: <old@example.org>\r\n" + message("Report", b"crocodile\r\n"))
        (self.source.path / "Empty").mkdir()
        self.make_snapshot()
        self.mount("-o", f"layout=maildir,account={ACCOUNT}")
        self.snapshot = self.mountpoint / os.readlink(self.mountpoint / "latest")
        self.home = self.directory / "home"
        (self.home / "Mail").mkdir(parents=True)  # else neomutt asks whether to make it

    def run_at_home(self, *command, environment=None, **more):
        needed = {"HOME": str(self.home), "PATH": os.environ["PATH"], "TERM": "xterm", "LC_ALL": "C.UTF-8"}
        done = self.run_program(*command, env={**needed, **(environment or {})}, timeout=PATIENCE_S, **more)
        return done.stdout.decode()

    def test_neomutt_opens_a_mailbox(self):
        """It shows the index, hands over the last message and leaves, as a person would."""
        last = self.directory / "last"
        configuration = self.directory / "neomuttrc"
        configuration.write_text("set crypt_use_gpgme=no wait_key=no pipe_decode=yes\n"
                                 f'push "<last-entry><pipe-message>cat > {last}<enter><exit>"\n')
        command = f"stty rows 40 cols 120; neomutt -n -R -F {configuration} -f {self.snapshot}/INBOX"
        screen = self.run_at_home("script", "-qec", command, "/dev/null", stdin=subprocess.DEVNULL)
        self.assertIn(f"[Msgs:{COUNT} ", screen)
        self.assertIn(f"Subject: Budget {COUNT}", last.read_text())
        self.assertIn("zebra", last.read_text())

    def test_notmuch_indexes_in_place(self):
        configuration = self.directory / "notmuch.conf"
        configuration.write_text(f"[database]\npath={self.directory}/notmuch-index\nmail_root={self.snapshot}\n"
                                 "[maildir]\nsynchronize_flags=true\n[new]\ntags=\n")
        (self.directory / "notmuch-index").mkdir()

        def notmuch(*arguments):
            return self.run_at_home("notmuch", *arguments, environment={"NOTMUCH_CONFIG": str(configuration)})

        self.assertIn(f"Added {COUNT + 1} new messages", notmuch("new"))
        self.assertEqual(f"{COUNT}\n", notmuch("count", "zebra"))
        self.assertEqual("1\n", notmuch("count", "crocodile"))
        self.assertIn("No new mail", notmuch("new"))

    def test_mu_indexes_in_place(self):
        index = f"--muhome={self.home}/mu"
        self.run_at_home("mu", "init", index, f"--maildir={self.snapshot}")
        self.run_at_home("mu", "index", index)
        self.assertEqual(COUNT, len(self.run_at_home("mu", "find", index, "zebra").splitlines()))
        self.assertEqual(1, len(self.run_at_home("mu", "find", index, "crocodile").splitlines()))
        self.assertEqual(COUNT + 1, len(self.run_at_home("mu", "find", index, "").splitlines()))


if __name__ == "__main__":
    unittest.main()
