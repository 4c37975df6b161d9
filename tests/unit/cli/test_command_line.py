"""What every command has in common: help, usage errors, where the repository is, one clear line for what is wrong."""

import os
import pathlib
import pty
import stat
import subprocess
import unittest

from program import COMMANDS, DISK_FULL, DONE, FAILED, USAGE, ProgramTest

READING = (("accounts",), ("sync",), ("snapshots",), ("ls",), ("cat", "a/b/c.eml"), ("stats",), ("check",),
           ("add", "alice", "--host", "localhost", "--no-check", "--password-command", "echo secret"))
WITH_JSON = ("accounts", "snapshots", "ls", "stats", "check")


class Help(ProgramTest):
    def test_of_the_program(self):
        result = self.run_program("--help")
        self.assertEqual(result.err, "")
        for command in COMMANDS:
            self.assertIn(f"\n  {command} ", result.out)

    def test_of_each_command(self):
        for command in COMMANDS:
            result = self.run_program(command, "--help")
            self.assertIn(f"mailbackup {command} ", result.out)
            self.assertIn("--repo=DIR", result.out)
            self.assertEqual(result.err, "")
        self.assertIn("[ACCOUNT…]", self.run_program("sync", "--help").out)
        self.assertFalse(self.repository.exists())

    def test_version(self):
        self.assertRegex(self.run_program("--version").out, r"\Amailbackup \d+\.\d+\.\d+\n\Z")


class Usage(ProgramTest):
    def test_errors(self):
        for arguments in ((), ("frobnicate",), ("--no-such-option",), ("sync", "--no-such-option"), ("init", "more"),
                          ("accounts", "more"), ("snapshots", "a", "b"), ("ls", "a", "b"), ("cat",), ("check", "more"),
                          ("check", "--read-data=3/2"), ("check", "--read-data=all"),
                          ("add", "--host", "localhost"), ("add", "alice", "bob", "--host", "localhost"),
                          ("init", "-r"), ("add", "alice")):
            with self.subTest(arguments):
                self.assert_error(self.run_program(*arguments, expect=USAGE))
        self.assertFalse(self.repository.exists())

    def test_control_characters_do_not_reach_the_terminal(self):
        result = self.run_program("evil\x1b[2Jcommand\r", expect=USAGE)
        self.assertNotIn("\x1b", result.err)
        self.assertNotIn("\r", result.err)


class Repository(ProgramTest):
    def test_init(self):
        self.assertIn("~/repository", self.run_program("init").out)
        self.assertEqual(stat.S_IMODE(self.repository.stat().st_mode), 0o700)
        for path in self.repository.rglob("*"):
            self.assertEqual(stat.S_IMODE(path.stat().st_mode) & 0o077, 0, path)

    def test_option_before_and_after_the_command(self):
        other = self.home / "other"
        self.run_program("-r", other, "init")
        self.assertTrue((other / "format").exists())
        for arguments in (("accounts", "--repo", other), (f"--repo={other}", "accounts"), ("accounts", "-r", other)):
            self.run_program(*arguments)
        self.assertFalse(self.repository.exists())

    def test_below_the_data_directory(self):
        environment = self.environment() | {"XDG_DATA_HOME": str(self.home / "data")}
        del environment["MAILBACKUP_REPO"]
        self.run_program("init", env=environment)
        self.assertTrue((self.home / "data" / "mailbackup" / "format").exists())

    def test_missing(self):
        for arguments in READING:
            with self.subTest(arguments):
                self.assert_error(self.run_program(*arguments, expect=FAILED), str(self.repository), "mailbackup init")

    def test_of_another_format_version(self):
        self.init()
        file = self.repository / "format"
        file.write_text(file.read_text().replace("version=2", "version=3"))
        for arguments in READING:
            with self.subTest(arguments):
                self.assert_error(self.run_program(*arguments, expect=FAILED), "format 3", "formats 1 to 2")

    def test_not_twice_and_not_over_something_else(self):
        self.init()
        before = sorted(self.repository.rglob("*"))
        self.assert_error(self.run_program("init", expect=FAILED), str(self.repository))
        self.assertEqual(sorted(self.repository.rglob("*")), before)

        full = self.home / "full"
        full.mkdir()
        (full / "letter").write_text("dear")
        self.assert_error(self.run_program("init", "-r", full, expect=FAILED), str(full))
        self.assertEqual(list(full.iterdir()), [full / "letter"])


class Empty(ProgramTest):
    """A repository with nothing in it yet."""

    def setUp(self):
        super().setUp()
        self.init()

    def test_json(self):
        documents = {command: self.run_program(command, "--json").json for command in WITH_JSON}
        self.assertEqual(documents["accounts"], {"accounts": []})
        self.assertEqual(documents["snapshots"], {"snapshots": []})
        self.assertEqual(documents["ls"], {"entries": []})
        self.assertEqual(documents["stats"]["mailboxes"], [])
        self.assertEqual(documents["check"]["problems"], [])
        self.assertEqual(documents["check"]["totals"]["messages"], 0)

    def test_for_people(self):
        self.assertIn("mailbackup add", self.run_program("accounts").out)
        self.assertIn("mailbackup sync", self.run_program("snapshots").out)
        self.assertEqual(self.run_program("ls").out, "")
        self.assertIn("0 snapshots", self.run_program("stats").out)
        self.assertIn("no problems found", self.run_program("check", "--read-data").out)
        self.assertIn("no problems found", self.run_program("check", "--read-data=2/3").out)
        self.assert_error(self.run_program("sync", expect=FAILED), "mailbackup add")

    def test_what_is_not_there(self):
        self.assert_error(self.run_program("ls", "alice", expect=FAILED), "alice")
        self.assert_error(self.run_program("stats", "alice", expect=FAILED), "alice")
        self.assert_error(self.run_program("cat", "alice/latest/x.eml", expect=FAILED), "alice/latest/x.eml")
        self.assert_error(self.run_program("snapshots", "alice", expect=FAILED), "alice")
        self.assert_error(self.run_program("sync", "alice", expect=FAILED), "alice")

    def test_cat_refuses_directories(self):
        self.assert_error(self.run_program("cat", "/", expect=USAGE), "directory")

    def test_output_that_takes_nothing(self):
        for arguments in (("check", "--json"), ("--version",), ("accounts",)):
            with open("/dev/full", "w") as full:
                result = self.run_program(*arguments, stdout=full, expect=DISK_FULL)
            self.assertIn("standard output", result.err)

    def test_closed_output(self):
        for arguments in (("check", "--json"), ("accounts",)):
            result = self.run_program(*arguments, preexec_fn=lambda: os.close(1), stdout=None, expect=FAILED)
            self.assertIn("standard output", result.err)
        self.run_program("check", "--read-data")

    def test_colour_is_for_terminals(self):
        self.assertNotIn("\x1b", self.run_program("check").out)
        self.assertIn("\x1b[32m", self.on_a_terminal({}))
        self.assertNotIn("\x1b[32m", self.on_a_terminal({"NO_COLOR": "1"}))
        self.assertNotIn("\x1b[32m", self.on_a_terminal({"TERM": "dumb"}))

    def on_a_terminal(self, environment: dict[str, str]) -> str:
        controller, terminal = pty.openpty()
        self.addCleanup(os.close, controller)
        status = subprocess.run([os.environ["MB_PROGRAM"], "check"], stdout=terminal, stderr=subprocess.DEVNULL,
                                env=self.environment() | {"TERM": "xterm"} | environment).returncode
        os.close(terminal)
        self.assertEqual(status, DONE)
        return os.read(controller, 65536).decode()


class Documentation(unittest.TestCase):
    def test_the_manual_knows_every_option(self):
        page = (pathlib.Path(__file__).parents[3] / "docs" / "man" / "mailbackup.1").read_text()
        for command in COMMANDS:
            self.assertIn(f".Cm {command}\n", page)
            text = subprocess.run([os.environ["MB_PROGRAM"], command, "--help"], capture_output=True, text=True).stdout
            for word in text.replace(",", " ").replace("=", " ").split():
                if word.startswith("--"):
                    self.assertIn("Fl -" + word[2:], page, f"{command} {word}")


if __name__ == "__main__":
    unittest.main()
