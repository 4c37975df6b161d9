"""Damage anywhere in a repository is harmless or named: what is read is what was stored, or an error. Nothing dies.

Each case is one bit, one cut or one zeroed page in a fresh copy of a small repository."""
import base64
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "mount"))
from mounting import ACCOUNT, MAKE_REPOSITORY, Mount, Source, message, plain_text  # noqa: E402

MAILBACKUP = os.environ["MAILBACKUP"]
READ_ALL = os.environ["READ_ALL"]
FLIPS = int(os.environ.get("MB_DAMAGE_FLIPS", "300"))
CUTS = int(os.environ.get("MB_DAMAGE_CUTS", "100"))
MOUNTS = int(os.environ.get("MB_DAMAGE_MOUNTS", "24"))
SEED = int(os.environ.get("MB_SEED", random.randrange(1 << 32)))
PAGE = 4096
EXIT_DONE, EXIT_FAILED, EXIT_DAMAGE = 0, 1, 6


def with_attachment(subject, content):
    return message(subject, b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content))


def fill(source):
    """Bytes that compress and bytes that do not, an attachment that comes twice, nothing at all."""
    chance = random.Random(3)
    for uid in range(1, 41):
        source.add("INBOX", uid, message(f"Budget {uid}", plain_text(uid, 100 + uid * 60)), 1600000000 + uid)
    for uid in range(1, 6):
        source.add("Archive/2019", uid, message(f"Noise {uid}", chance.randbytes(9000)), 1550000000 + uid)
    attached = chance.randbytes(6000)
    for uid in (6, 7):
        source.add("Archive/2019", uid, with_attachment(f"Attached {uid}", attached), 1550000000 + uid)
    source.add("Odd", 1, b"")


def forget_second(repository):
    shown = subprocess.run([MAILBACKUP, "-r", repository, "snapshots", "--json"], capture_output=True, check=True)
    second = sorted(entry["name"] for entry in json.loads(shown.stdout)["snapshots"])[1]
    subprocess.run([MAILBACKUP, "-r", repository, "forget", "-y", second], check=True, capture_output=True)


def frame_kinds(repository):
    """How many frames of each kind there are."""
    counts = Counter()
    for pack in repository.glob("packs/*/*.pack"):
        data, at = pack.read_bytes(), 64
        while at < len(data):
            kind, _, effort = data[at + 4:at + 7]
            counts[("blobs", "journal", "rows")[kind - 1], effort if kind == 1 else 0] += 1
            at += 48 + int.from_bytes(data[at + 12:at + 16], "little")
    return counts


def make_repository(directory):
    """Several snapshots, mailboxes and batches; one was forgotten, all of it optimized, and then it went on."""
    repository, source = directory / "pristine", Source(directory / "source")
    fill(source)
    for step in range(6):
        subprocess.run([MAKE_REPOSITORY, repository, ACCOUNT, source.path], check=True)
        source.remove("INBOX", step + 1)
        source.add("INBOX", 100 + step, message(f"Late {step}", plain_text(100 + step, 800)))
        if step == 3:
            forget_second(repository)
            subprocess.run([MAILBACKUP, "-r", repository, "optimize"], check=True, capture_output=True)
    forget_second(repository)
    return repository


class Damage:
    """One change of one file."""

    def __init__(self, chance, repository, kind):
        files = sorted(path.relative_to(repository) for path in repository.rglob("*")
                       if path.is_file() and path.stat().st_size > 0)
        weights = [{"data.mdb": 50, "format": 5, "lock.mdb": 5, "reserve": 2, "verified": 5}.get(file.name, 40) for file in files]
        self.kind = kind
        self.file = chance.choices(files, weights)[0]
        size = (repository / self.file).stat().st_size
        self.at = chance.randrange(size)
        self.bit = chance.randrange(8)
        self.zeroes = kind == "cut" and chance.random() < 0.5 and size > PAGE

    def __str__(self):
        what = f"bit {self.bit} flipped" if self.kind == "flip" else "page zeroed" if self.zeroes else "cut"
        return f"{self.file} at {self.at}: {what}"

    def inflict(self, repository):
        with open(repository / self.file, "r+b") as file:
            if self.kind == "flip":
                file.seek(self.at)
                byte = file.read(1)[0]
                file.seek(self.at)
                file.write(bytes([byte ^ 1 << self.bit]))
            elif self.zeroes:
                file.seek(self.at - self.at % PAGE)
                file.write(bytes(PAGE))
            else:
                file.truncate(self.at)


def run(*arguments):
    """A program's exit status and its output; none may die of a signal."""
    done = subprocess.run(arguments, capture_output=True, timeout=120)
    if done.returncode < 0:
        raise AssertionError(f"{arguments[0]} died of signal {-done.returncode}: {done.stderr.decode()[-500:]}")
    complaint = done.stderr.decode()
    if "Sanitizer" in complaint or "runtime error:" in complaint:
        raise AssertionError(complaint)
    return done.returncode, done.stdout.decode(), complaint


class Reading:
    """What read_all said."""

    def __init__(self, repository):
        status, output, complaint = run(READ_ALL, str(repository))
        if status != 0:
            raise AssertionError(f"read_all ended with {status}: {complaint}")
        lines = output.splitlines()
        self.notices = [line for line in lines if line.startswith(("notice ", "unusable "))]
        self.messages = dict(line.rsplit(" ", 1) for line in lines if line.startswith("/"))


class DamageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="mailbackupfs-test-")
        cls.addClassCleanup(temporary.cleanup)
        cls.directory = Path(temporary.name)
        cls.repository = make_repository(cls.directory)
        cls.whole = Reading(cls.repository).messages
        # A message's bytes by its file name, whatever snapshot shows it.
        cls.by_name = {path.rsplit("/", 1)[1]: digest for path, digest in cls.whole.items()}
        assert len(cls.whole) > 130 and "error" not in cls.whole.values()
        kinds = frame_kinds(cls.repository)
        assert kinds.keys() == {("blobs", 0), ("blobs", 1), ("journal", 0), ("rows", 0)} and kinds["rows", 0] == 2, kinds
        print(f"MB_SEED={SEED}")

    def copy(self, number):
        case = self.directory / f"case-{number}"
        shutil.copytree(self.repository, case)
        self.addCleanup(shutil.rmtree, case, ignore_errors=True)
        return case

    def assert_no_wrong_byte(self, messages):
        for path, digest in messages.items():
            if digest != "error":
                self.assertEqual(digest, self.by_name.get(path.rsplit("/", 1)[1]), path)

    def check(self, case):
        status, output, complaint = run(MAILBACKUP, "-r", str(case), "check", "--read-data")
        self.assertIn(status, (EXIT_DONE, EXIT_FAILED, EXIT_DAMAGE), complaint)
        return status, output + complaint

    def assert_harmless_or_named(self, case, check_first):
        """Whoever opens the repository first says what is wrong with the index."""
        checked = self.check(case) if check_first else None
        reading = Reading(case)
        status, said = checked or self.check(case)
        self.assert_no_wrong_byte(reading.messages)
        if reading.messages != self.whole and status == EXIT_DONE:
            said = [line for line in said.splitlines() if line.startswith("mailbackup: ")] + reading.notices
            self.assertTrue([line for line in said if "index was rebuilt" not in line], f"nobody says so: {said}")

    def assert_cat_is_right(self, case):
        for path in list(self.whole)[::40]:
            done = subprocess.run([MAILBACKUP, "-r", case, "cat", path[1:]], capture_output=True, timeout=120)
            self.assertGreaterEqual(done.returncode, 0)
            if done.returncode == EXIT_DONE:
                self.assertEqual(hashlib.sha256(done.stdout).hexdigest(), self.whole[path], path)

    def try_case(self, number, kind, lose_index=False):
        damage = Damage(random.Random(f"{SEED} {kind} {number} {lose_index}"), self.repository, kind)
        case = self.copy(f"{kind}-{number}-{lose_index}")
        if number % 4 < 2:
            run(MAILBACKUP, "-r", str(case), "ls")  # so that its index counts as verified
        damage.inflict(case)
        try:
            if lose_index:
                shutil.rmtree(case / "index")
            self.assert_harmless_or_named(case, check_first=number % 2 == 0)
            if number % 25 == 0:
                run(MAILBACKUP, "-r", str(case), "ls", "-l", f"{ACCOUNT}/latest/INBOX")
                self.assert_cat_is_right(case)
        except (AssertionError, subprocess.TimeoutExpired) as failure:
            return f"{damage}{', index lost' if lose_index else ''}: {failure}"
        finally:
            shutil.rmtree(case)
        return None

    def try_cases(self, count, kind, **more):
        with ThreadPoolExecutor(2) as pool:
            outcomes = list(pool.map(lambda number: self.try_case(number, kind, **more), range(count)))
        failures = [outcome for outcome in outcomes if outcome]
        if failures:
            self.fail(f"{len(failures)} of {count}, MB_SEED={SEED}:\n" + "\n".join(failures[:20]))

    def test_flipped_bits(self):
        self.try_cases(FLIPS, "flip")

    def test_cuts_and_zeroed_pages(self):
        self.try_cases(CUTS, "cut")

    def test_packs_damaged_and_index_lost(self):
        self.try_cases(CUTS, "flip", lose_index=True)
        self.try_cases(CUTS // 4, "cut", lose_index=True)


class LiveMountTest(DamageTest):
    """The same under a mount that has the repository open already."""

    test_flipped_bits = test_cuts_and_zeroed_pages = test_packs_damaged_and_index_lost = None

    def read_mount(self, mountpoint):
        messages = {}
        for top, _, names in os.walk(mountpoint):
            for name in names:
                path = Path(top, name)
                try:
                    messages[str(path)[len(str(mountpoint)):]] = hashlib.sha256(path.read_bytes()).hexdigest()
                except OSError:
                    pass
        return messages

    def try_mount(self, number, mountpoint):
        chance = random.Random(f"{SEED} mount {number}")
        damage = Damage(chance, self.repository, "flip" if number % 3 else "cut")
        if damage.file.name == "lock.mdb":
            return  # LMDB's own memory, shared by those that have it open
        case = self.copy(f"mount-{number}")
        mounted = Mount(case, mountpoint, self.directory / "log")
        try:
            os.listdir(mountpoint)
            damage.inflict(case)
            with self.subTest(str(damage)):
                self.assert_no_wrong_byte(self.read_mount(mountpoint))
                self.assertIsNone(mounted.process.poll(), mounted.log_text()[-500:])
                self.assertEqual(mounted.unmount(), 0, mounted.log_text()[-2000:])
        finally:
            mounted.end()
            shutil.rmtree(case)

    def test_damage_under_a_live_mount(self):
        mountpoint = self.directory / "mnt"
        mountpoint.mkdir(exist_ok=True)
        for number in range(MOUNTS):
            self.try_mount(number, mountpoint)


if __name__ == "__main__":
    unittest.main()
