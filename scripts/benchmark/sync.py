"""How fast syncs are, against reading the bytes and against mbsync."""

import os
import pathlib
import random
import socket
import ssl
import subprocess
import time

from benchmark.budgets import Figure, not_measured, ratio
from benchmark.setting import ACCOUNT, PASSWORD, Run, Setting, TooSlow, have, median, run
from dovecot import Dovecot
from independent import Client, quote
from programs import PROGRAMS, Backup

FIRST_ROUNDS = 9
NOTHING_NEW_ROUNDS = 21
LARGE_MESSAGE_BYTES = 50_000_000
NEW_MESSAGES = 10
MANY_MAILBOXES = 1000
NEW_MESSAGE = b"Subject: one more\r\n\r\n" + b"".join(b"line %d of the new message\r\n" % line for line in range(200))

_MBSYNC_CONFIG = """\
IMAPAccount bench
Host localhost
Port {port}
User {user}
PassCmd "cat {password_file}"
SSLType IMAPS
CertificateFile {ca_file}
PipelineDepth 50

IMAPStore far
Account bench

MaildirStore near
Path {place}/
Inbox {place}/INBOX
SubFolders Verbatim

Channel bench
Far :far:
Near :near:
Patterns *
Create Near
Sync Pull
SyncState *
"""


def measure(setting: Setting) -> dict[str, Figure]:
    raw_read(setting)  # once for nothing: the server's own files come into the page cache
    raws, ours = [], []
    for _ in range(FIRST_ROUNDS):
        setting.renew_backup()
        os.sync()  # what was written and deleted before, behind which the sync would have to wait
        raws.append(raw_read(setting))
        ours.append(sync(setting.backup))
    figures = {"first/raw": ratio(median(ours), median(raws), "s"),
               "sync/memory": Figure(max(each.resident_mib for each in ours))}
    return (figures | against_mbsync(setting, median(ours)) | one_new_message(setting) | large_message() |
            round_trips(setting) | many_mailboxes())


def sync(backup: Backup) -> Run:
    return run(PROGRAMS / "mailbackup", "sync", "--quiet", environment=backup.environment)


def raw_read(setting: Setting) -> Run:
    """Everything a first sync must read, pipelined and thrown away."""
    with Client(setting.server, ACCOUNT) as client:
        mailboxes = [quote(mailbox) for mailbox in client.mailboxes()]
    commands = "".join(f"e EXAMINE {mailbox}\r\nf UID FETCH 1:* (FLAGS INTERNALDATE BODY.PEEK[])\r\n"
                       for mailbox in mailboxes)
    context = ssl.create_default_context(cafile=setting.server.ca_file)
    started = time.monotonic()
    plain = socket.create_connection((setting.server.host, setting.server.imaps_port))
    with context.wrap_socket(plain, server_hostname=setting.server.host) as connection:
        connection.sendall(f"a LOGIN {ACCOUNT} {PASSWORD}\r\n{commands}z LOGOUT\r\n".encode("latin-1"))
        before_last = last = b""
        while received := connection.recv(1 << 20):
            before_last, last = last, received
    seconds = time.monotonic() - started
    if b"\r\nz OK " not in before_last + last:
        raise RuntimeError(f"the raw read was cut short: {last[-200:]!r}")
    return Run(seconds, 0)


def against_mbsync(setting: Setting, our_first: float) -> dict[str, Figure]:
    if not have("mbsync"):
        return dict.fromkeys(("first/mbsync", "nothing/mbsync"), not_measured("mbsync is not installed"))
    command = ("mbsync", "-q", "-c", _mbsync_config(setting), "bench")
    try:
        first = run(*command)
    except TooSlow as slow:
        return dict.fromkeys(("first/mbsync", "nothing/mbsync"), not_measured(f"mbsync {slow}"))
    os.sync()  # what all those first syncs have written
    ours, theirs = [], []
    for _ in range(NOTHING_NEW_ROUNDS):
        ours.append(sync(setting.backup))
        theirs.append(run(*command))
    return {"first/mbsync": ratio(our_first, first.seconds, "s"),
            "nothing/mbsync": ratio(median(ours), median(theirs), "s")}


def _mbsync_config(setting: Setting) -> pathlib.Path:
    place = setting.place / "mbsync"
    place.mkdir()
    password_file = setting.place / "mbsync-password"
    password_file.write_text(PASSWORD + "\n")
    config = setting.place / "mbsyncrc"
    config.write_text(_MBSYNC_CONFIG.format(port=setting.server.imaps_port, user=ACCOUNT, place=place,
                                            password_file=password_file, ca_file=setting.server.ca_file))
    return config


def one_new_message(setting: Setting) -> dict[str, Figure]:
    """Several, each with a sync of its own."""
    grown = []
    for number in range(NEW_MESSAGES):
        before = _repository_bytes(setting.backup)
        with Client(setting.server, ACCOUNT) as client:
            client.append(b"INBOX", b"Message-ID: <%d@bench>\r\n" % number + NEW_MESSAGE)
        sync(setting.backup)
        grown.append(_repository_bytes(setting.backup) - before)
    compressed = len(subprocess.run(["zstd", "-3", "-c"], input=NEW_MESSAGE, capture_output=True, check=True).stdout)
    return {"one/bytes": Figure((max(grown) - compressed) / 1024,
                                f"{NEW_MESSAGES} messages: {min(grown):,} to {max(grown):,} new bytes each, compressed {compressed:,}")}


def _repository_bytes(backup: Backup) -> int:
    return sum(path.stat().st_size for path in backup.repository.rglob("*") if path.is_file())


def round_trips(setting: Setting) -> dict[str, Figure]:
    setting.server.record_commands()
    sync(setting.backup)
    return {"nothing/trips": Figure(setting.server.round_trips())}


def many_mailboxes() -> dict[str, Figure]:
    with Dovecot({ACCOUNT: PASSWORD}) as server, Backup() as backup:
        for number in range(MANY_MAILBOXES):
            server.maildir(ACCOUNT).create(f"Lists/{number}")
        backup.init().add(server, ACCOUNT)
        sync(backup)
        quiet = sync(backup)
        server.record_commands()
        sync(backup)
        return {"nothing/trips-1000": Figure(server.round_trips(), f"{quiet.seconds:.2f} s in all")}


def large_message() -> dict[str, Figure]:
    with Dovecot({ACCOUNT: PASSWORD}) as server, Backup() as backup:
        message = b"Subject: large\n\n" + random.Random(1).randbytes(LARGE_MESSAGE_BYTES)
        server.maildir(ACCOUNT).deliver("INBOX", message, 1_577_934_245)
        backup.init().add(server, ACCOUNT)
        return {"sync/memory-large": Figure(sync(backup).resident_mib)}
