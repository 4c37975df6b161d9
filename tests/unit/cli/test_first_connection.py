"""`mailbackup sync` connects before the program is loaded: to the server it will speak to, to no other, and once."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest

from program import DONE, FAILED, PATIENCE_SECONDS, PROGRAM, USAGE, ProgramTest

TLS_HANDSHAKE = b"\x16"


class Listener:
    """A server that takes connections and never says a word."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def accept(self) -> socket.socket:
        self.socket.settimeout(PATIENCE_SECONDS)
        connection, _ = self.socket.accept()
        connection.settimeout(PATIENCE_SECONDS)
        return connection

    def saw_nobody(self) -> bool:
        """Nobody waits at the door; one who has left since would."""
        self.socket.setblocking(False)
        try:
            self.socket.accept()[0].close()
            return False
        except BlockingIOError:
            return True


class FirstConnection(ProgramTest):
    def setUp(self):
        super().setUp()
        self.init()
        self.alice, self.bob = self.listener("alice"), self.listener("bob")

    def listener(self, name: str) -> Listener:
        listener = Listener()
        self.addCleanup(listener.socket.close)
        self.add_account(name, listener, "127.0.0.1")
        return listener

    def add_account(self, name: str, listener: Listener, host: str) -> None:
        self.add(name, "--no-check", "--port", listener.port, "--password-command", "echo secret", host=host)

    def assert_nobody_came(self) -> None:
        self.assertTrue(self.alice.saw_nobody())
        self.assertTrue(self.bob.saw_nobody())

    def assert_speaks_to(self, listener: Listener, *arguments: object, **popen: object) -> None:
        """It speaks over the first connection that it makes, and makes no other."""
        sync = self.start(*arguments, **popen)
        with listener.accept() as connection:
            self.assertEqual(TLS_HANDSHAKE, connection.recv(1))
            sync.kill()
            sync.communicate()
        self.assert_nobody_came()

    def test_to_the_first_account(self):
        self.assert_speaks_to(self.alice, "sync")

    def test_before_the_program_is_loaded(self):
        alone = pathlib.Path(shutil.copy(PROGRAM, self.home))
        library, = pathlib.Path(PROGRAM).parent.glob("mailbackup-program-*")
        os.mkfifo(self.home / library.name)  # who opens it waits
        with subprocess.Popen([alone, "sync"], env=self.environment()) as sync:
            self.alice.accept().close()
            sync.kill()
        self.assert_nobody_came()

    def test_to_the_account_that_is_named(self):
        self.assert_speaks_to(self.bob, "sync", "-q", "--patience", "5", "bob", "alice")

    def test_by_name(self):
        self.add_account("alice", self.alice, "LocalHost")
        self.assert_speaks_to(self.alice, "sync")

    def test_with_the_repository_that_is_named(self):
        elsewhere = {"env": self.environment() | {"MAILBACKUP_REPO": str(self.home / "nowhere")}}
        self.assert_speaks_to(self.alice, "-r", self.repository, "sync", **elsewhere)
        self.assert_speaks_to(self.alice, "-r", self.home, "sync", f"--repo={self.repository}", **elsewhere)

    def test_to_nobody_for_other_commands(self):
        for arguments in (("accounts",), ("ls",), ("check",), ("snapshots",), ("--help",), ("sync", "--help"),
                          ("--version", "sync"), ("--", "accounts")):
            with self.subTest(arguments):
                self.run_program(*arguments, expect=DONE)
                self.assert_nobody_came()

    def test_to_nobody_when_it_makes_no_sense(self):
        for arguments in (("sync", "--no-such-option"), ("sync", "--patience", "long"), ("sync", "--limit-rate=a lot"),
                          ("--no-such-option", "sync"), ("synchronise",)):
            with self.subTest(arguments):
                self.assert_error(self.run_program(*arguments, expect=USAGE))
                self.assert_nobody_came()

    def test_to_nobody_when_there_is_no_such_account(self):
        self.assert_error(self.run_program("sync", "carol", expect=FAILED), "carol")
        self.assert_error(self.run_program("-r", self.home / "nowhere", "sync", expect=FAILED), "nowhere")
        self.assert_nobody_came()


class WhereTheProgramIs(ProgramTest):
    def setUp(self):
        super().setUp()
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="mailbackup-test-"))
        self.addCleanup(shutil.rmtree, self.place)

    def run_at(self, path: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([path, *arguments], env=self.environment(), capture_output=True, text=True, check=False)

    def test_installed_anywhere(self):
        build = pathlib.Path(PROGRAM).parents[1]
        subprocess.run([os.environ["CMAKE"], "--install", build, "--prefix", self.place / "first"], check=True,
                       stdout=subprocess.DEVNULL)
        (self.place / "first").rename(self.place / "second")
        (self.place / "link").symlink_to(self.place / "second" / "bin" / "mailbackup")
        for path in (self.place / "second" / "bin" / "mailbackup", self.place / "link"):
            done = self.run_at(path, "--version")
            self.assertEqual((0, ""), (done.returncode, done.stderr))
            self.assertTrue(done.stdout.startswith("mailbackup "))

    def test_not_there(self):
        alone = pathlib.Path(shutil.copy(PROGRAM, self.place))
        done = self.run_at(alone, "--version")
        self.assertEqual((FAILED, ""), (done.returncode, done.stdout))
        self.assertRegex(done.stderr, r"\Amailbackup: cannot load the program: .*mailbackup-program-.*\n +Install ")


if __name__ == "__main__":
    unittest.main()
