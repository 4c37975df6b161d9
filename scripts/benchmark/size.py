"""How large the repository is, against what others make of the same files."""

import pathlib

from benchmark.budgets import Figure, not_measured, ratio
from benchmark.setting import Setting, have, run, size_mb


def measure(setting: Setting) -> dict[str, Figure]:
    ours = size_mb(setting.synced().repository)
    print(f"repository {ours:,.1f} MB, plain files {size_mb(setting.plain()):,.1f} MB", flush=True)
    peers = {"size/restic": ("restic", _restic), "size/borg": ("borg", _borg), "size/squashfs": ("mksquashfs", _squashfs)}
    return {key: ratio(ours, build(setting), "MB") if have(program) else not_measured(f"{program} is not installed")
            for key, (program, build) in peers.items()}


def restic_environment(setting: Setting) -> dict[str, str]:
    return {"RESTIC_REPOSITORY": str(setting.place / "restic"), "RESTIC_PASSWORD": "bench",
            "RESTIC_CACHE_DIR": str(setting.place / "restic-cache")}


def restic_backup(setting: Setting) -> None:
    if not (setting.place / "restic").exists():
        run("restic", "init", environment=restic_environment(setting))
        run("restic", "backup", "--compression", "auto", setting.plain(), environment=restic_environment(setting))


def _restic(setting: Setting) -> float:
    restic_backup(setting)
    return size_mb(setting.place / "restic")


def borg_environment(setting: Setting) -> dict[str, str]:
    return {"BORG_BASE_DIR": str(setting.place / "borg-home"), "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes"}


def borg_backup(setting: Setting) -> None:
    repository = setting.place / "borg"
    if not repository.exists():
        run("borg", "init", "-e", "none", repository, environment=borg_environment(setting))
        run("borg", "create", "--compression", "zstd,3", f"{repository}::1", setting.plain(),
            environment=borg_environment(setting))


def _borg(setting: Setting) -> float:
    borg_backup(setting)
    return size_mb(setting.place / "borg")


def squashfs_image(setting: Setting) -> pathlib.Path:
    image = setting.place / "mail.squashfs"
    if not image.exists():
        run("mksquashfs", setting.plain(), image, "-comp", "zstd", "-b", "1M", "-no-progress", "-quiet")
    return image


def _squashfs(setting: Setting) -> float:
    return size_mb(squashfs_image(setting))
