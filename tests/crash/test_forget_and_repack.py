"""A run that forgets most snapshots, empties every pack and replaces the index, killed and failed at its system calls
and cut from power. After each: the snapshots that were not forgotten are there, every byte checks, a rebuild from the
packs finds the same, and the run, begun again, comes to its end. CRASH_POINTS and CRASH_STATES as for the ingest; a
bug planted on purpose is caught."""
import os
import random
import sys
import unittest

from crashing import SEED, ForgettingOracle, scratch_directory
from powercut import choose_states, record, replay
from test_faults import Matrix, assert_all_survive, sample
from weakest import Run

ROUNDS = 6
SHARE_OF_POINTS = 0.15
STATES = int(os.environ.get("CRASH_STATES", "1000")) // 12


class Forgetting(unittest.TestCase):
    def setUp(self):
        print(f"seed {SEED}", file=sys.stderr)
        self.chance = random.Random(SEED)
        self.scratch = self.enterContext(scratch_directory("crash-forgetting"))
        self.oracle = ForgettingOracle(self.scratch, SEED, ROUNDS)

    def test_faults(self):
        matrix = Matrix(self.scratch, self.oracle, *self.oracle.start)
        assert_all_survive(self, matrix, sample(self.chance, matrix.points(), SHARE_OF_POINTS))

    def test_power_cuts_on_ext4(self):
        recording = record(self.scratch, self.oracle)
        done, bad = replay(self.scratch, recording, self.oracle, choose_states(recording, STATES, self.chance))
        print(f"{done} states, {len(bad)} bad", file=sys.stderr)
        self.assertEqual([f"{state}: {problems}" for state, problems in bad], [])

    def test_power_cuts_on_the_weakest_file_system(self):
        run = Run(self.scratch, self.oracle, *self.oracle.start)
        self.assertEqual(run.problems(STATES // 3, self.chance), [])

    def test_deleting_too_early_is_caught(self):
        matrix = Matrix(self.scratch, self.oracle, *self.oracle.start, bug="unlink-first")
        kills = [point for point in matrix.points() if point.fault == "KILL" and point.name == "pwrite64"]
        self.assertTrue(any(matrix.problems(point) for point in reversed(kills)), "it was not noticed")


if __name__ == "__main__":
    unittest.main(verbosity=2)
