"""`mailbackup add`: what it saves, what it refuses, and where passwords go."""

import datetime
import os
import pty
import select
import socket
import stat
import unittest

from program import FAILED, PATIENCE_SECONDS, SERVER, USAGE, ProgramTest

PASSWORD = "correct-horse-battery"


class Add(ProgramTest):
    def setUp(self):
        super().setUp()
        self.init()

    def add_unchecked(self, name: str, *options: object, **how) -> object:
        return self.add(name, "--no-check", "--password-command", f"echo {PASSWORD}", *options, **how)

    def test_settings(self):
        self.add_unchecked("alice@example.com", host="imap.example.com")
        self.add_unchecked("bob", "--tls", "starttls", "--user", "robert", host="mail.example.org")
        self.add_unchecked("carol", "--port", 1993)
        alice, bob, carol = self.accounts()
        self.assertEqual((alice["account"], alice["host"], alice["port"], alice["tls"], alice["user"]),
                         ("alice@example.com", "imap.example.com", 993, "implicit", "alice@example.com"))
        self.assertEqual((bob["port"], bob["tls"], bob["user"]), (143, "starttls", "robert"))
        self.assertEqual((carol["port"], carol["seen_at"], carol["snapshots"]), (1993, None, 0))

    def test_what_is_not_as_usual_is_shown(self):
        self.add_unchecked("plain")
        self.assertNotIn("plain:", self.run_program("accounts").out)
        self.add_unchecked("alice", "--mailboxes", "!\\Junk", "--mailboxes", "since=2024-01-31:Lists/*",
                           "--max-connections", 5, "--limit-rate", "500K", "--max-bytes-per-day", "2G")
        day = datetime.datetime.now(datetime.timezone.utc).date()
        (self.repository / "traffic").write_text(f"[alice]\nday={day}\nbytes=1500000000\n\n"
                                                 f"[plain]\nday={day - datetime.timedelta(1)}\nbytes=7\nbudget=8\n")
        plain, alice = self.accounts()
        self.assertEqual((plain["mailboxes"], plain["max_connections"], plain["bytes_per_day"]), ([], 0, 0))
        self.assertEqual(alice["mailboxes"], ["!\\Junk", "since=2024-01-31:Lists/*"])
        self.assertEqual((alice["max_connections"], alice["limit_rate"]), (5, 500_000))
        self.assertEqual((alice["bytes_per_day"], alice["bytes_today"]), (2_000_000_000, 1_500_000_000))
        self.assertEqual(self.run_program("accounts").out.splitlines()[-1],
                         "alice: mailboxes !\\Junk, since=2024-01-31:Lists/*; at most 5 connections, 500 kB a second; "
                         "today 1.5 GB of 2.0 GB read")

    def test_files_are_remembered_by_their_whole_path(self):
        secret = self.secret_file(PASSWORD)
        authority = self.home / "authority.pem"
        authority.write_text("")
        self.add("alice", "--no-check", "--password-file", secret.name, "--ca-file", authority.name)
        settings = (self.repository / "accounts").read_text()
        self.assertIn(str(secret), settings)
        self.assertIn(str(authority), settings)

    def start(self, *arguments, **popen):
        return super().start(*arguments, **({"cwd": self.home} | popen))

    def test_again_replaces(self):
        self.add_unchecked("alice", host="old.example.com")
        result = self.add_unchecked("alice", host="new.example.com")
        self.assertIn("replace", result.out)
        self.assertEqual([account["host"] for account in self.accounts()], ["new.example.com"])

    def test_what_makes_no_sense(self):
        for name, options in {
            "alice": ("--port", "0"), "bob": ("--port", "65536"), "carol": ("--port", "imap"),
            "dave": ("--tls", "maybe"), "erin": ("--host", ""), "frank": ("--host", "a b"), "grace": ("--user", ""),
            "../heidi": (), "ivan/judy": (), "": (), ".kim": (), "leo\n": (), "mallory\x1b[2J": (),
            "olga": ("--auth", "NTLM"), "paul": ("--pin", "sha256//x"), "quinn": ("--client-key", "/k"),
            "rita": ("--token-command", "x"), "sven": ("--tls", "none", "--client-cert", "/c"),
            "tina": ("--compress", "yes"), "vera": ("--max-connections", "16"), "walt": ("--limit-rate", "fast"),
            "xena": ("--max-bytes-per-day", "0"), "uwe": ("--plaintext-to", ""),
            "nina": ("--password-file", "/x", "--password-command", "y"), "o" * 1000: (),
        }.items():
            with self.subTest(name):
                result = self.add(name, "--no-check", "--password-command", "echo x", *options, expect=USAGE)
                self.assert_error(result)
                self.assertNotIn("\x1b", result.err)
        self.assertEqual(self.accounts(), [])

    def test_no_option_password(self):
        for options in (("--password", PASSWORD), (f"--password={PASSWORD}",), ("--password",)):
            result = self.add("alice", *options, expect=USAGE)
            self.assert_error(result, "--password-command", "--password-file", "command lines")
            self.assertNotIn(PASSWORD, result.err)
        self.assertEqual(self.accounts(), [])

    def test_a_secret_that_others_can_read(self):
        for mode in (0o644, 0o640, 0o604):
            secret = self.secret_file(PASSWORD, mode)
            result = self.add("alice", "--no-check", "--password-file", secret, expect=FAILED)
            self.assert_error(result, str(secret), "chmod")
        self.assertEqual(self.accounts(), [])

    def test_no_password_to_be_had(self):
        missing = self.home / "missing"
        self.assert_error(self.add("alice", "--password-file", missing, expect=FAILED), str(missing))
        self.assert_error(self.add("alice", "--password-command", "exit 1", expect=SERVER))
        self.assert_error(self.add("alice", expect=SERVER), "--password-command")  # and no terminal
        self.assertEqual(self.accounts(), [])

    def test_nothing_is_saved_when_the_server_is_not_there(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        result = self.add("alice", "--port", port, "--password-command", f"echo {PASSWORD}", expect=SERVER)
        self.assert_error(result, "localhost")
        self.assertNotIn(PASSWORD, result.err)
        self.assertEqual(self.accounts(), [])

    def test_a_typed_password(self):
        """It is asked for without an echo and kept where its owner alone can read it."""
        status, shown = self.type_password("add", "alice", "--host", "localhost", "--no-check")
        self.assertEqual(status, 0, shown)
        self.assertIn("Password for alice on localhost:993 (TLS): ", shown)
        self.assertNotIn(PASSWORD, shown)
        secret = self.repository / "secrets" / "alice.password"
        self.assertEqual(secret.read_text().rstrip("\n"), PASSWORD)
        self.assertEqual(stat.S_IMODE(secret.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(secret.parent.stat().st_mode), 0o700)
        self.assertIn("secrets/alice.password", shown)
        self.assertNotIn(PASSWORD, (self.repository / "accounts").read_text())

    def type_password(self, *arguments: str) -> tuple[int, str]:
        """Runs the program on a terminal of its own, types the password when it asks, and returns what was shown."""
        child, terminal = pty.fork()
        if child == 0:
            os.execvpe(os.environ["MB_PROGRAM"], ["mailbackup", *arguments], self.environment())
        shown, typed = "", False
        while select.select([terminal], [], [], PATIENCE_SECONDS)[0]:
            try:
                read = os.read(terminal, 4096)
            except OSError:  # the other end is closed
                break
            if not read:
                break
            shown += read.decode()
            if "Password for" in shown and not typed:
                os.write(terminal, PASSWORD.encode() + b"\n")
                typed = True
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown

    def test_passwords_do_not_reach_other_programs(self):
        """What the second account's command can see does not hold the first one's password."""
        seen = self.home / "seen"
        spy = f"cat /proc/self/environ /proc/self/cmdline /proc/$PPID/cmdline >{seen}; echo other"
        self.add("alice", "--no-check", "--port", 1, "--password-file", self.secret_file(PASSWORD))
        self.add("bob", "--no-check", "--port", 1, "--password-command", spy)
        seen.unlink()
        self.run_program("sync", expect=SERVER)
        self.assertIn("HOME=", seen.read_text())
        self.assertIn("sync", seen.read_text())
        self.assertNotIn(PASSWORD, seen.read_text())


if __name__ == "__main__":
    unittest.main()
