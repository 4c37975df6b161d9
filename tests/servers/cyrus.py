"""A private Cyrus IMAP server on loopback: namespaces with '.', a mailbox INBOX.* below INBOX, literals everywhere."""

import shlex

from own_root import OwnRootServer

ADMINISTRATOR = "administrator"
ADMINISTRATOR_PASSWORD = "keeper"
_UID = 60043

_IMAPD_CONF = """\
configdirectory: /srv/lib
proc_path: /srv/run/proc
mboxname_lockpath: /srv/run/lock
defaultpartition: default
partition-default: /srv/mail
lmtpsocket: /srv/run/lmtp
idlesocket: /srv/run/idle
notifysocket: /srv/run/notify
servername: localhost
admins: {administrator}
altnamespace: {slashes}
unixhierarchysep: {slashes}
specialusealways: yes
allowplaintext: no
skiplist_unsafe: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: /srv/sasldb2
sasl_mech_list: {mechanisms}
tls_server_cert: /srv/server.pem
tls_server_key: /srv/server.key
tls_client_ca_file: {authority}
tls_session_timeout: 0
tls_versions: {tls_versions}
"""

_CYRUS_CONF = """\
START {{
  recover cmd="/usr/lib/cyrus/bin/ctl_cyrusdb -C {place}/imapd.conf -r"
}}
SERVICES {{
  imap cmd="/usr/lib/cyrus/bin/imapd -C {place}/imapd.conf" listen="127.0.0.1:{imap_port}" proto="tcp4" prefork=1
  imaps cmd="/usr/lib/cyrus/bin/imapd -C {place}/imapd.conf -s" listen="127.0.0.1:{imaps_port}" proto="tcp4" prefork=1
}}
EVENTS {{
}}
"""

_START = """\
echo 'cyrus:x:{uid}:8::/:/bin/sh' >>/etc/passwd
cd /srv
mkdir -p lib/db run/proc run/lock mail
cp {place}/certificates/server.pem {place}/certificates/server.key .
{passwords}
chown -R cyrus:mail .
/usr/lib/cyrus/bin/master -C {place}/imapd.conf -M {place}/cyrus.conf -p {place}/pid &
wait
"""


class Cyrus(OwnRootServer):
    """With `slashes`, '/' separates levels and mailboxes stand beside INBOX, not below it.

    SCRAM with channel binding works with TLS 1.2 only: with 1.3 this Cyrus offers it and binds by tls-unique.
    """

    name = "cyrus"
    mechanisms = ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256")

    def __init__(self, users: dict[str, str], slashes: bool = False, tls_versions: str = "tls1_2 tls1_3"):
        super().__init__(users)
        self._tls_versions = tls_versions
        self.prefix, self.delimiter = ("", "/") if slashes else ("INBOX.", ".")
        self._slashes = slashes

    def start(self, detached: bool = False) -> None:
        super().start(detached)
        from independent import Client
        with Client(self, ADMINISTRATOR, ADMINISTRATOR_PASSWORD) as client:
            for user in self.users:
                client.check(client.imap.create(f"user{self.delimiter}{user}"))

    def write_config(self) -> None:
        (self.directory / "pid").unlink(missing_ok=True)
        values = {"place": self.directory, "administrator": ADMINISTRATOR, "imap_port": self.imap_port,
                  "imaps_port": self.imaps_port, "authority": self.certificates.authority,
                  "slashes": "yes" if self._slashes else "no",
                  "mechanisms": " ".join(self.mechanisms), "tls_versions": self._tls_versions}
        (self.directory / "imapd.conf").write_text(_IMAPD_CONF.format(**values))
        (self.directory / "cyrus.conf").write_text(_CYRUS_CONF.format(**values))

    def start_script(self) -> str:
        known = {**self.users, ADMINISTRATOR: ADMINISTRATOR_PASSWORD}
        lines = [f"printf %s {shlex.quote(password)} | saslpasswd2 -p -c -f /srv/sasldb2 -u localhost {user}"
                 for user, password in known.items()]
        return _START.format(place=self.directory, uid=_UID, passwords="\n".join(lines))

    def is_ours(self) -> bool:
        return (self.directory / "pid").exists()
