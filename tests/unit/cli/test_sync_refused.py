"""`mailbackup sync` when there is no server to talk to: exit codes, one account's failure, signals, the lock."""

import pathlib
import signal
import socket
import time
import unittest

from program import BUSY, INTERRUPTED, PATIENCE_SECONDS, SERVER, ProgramTest


class SyncRefused(ProgramTest):
    def setUp(self):
        super().setUp()
        self.init()

    def add_account(self, name: str, port: int) -> None:
        self.add(name, "--no-check", "--port", port, "--password-command", "echo secret", host="127.0.0.1")

    def closed_port(self) -> int:
        with socket.create_server(("127.0.0.1", 0)) as server:
            return server.getsockname()[1]

    def silent_server(self) -> socket.socket:
        """Takes connections and never says a word."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        server.settimeout(PATIENCE_SECONDS)
        return server

    def start_hanging_sync(self):
        server = self.silent_server()
        self.add_account("alice", server.getsockname()[1])
        sync = self.start("sync")
        self.addCleanup(self.end, sync)
        connection, _ = server.accept()
        self.addCleanup(connection.close)
        return sync

    def is_locked(self) -> bool:
        lock = self.repository / "lock"  # made by the first who locks it
        return lock.exists() and f":{lock.stat().st_ino} " in pathlib.Path("/proc/locks").read_text()

    def wait_for_the_writer(self) -> None:
        """A sync connects first."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not self.is_locked():
            self.assertLess(time.monotonic(), until)
            time.sleep(0.01)

    @staticmethod
    def end(process) -> None:
        process.kill()
        process.communicate()

    def test_the_failure_of_one_does_not_stop_the_others(self):
        for name in ("alice", "bob", "carol"):
            self.add_account(name, self.closed_port())
        result = self.run_program("sync", expect=SERVER)
        for name in ("alice", "bob", "carol"):
            self.assertIn(f"mailbackup: {name}: ", result.err)

    def test_named_accounts_only(self):
        for name in ("alice", "bob"):
            self.add_account(name, self.closed_port())
        result = self.run_program("sync", "bob", expect=SERVER)
        self.assertNotIn("alice", result.err)
        self.assertIn("mailbackup: bob: ", result.err)

    def test_json(self):
        self.add_account("alice", self.closed_port())
        result = self.run_program("sync", "--json", expect=SERVER)
        (outcome,) = result.json["accounts"]
        self.assertEqual((outcome["account"], outcome["status"], outcome["snapshot"]), ("alice", "failed", None))
        self.assertTrue(outcome["error"])
        self.assertTrue(result.err.startswith("mailbackup: alice: "))

    def test_quiet_still_tells_errors(self):
        self.add_account("alice", self.closed_port())
        result = self.run_program("sync", "--quiet", expect=SERVER)
        self.assertEqual(result.out, "")
        self.assertTrue(result.err.startswith("mailbackup: alice: "))

    def test_signals_end_it_in_good_order(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            sync = self.start_hanging_sync()
            self.wait_for_the_writer()
            sync.send_signal(number)
            out, err = sync.communicate(timeout=PATIENCE_SECONDS)
            self.assertEqual(sync.returncode, INTERRUPTED, err)
            self.assertIn("mailbackup: alice: interrupted\n", err)
            self.assertEqual(out, "")
            self.run_program("check")

    def test_one_writer(self):
        self.start_hanging_sync()
        self.wait_for_the_writer()
        result = self.run_program("sync", expect=BUSY)
        self.assertIn(str(self.repository), result.err)
        self.run_program("accounts")  # reading needs no lock


if __name__ == "__main__":
    unittest.main()
