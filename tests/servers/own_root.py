"""A server that lives in a root of its own: a tree of packages laid over this machine's files (enter-tree)."""

import atexit
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import packages
from local_server import LocalServer, die_with_parent

_ENTER = pathlib.Path(__file__).with_name("enter-tree")
_NAMESPACES = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]


class OwnRootServer(LocalServer):
    """`name` is that of packages.PACKAGES; start_script() says what runs inside."""

    def command(self) -> list:
        script = self.directory / "start"
        script.write_text("#!/bin/sh\nset -e\n" + self.start_script())
        script.chmod(0o755)
        return [*_NAMESPACES, _ENTER, _tree(self.name), self.directory, script]

    def start_script(self) -> str:
        """Ends in `wait`, not in `exec`: the first process must keep its user, or the kernel forgets to end it."""
        raise NotImplementedError

    def die_with_parent(self) -> None:
        die_with_parent(signal.SIGKILL)  # unshare ignores SIGTERM

    def end_process(self, process: subprocess.Popen) -> None:
        process.kill()  # and all processes and mounts of its namespaces with it


def _tree(name: str) -> pathlib.Path:
    """The one that ctest has unpacked for this run (MB_SERVER_TREES), or one that ends with this program."""
    trees = os.environ.get("MB_SERVER_TREES")
    if trees:
        return pathlib.Path(trees) / name
    directory = pathlib.Path(tempfile.mkdtemp(prefix="server-tree-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    os.environ["MB_SERVER_TREES"] = str(directory)
    for each in packages.PACKAGES:
        packages.unpack(each, directory / each)
    return directory / name
