"""Messages as bad as can be thought of, stored and read back, byte for byte; and then the whole repository checked.
NASTY_MESSAGES says how many, NASTY_SEED repeats a run; scripts/prove-stored takes 100,000 and real mail."""
import os
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

COUNT = int(os.environ.get("NASTY_MESSAGES", "1000"))
SEED = int(os.environ.get("NASTY_SEED", random.randrange(1 << 30)))


class Stored(unittest.TestCase):
    def test_nasty_mail(self):
        print(f"NASTY_SEED={SEED}", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="mailbackupfs-test-") as scratch:
            repository = Path(scratch) / "repository"
            stored = subprocess.run([os.environ["STORED"], repository, "--nasty", str(SEED), str(COUNT)],
                                    stdout=sys.stderr, check=False)
            self.assertEqual(stored.returncode, 0)
            checked = subprocess.run([os.environ["MAILBACKUP"], "-r", repository, "check", "--read-data"],
                                     stdout=sys.stderr, check=False)
            self.assertEqual(checked.returncode, 0)


if __name__ == "__main__":
    unittest.main()
