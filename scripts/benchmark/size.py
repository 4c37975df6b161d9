"""How large the repository is, after the first sync and optimized, against what others make of the same files; of all the
mail, and of each of its folders alone. Also how fast mail is stored when no network holds it up."""

import pathlib
import shutil
import tempfile
from dataclasses import dataclass
from typing import Protocol

from benchmark.budgets import Figure, not_measured, ratio
from benchmark.packs import BLOBS, compressed_bytes, frames
from benchmark.setting import Setting, have, run, size_mb
from corpus import Source
from programs import PROGRAMS

INGEST = PROGRAMS.parent / "tests" / "mount" / "make_repository"
INGEST_RUNS = 3
INGEST_MB = 120


class Files(Protocol):
    """Mail as plain files, and a place for what others make of them: all of a setting, or a folder."""

    place: pathlib.Path

    def plain(self) -> pathlib.Path: ...


@dataclass(frozen=True)
class Folder:
    place: pathlib.Path
    directory: pathlib.Path

    def plain(self) -> pathlib.Path:
        return self.directory


def measure(setting: Setting) -> dict[str, Figure]:
    synced = setting.synced().repository
    print(f"plain files {size_mb(setting.plain()):,.1f} MB, repository {size_mb(synced):,.1f} MB", flush=True)
    _print_steps(setting, synced)
    figures = _against_peers(setting, synced)
    figures |= _ingest(setting)
    for folder in sorted({_folder(source) for source in setting.sources if "/" in source.mailbox}):
        _print_folder(setting, folder)
    return figures


def _folder(source: Source) -> str:
    return source.mailbox.split("/")[0]


def _peers() -> dict:
    return {"size/restic": ("restic", _restic), "size/borg": ("borg", _borg), "size/squashfs": ("mksquashfs", _squashfs)}


def _against_peers(files: Files, repository: pathlib.Path) -> dict[str, Figure]:
    """Of the repository as it is, and of an optimized copy."""
    optimized = size_mb(_optimize(repository, files.place))
    print(f"optimized {optimized:,.1f} MB", flush=True)
    figures = {}
    for key, (program, build) in _peers().items():
        theirs = build(files) if have(program) else None
        for suffix, ours in (("", size_mb(repository)), ("-optimized", optimized)):
            figures[key + suffix] = ratio(ours, theirs, "MB") if theirs else not_measured(f"{program} is not installed")
    return figures


def _optimize(repository: pathlib.Path, place: pathlib.Path) -> pathlib.Path:
    copy = place / "optimized"
    shutil.copytree(repository, copy)
    run(PROGRAMS / "mailbackup", "-r", copy, "optimize")
    return copy


def _print_steps(setting: Setting, repository: pathlib.Path) -> None:
    """What each step of storing contributes, in MB: the rest is what is on the disk."""
    read = [frame for frame in frames(repository) if frame.kind == BLOBS]
    lanes = [[frame.blobs for frame in read if frame.is_of_parts == parts] for parts in (False, True)]
    mail = (source.path.read_bytes() for source in setting.sources)
    steps = [("mail", setting.bytes),
             ("zstd 3, each message alone", compressed_bytes(mail, None)),
             ("in frames of 1 MiB", compressed_bytes((source.path.read_bytes() for source in setting.sources), 1)),
             ("base64 decoded, attachments once", sum(compressed_bytes(lane, 1) for lane in _pieces(lanes))),
             ("frames as large as they are", sum(compressed_bytes(lane, None) for lane in lanes)),
             ("the levels as they are; with directories", sum(frame.stored_bytes for frame in read)),
             ("with journals and index: the repository", size_mb(repository) * 1e6)]
    before = None
    for name, size in steps:
        change = f"{(size - before) / 1e6:>+10,.1f}" if before is not None else ""
        print(f"  {name:<44} {size / 1e6:>10,.1f} MB {change}", flush=True)
        before = size


def _pieces(lanes: list[list[bytes]]) -> list:
    """The same bytes in pieces much smaller than a frame."""
    step = 64 << 10
    return [(blobs[at:at + step] for blobs in lane for at in range(0, len(blobs), step)) for lane in lanes]


def _ingest(setting: Setting) -> dict[str, Figure]:
    """Files in the page cache through the writer into a repository on the disk: the best of some runs."""
    if not INGEST.exists():
        return {"size/ingest": not_measured("tests are not built")}
    with tempfile.TemporaryDirectory(dir=setting.place) as scratch:
        mail = _link(setting.sources, pathlib.Path(scratch) / "mail")
        runs = [run(INGEST, pathlib.Path(scratch) / f"repository-{number}", "bench", mail) for number in range(INGEST_RUNS)]
    seconds = min(each.seconds for each in runs)
    mb_per_second = setting.bytes / 1e6 / seconds
    return {"size/ingest": Figure(INGEST_MB / mb_per_second, f"{mb_per_second:,.0f} MB/s"),
            "size/ingest-memory": Figure(max(each.resident_mib for each in runs))}


def _link(sources: list[Source], directory: pathlib.Path) -> pathlib.Path:
    """A directory for each mailbox, and in it links named by UIDs."""
    uids: dict[str, int] = {}
    for source in sources:
        uids[source.mailbox] = uids.get(source.mailbox, 0) + 1
        mailbox = directory / source.mailbox
        mailbox.mkdir(parents=True, exist_ok=True)
        (mailbox / str(uids[source.mailbox])).symlink_to(source.path.resolve())
    return directory


def _print_folder(setting: Setting, folder: str) -> None:
    sources = [source for source in setting.sources if _folder(source) == folder]
    if len(sources) == len(setting.sources) or not INGEST.exists():
        return
    with tempfile.TemporaryDirectory(dir=setting.place) as scratch:
        place = pathlib.Path(scratch)
        links = _link(sources, place / "links")
        plain = place / "plain"
        shutil.copytree(links, plain)
        run(INGEST, place / "repository", "bench", links)
        print(f"{folder} alone: {len(sources):,} messages, repository {size_mb(place / 'repository'):,.1f} MB", flush=True)
        for key, figure in _against_peers(Folder(place, plain), place / "repository").items():
            print(f"  {key.removeprefix('size/'):<28} {figure.note if figure.value is None else f'{figure.value:.3f}  {figure.note}'}")


def restic_environment(files: Files) -> dict[str, str]:
    return {"RESTIC_REPOSITORY": str(files.place / "restic"), "RESTIC_PASSWORD": "bench",
            "RESTIC_CACHE_DIR": str(files.place / "restic-cache")}


def restic_backup(files: Files) -> None:
    if not (files.place / "restic").exists():
        run("restic", "init", environment=restic_environment(files))
        run("restic", "backup", "--compression", "auto", files.plain(), environment=restic_environment(files))


def _restic(files: Files) -> float:
    restic_backup(files)
    return size_mb(files.place / "restic")


def borg_environment(files: Files) -> dict[str, str]:
    return {"BORG_BASE_DIR": str(files.place / "borg-home"), "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes"}


def borg_backup(files: Files) -> None:
    repository = files.place / "borg"
    if not repository.exists():
        run("borg", "init", "-e", "none", repository, environment=borg_environment(files))
        run("borg", "create", "--compression", "zstd,3", f"{repository}::1", files.plain(),
            environment=borg_environment(files))


def _borg(files: Files) -> float:
    borg_backup(files)
    return size_mb(files.place / "borg")


def squashfs_image(files: Files) -> pathlib.Path:
    image = files.place / "mail.squashfs"
    if not image.exists():
        run("mksquashfs", files.plain(), image, "-comp", "zstd", "-b", "1M", "-no-progress", "-quiet")
    return image


def _squashfs(files: Files) -> float:
    return size_mb(squashfs_image(files))
