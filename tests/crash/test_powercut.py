"""Power cuts in the middle of an ingest: what was acknowledged is there, what is there is sound, and the ingest can go
on. On ext4, by replaying what a disk recorded, and on the weakest file system that POSIX allows, also while the ingest
recovers from an earlier power cut. CRASH_STATES says how many; scripts/powercut runs longer."""
import os
import random
import sys
import unittest

from crashing import SEED, Oracle, scratch_directory
from powercut import choose_states, record, replay
from weakest import Run

STATES = int(os.environ.get("CRASH_STATES", "1000"))
ROUNDS = 6
RECOVERIES = 5


class PowerCut(unittest.TestCase):
    def setUp(self):
        print(f"seed {SEED}", file=sys.stderr)
        self.chance = random.Random(SEED)
        self.scratch = self.enterContext(scratch_directory("crash-powercut"))
        self.oracle = Oracle(self.scratch, SEED, ROUNDS)

    def test_ext4(self):
        recording = record(self.scratch, self.oracle)
        states = choose_states(recording, STATES, self.chance)
        done, bad = replay(self.scratch, recording, self.oracle, states)
        print(f"{done} states, {len(bad)} bad", file=sys.stderr)
        self.assertEqual(done, STATES)
        self.assertEqual([f"{state}: {problems}" for state, problems in bad], [])

    def test_weakest_file_system(self):
        run = Run(self.scratch, self.oracle, self.oracle.empty)
        self.assertEqual(run.problems(STATES // 5, self.chance), [])

    def test_weakest_file_system_during_recovery(self):
        first = Run(self.scratch, self.oracle, self.oracle.empty)
        for acknowledged, left in first.cuts(RECOVERIES, self.chance):
            with scratch_directory("crash-recovery") as scratch:
                second = Run(scratch, self.oracle, left, acknowledged)
                self.assertEqual(second.problems(STATES // 10 // RECOVERIES, self.chance), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
