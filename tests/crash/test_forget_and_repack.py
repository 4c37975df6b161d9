"""A run that forgets most snapshots, empties every pack, replaces the index and optimizes, killed and failed at its system
calls and cut from power. After each: the snapshots that were not forgotten are there, every byte checks, a rebuild from
the packs finds the same, and the run, begun again, comes to its end. And again while it recovers from being killed.
CRASH_POINTS and CRASH_STATES as for the ingest, CRASH_KILLS says from how many kills it recovers; a bug planted on
purpose is caught."""
import os
import random
import sys
import unittest

from crashing import SEED, ForgettingOracle, scratch_directory
from powercut import choose_states, record, replay
from test_faults import Matrix, assert_all_survive, before_first_line, kills_of, sample
from weakest import Run

ROUNDS = 6
ROUNDS_OF_FAULTS = 3
SHARE_OF_POINTS = 0.15
KILLS_BEFORE_RECOVERY = int(os.environ.get("CRASH_KILLS", "2"))
STATES = int(os.environ.get("CRASH_STATES", "1000")) // 12


class Forgetting(unittest.TestCase):
    def setUp(self):
        print(f"seed {SEED}", file=sys.stderr)
        self.chance = random.Random(SEED)
        self.scratch = self.enterContext(scratch_directory("crash-forgetting"))

    def matrix(self, **more):
        oracle = ForgettingOracle(self.scratch, SEED, ROUNDS_OF_FAULTS)
        return Matrix(self.scratch, oracle, *oracle.start, **more)

    def test_faults(self):
        matrix = self.matrix()
        assert_all_survive(self, matrix, sample(self.chance, matrix.points(), SHARE_OF_POINTS))

    def test_run_that_recovers(self):
        first = self.matrix()
        for number, kill in enumerate(self.chance.sample(kills_of(first), KILLS_BEFORE_RECOVERY)):
            second = first.wounded(kill, f"wounded-{number}")
            points = second.points(before_first_line)
            with self.subTest(first=str(kill)):
                assert_all_survive(self, second, sample(self.chance, points, 0.06 / KILLS_BEFORE_RECOVERY))

    def test_power_cuts_on_ext4(self):
        oracle = ForgettingOracle(self.scratch, SEED, ROUNDS)
        recording = record(self.scratch, oracle)
        done, bad = replay(self.scratch, recording, oracle, choose_states(recording, STATES, self.chance))
        print(f"{done} states, {len(bad)} bad", file=sys.stderr)
        self.assertEqual([f"{state}: {problems}" for state, problems in bad], [])

    def test_power_cuts_on_the_weakest_file_system(self):
        oracle = ForgettingOracle(self.scratch, SEED, ROUNDS)
        run = Run(self.scratch, oracle, *oracle.start)
        self.assertEqual(run.problems(STATES // 3, self.chance), [])

    def test_deleting_too_early_is_caught(self):
        matrix = self.matrix(bug="unlink-first")
        kills = [point for point in matrix.points() if point.fault == "KILL" and point.name == "pwrite64"]
        self.assertTrue(any(matrix.problems(point) for point in reversed(kills)), "it was not noticed")


if __name__ == "__main__":
    unittest.main(verbosity=2)
