#!/usr/bin/env python3
"""Servers whose Debian packages exclude each other, unpacked side by side. Nothing is installed.

packages.py fetch                   downloads what all of them need and this machine lacks; done by scripts/install-deps
packages.py unpack SERVER TREE      makes directory TREE from it, fetching first where that was not done
packages.py remove TREE
"""

import argparse
import fcntl
import pathlib
import shutil
import subprocess
import sys

PACKAGES = {"cyrus": ("cyrus-imapd", "sasl2-bin"), "courier": ("courier-imap",)}
CACHE = pathlib.Path("/var/cache/mailbackup-tests")
# Comes along as the mail transport, which no test needs.
_LEFT_OUT = ("exim4-",)
_COMPLETE = "complete"


def fetch(server: str) -> pathlib.Path:
    """The directory with the packages. apt works out what this machine lacks; the download is all it does."""
    directory = CACHE / server
    (directory / "partial").mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / _COMPLETE).exists():
            _download(server, directory)
            (directory / _COMPLETE).touch()
    return directory


def _download(server: str, directory: pathlib.Path) -> None:
    command = ["apt-get", "install", "--download-only", "--no-install-recommends", "-q", "-y",
               "-o", f"Dir::Cache::archives={directory}", *PACKAGES[server]]
    if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
        return
    subprocess.run(["apt-get", "update", "-q"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def unpack(server: str, tree: pathlib.Path) -> None:
    remove(tree)
    tree.mkdir(parents=True)
    for package in sorted(fetch(server).glob("*.deb")):
        if not package.name.startswith(_LEFT_OUT):
            subprocess.run(["dpkg-deb", "-x", package, tree], check=True)
    shutil.rmtree(tree / "lib", ignore_errors=True)  # would hide the link to usr/lib; holds units only


def remove(tree: pathlib.Path) -> None:
    if tree.exists():
        shutil.rmtree(tree)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("fetch")
    unpacking = actions.add_parser("unpack")
    unpacking.add_argument("server", choices=PACKAGES)
    unpacking.add_argument("tree", type=pathlib.Path)
    actions.add_parser("remove").add_argument("tree", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.action == "fetch":
        for server in PACKAGES:
            fetch(server)
    elif arguments.action == "unpack":
        unpack(arguments.server, arguments.tree)
    else:
        remove(arguments.tree)
    return 0


if __name__ == "__main__":
    sys.exit(main())
