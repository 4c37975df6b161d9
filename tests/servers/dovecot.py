#!/usr/bin/env python3
"""A private Dovecot on loopback, with throwaway certificates, in a directory of its own.

In a test:            with Dovecot(users={"alice": "secret"}) as server: ...
On a command line:    dovecot.py start DIRECTORY USER... < passwords   (one line a user)
                      dovecot.py stop DIRECTORY
"""

import argparse
import atexit
import base64
import hmac
import json
import os
import pathlib
import pwd
import re
import signal
import subprocess
import sys
import time

from certificates import GOOD, KINDS
from local_server import STOP_SECONDS, LocalServer
from maildir import Maildir

MAIL_UID = 60042  # owns the mail when we are root; needs no entry in /etc/passwd
_EXAMINE = re.compile(r'EXAMINE "?([^"]*)"?$')
_FETCH_BODIES = re.compile(r"UID FETCH (\S+) \(.*BODY\.PEEK\[\]\)$")
LONGEST_DIRECTORY = 70  # the paths of Dovecot's sockets, below it, must fit into 107 bytes

_CONFIG = """\
base_dir = {run}
state_dir = {state}
log_path = {log}
protocols = imap
listen = 127.0.0.1
ssl = {ssl}
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = {disable_plaintext}
auth_mechanisms = plain login cram-md5 scram-sha-256 scram-sha-1 {more_mechanisms}
default_internal_user = {internal_user}
default_internal_group = {internal_group}
default_login_user = {login_user}
first_valid_uid = 1
mail_location = maildir:{mail}/%u:LAYOUT=fs:INDEX={indexes}/%u
mail_fsync = never
protocol imap {{
  mail_plugins = imap_zlib
  mail_max_userip_connections = 64
  rawlog_dir = {commands}
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN.b64 username_format=%u {users}
}}
userdb {{
  driver = static
  args = uid={mail_uid} gid={mail_gid} home={homes}/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    special_use = \\Sent
  }}
  mailbox Trash {{
    special_use = \\Trash
  }}
}}
service auth {{
  user = {auth_user}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
    ssl = yes
  }}
}}
service imap {{
  vsz_limit = 2G
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
{more}
"""

_OAUTH = """passdb {{
  driver = oauth2
  mechanisms = oauthbearer xoauth2
  args = {place}/oauth2.conf
}}
"""
_OAUTH_CONFIG = """introspection_mode = local
local_validation_key_dict = fs:posix:prefix={place}/keys/
username_attribute = sub
"""
_TOKEN_KEY = b"the key that signs tokens"

# A certificate of the throwaway authority is all that a client needs; its common name is the user.
_CLIENT_CERTIFICATES = """ssl_ca = <{authority}
ssl_verify_client_cert = yes
auth_ssl_username_from_cert = yes
ssl_require_crl = no
passdb {{
  driver = static
  mechanisms = external
  args = nopassword
}}
"""


class Dovecot(LocalServer):
    """Without `tls` there is neither STARTTLS nor the TLS port. `mechanisms` are offered besides those with passwords:
    "external", "oauthbearer", "xoauth2"."""

    name = "dovecot"
    mechanisms = ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256")

    def __init__(self, users: dict[str, str], directory: pathlib.Path | None = None, certificate: str = GOOD,
                 tls: bool = True, mechanisms: tuple[str, ...] = ()):
        super().__init__(users, directory, certificate)
        self._maildirs: dict[str, Maildir] = {}
        self._tls = tls
        self._more_mechanisms = mechanisms
        self._prepare()

    @property
    def mail_owner(self) -> tuple[int, int] | None:
        return (MAIL_UID, MAIL_UID) if os.geteuid() == 0 else None

    def maildir(self, user: str) -> Maildir:
        """The same object each time: it numbers the messages."""
        if user not in self._maildirs:
            self._maildirs[user] = Maildir(self.directory / "mail" / user, self.mail_owner)
        return self._maildirs[user]

    def token(self, user: str, lifetime_seconds: int) -> str:
        """A signed JSON Web Token (RFC 7519)."""
        claims = {"sub": user, "exp": int(time.time()) + lifetime_seconds, "iat": int(time.time()) - 3600}
        signed = b".".join(_base64url(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
        return (signed + b"." + _base64url(hmac.digest(_TOKEN_KEY, signed, "sha256"))).decode()

    def command(self) -> list:
        return ["dovecot", "-F", "-c", self._config_path]

    def ports(self) -> tuple[int, ...]:
        return super().ports() if self._tls else (self.imap_port,)

    def end_process(self, process: subprocess.Popen) -> None:
        os.killpg(process.pid, signal.SIGTERM)  # all at once: the master alone takes a second for it

    def is_ours(self) -> bool:
        return (self.directory / "run" / "master.pid").exists()

    def save_state(self) -> None:
        """What `dovecot.py stop`, and whoever wants to connect, must know."""
        state = {"pid": self._process.pid, "imap_port": self.imap_port, "imaps_port": self.imaps_port,
                 "ca_file": str(self.ca_file)}
        (self.directory / "server.json").write_text(json.dumps(state, indent=1) + "\n")

    def record_commands(self) -> None:
        """From now on, what is said after a login is kept, for round_trips()."""
        self._commands.mkdir()
        if self.mail_owner:
            os.chown(self._commands, *self.mail_owner)

    def round_trips(self) -> int:
        """How often the newest recorded session sent commands after it had waited for answers; LOGOUT not counted."""
        newest = max(self._commands.glob("*.in"), key=lambda path: path.stat().st_mtime)
        said = [(float(line.split(b" ")[0]), kind, line) for kind in ("in", "out")
                for line in newest.with_suffix(f".{kind}").read_bytes().splitlines()]
        kinds = [kind for _, kind, line in sorted(said) if not line.endswith(b" LOGOUT")]
        return sum(kind == "in" and before == "out" for before, kind in zip(["out", *kinds], kinds))

    def take_bodies_asked(self) -> list[list[tuple[str, int]]]:
        """Mailbox and UID of the bodies that were asked for since the last call: a list for each recorded session."""
        sessions = []
        for path in sorted(self._commands.glob("*.in")):
            sessions.append(_bodies_asked(path.read_text()))
            path.unlink()
        return sessions

    @property
    def _commands(self) -> pathlib.Path:
        return self.directory / "commands"

    @property
    def _config_path(self) -> pathlib.Path:
        return self.directory / "dovecot.conf"

    def _prepare(self) -> None:
        if len(os.fsencode(self.directory)) > LONGEST_DIRECTORY:
            raise ValueError(f"{self.directory} is too long a path for Dovecot's sockets")
        self._require_way_in()
        for name in ("run", "state", "mail", "indexes", "homes"):
            (self.directory / name).mkdir(exist_ok=True)
        for name in ("mail", "indexes", "homes"):
            if self.mail_owner:
                os.chown(self.directory / name, *self.mail_owner)
        self._write_users()

    def _require_way_in(self) -> None:
        """The mail's owner has to get down to the directory."""
        closed = [str(parent) for parent in self.directory.parents if not parent.stat().st_mode & 0o001]
        if self.mail_owner and closed:
            raise ValueError(f"{closed[0]} is closed to others, so Dovecot cannot serve mail below it")

    def _write_users(self) -> None:
        path = self.directory / "users"
        lines = [f"{user}:{{PLAIN.b64}}{base64.b64encode(password.encode()).decode()}::::::\n"
                 for user, password in self.users.items()]
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.writelines(lines)

    def _more_config(self) -> str:
        more = ""
        if "external" in self._more_mechanisms:
            more += _CLIENT_CERTIFICATES.format(authority=self.certificates.authority)
        if "oauthbearer" in self._more_mechanisms:
            keys = self.directory / "keys" / "default" / "HS256"
            keys.mkdir(parents=True, exist_ok=True)
            (keys / "default").write_bytes(base64.b64encode(_TOKEN_KEY))
            (self.directory / "oauth2.conf").write_text(_OAUTH_CONFIG.format(place=self.directory))
            more += _OAUTH.format(place=self.directory)
        return more

    def write_config(self) -> None:
        root = os.geteuid() == 0
        me = pwd.getpwuid(os.geteuid()).pw_name
        mail_uid, mail_gid = self.mail_owner or (os.geteuid(), os.getegid())
        place = self.directory
        self._config_path.write_text(_CONFIG.format(
            run=place / "run", state=place / "state", log=self.log, mail=place / "mail", indexes=place / "indexes",
            homes=place / "homes", commands=self._commands, users=place / "users", certificate=self.certificates.certificate,
            key=self.certificates.key, mail_uid=mail_uid, mail_gid=mail_gid, imap_port=self.imap_port,
            imaps_port=self.imaps_port, ssl="yes" if self._tls else "no",
            disable_plaintext="yes" if self._tls else "no", auth_user="root" if root else me,
            internal_user="dovecot" if root else me, login_user="dovenull" if root else me,
            internal_group="dovecot" if root else _group_name(), more=self._more_config(),
            more_mechanisms=" ".join(self._more_mechanisms)))


def stop_saved(directory: pathlib.Path) -> bool:
    """Ends the server that `start` left running in `directory`. False when there is none."""
    state_path = directory / "server.json"
    if not state_path.exists():
        return False
    pid = json.loads(state_path.read_text())["pid"]
    state_path.unlink()
    if not _is_dovecot(pid):
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while _is_dovecot(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return True


def _is_dovecot(pid: int) -> bool:
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "dovecot"
    except OSError:
        return False


def _bodies_asked(commands: str) -> list[tuple[str, int]]:
    asked, mailbox = [], ""
    for line in commands.splitlines():
        if opened := _EXAMINE.search(line):
            mailbox = opened[1]
        elif bodies := _FETCH_BODIES.search(line):
            asked += [(mailbox, uid) for part in bodies[1].split(",") for uid in _range(part)]
    return asked


def _range(text: str) -> range:
    first, _, last = text.partition(":")
    return range(int(first), int(last or first) + 1)


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _group_name() -> str:
    import grp
    return grp.getgrgid(os.getegid()).gr_name


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("start", "stop"))
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("users", nargs="*")
    parser.add_argument("--certificate", choices=KINDS, default=GOOD)
    arguments = parser.parse_args()
    if arguments.action == "stop":
        return 0 if stop_saved(arguments.directory) else 1
    users = {user: sys.stdin.readline().rstrip("\n") for user in arguments.users}
    stop_saved(arguments.directory)
    try:
        server = Dovecot(users, arguments.directory, arguments.certificate)
        server.start(detached=True)
    except (RuntimeError, ValueError) as error:
        sys.exit(f"dovecot.py: {error}")
    server.save_state()
    atexit.unregister(server.stop)
    print((arguments.directory / "server.json").read_text(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
