"""`mailbackup` as a user runs it, with a home of its own and without a server."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["MB_PROGRAM"]
PATIENCE_SECONDS = 120  # for what must end on any machine; never part of what is asserted

DONE, FAILED, USAGE, INCOMPLETE, SERVER, DAMAGE, DISK_FULL, BUSY, INTERRUPTED = 0, 1, 2, 3, 4, 6, 7, 75, 130
COMMANDS = ("init", "add", "accounts", "sync", "snapshots", "ls", "cat", "stats", "check")


class Result:
    def __init__(self, process: subprocess.CompletedProcess):
        self.status, self.out, self.err = process.returncode, process.stdout or "", process.stderr or ""

    @property
    def json(self):
        return json.loads(self.out)


class ProgramTest(unittest.TestCase):
    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="mailbackup-test-"))
        self.addCleanup(shutil.rmtree, self.home)
        self.repository = self.home / "repository"

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name == "PATH" or name.endswith("SAN_OPTIONS")}
        return kept | {"HOME": str(self.home), "LC_ALL": "C.UTF-8", "MAILBACKUP_REPO": str(self.repository)}

    def start(self, *arguments: object, **popen: object) -> subprocess.Popen:
        settings = dict(env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE, text=True, start_new_session=True) | popen
        return subprocess.Popen([PROGRAM, *map(str, arguments)], **settings)

    def run_program(self, *arguments: object, expect: int = DONE, **popen: object) -> Result:
        with self.start(*arguments, **popen) as process:
            out, err = process.communicate(timeout=PATIENCE_SECONDS)
        result = Result(subprocess.CompletedProcess(arguments, process.returncode, out, err))
        self.assertEqual(result.status, expect, f"{arguments}: {result.out}\n{result.err}")
        return result

    def init(self) -> None:
        self.run_program("init")

    def secret_file(self, password: str, mode: int = 0o600, name: str = "secret") -> pathlib.Path:
        path = self.home / name
        path.write_text(password + "\n")
        path.chmod(mode)
        return path

    def add(self, name: str, *options: object, host: str = "localhost", expect: int = DONE) -> Result:
        return self.run_program("add", name, "--host", host, *options, expect=expect)

    def accounts(self) -> list[dict]:
        return self.run_program("accounts", "--json").json["accounts"]

    def assert_error(self, result: Result, *words: str) -> None:
        """One error on standard error, with a line of advice at most, and nothing on standard output."""
        lines = result.err.splitlines()
        self.assertTrue(lines and lines[0].startswith("mailbackup: "), result.err)
        self.assertEqual([line for line in lines[1:] if not line.startswith("            ")], [], result.err)
        self.assertLessEqual(len(lines), 2, result.err)
        self.assertEqual(result.out, "")
        for word in words:
            self.assertIn(word, result.err)
