"""The tests of crashes must fail when there is something to find: an ingest with a planted bug is caught."""
import random
import sys
import unittest

from crashing import BUGS, SEED, Oracle, scratch_directory
from powercut import choose_states, record, replay
from weakest import Run

ROUNDS = 6
STATES = 300

# A sync of a new file makes its name durable on ext4, so there it is no bug to leave out the directory's.
HARMLESS_ON_EXT4 = "no-directory-sync"


class Planted(unittest.TestCase):
    def setUp(self):
        print(f"seed {SEED}", file=sys.stderr)
        self.scratch = self.enterContext(scratch_directory("crash-planted"))
        self.oracle = Oracle(self.scratch, SEED, ROUNDS)

    def test_caught_on_ext4(self):
        for bug in BUGS:
            if bug == HARMLESS_ON_EXT4:
                continue
            with self.subTest(bug):
                recording = record(self.scratch, self.oracle, bug)
                states = choose_states(recording, STATES, random.Random(SEED))
                done, bad = replay(self.scratch, recording, self.oracle, states, first_is_enough=True)
                print(f"{bug}: {len(bad)} bad of {done} states", file=sys.stderr)
                self.assertGreater(len(bad), 0, "it was not noticed")

    def test_caught_on_the_weakest_file_system(self):
        for bug in BUGS:
            with self.subTest(bug):
                run = Run(self.scratch, self.oracle, self.oracle.empty, bug=bug)
                bad = run.problems(STATES // 5, random.Random(SEED))
                print(f"{bug}: {len(bad)} bad of {STATES // 5} power cuts", file=sys.stderr)
                self.assertGreater(len(bad), 0, "it was not noticed")


if __name__ == "__main__":
    unittest.main(verbosity=2)
