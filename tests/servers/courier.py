"""A private Courier IMAP server on loopback: no LIST-STATUS, no CONDSTORE, all mailboxes below INBOX with '.'."""

import shlex

from own_root import OwnRootServer

_UID = 60044
_MEMORY_KIB = 4 << 20

_START = """\
cd /srv
echo 'courier:x:{uid}:{uid}::/:/bin/sh' >>/etc/passwd
echo 'courier:x:{uid}:' >>/etc/group
mkdir -p /run/courier/authdaemon homes
cat {place}/certificates/server.pem {place}/certificates/server.key >server.pem
{users}
chmod 600 /etc/courier/userdb
makeuserdb
chown -R courier:courier /run/courier homes server.pem
sed -i 's/^authmodulelist=.*/authmodulelist="authuserdb"/' /etc/courier/authdaemonrc
set -a
. /etc/courier/imapd
. /etc/courier/imapd-ssl
set +a
authdaemond start
export TLS_CERTFILE=/srv/server.pem TLS_DHPARAMS= TLS_CACHEFILE= TLS_TRUSTCERTS={authority}
export IMAP_ULIMITD={memory} IMAP_TLS_REQUIRED=1 IMAP_CAPABILITY_TLS="$IMAP_CAPABILITY_TLS {mechanisms}"
tcpd="couriertcpd -address=127.0.0.1 -maxprocs=40 -maxperip=40 -nodnslookup -noidentlookup"
imap="/usr/lib/courier/courier/imaplogin /usr/bin/imapd Maildir"
IMAP_STARTTLS=YES $tcpd {imap_port} $imap &
IMAP_TLS=1 $tcpd {imaps_port} /usr/bin/couriertls -server -tcpd -user=courier $imap &
echo $$ >{place}/started
wait
"""

_USER = """\
mkdir -p homes/{user}
maildirmake.courier homes/{user}/Maildir
printf '%s\\thome=%s|mail=%s|uid={uid}|gid={uid}|systempw=%s|hmac-md5pw=%s|hmac-sha256pw=%s\\n' {user} \\
  /srv/homes/{user} /srv/homes/{user}/Maildir "$(openssl passwd -6 {password})" \\
  "$(printf '%s\\n%s\\n' {password} {password} | userdbpw -hmac-md5)" \\
  "$(printf '%s\\n%s\\n' {password} {password} | userdbpw -hmac-sha256)" >>/etc/courier/userdb
"""


class Courier(OwnRootServer):
    name = "courier"
    prefix, delimiter = "INBOX.", "."
    mechanisms = ("PLAIN", "LOGIN", "CRAM-MD5")
    compresses = False

    def write_config(self) -> None:
        (self.directory / "started").unlink(missing_ok=True)

    def start_script(self) -> str:
        users = "".join(_USER.format(user=user, password=shlex.quote(password), uid=_UID)
                        for user, password in self.users.items())
        offered = " ".join(f"AUTH={name}" for name in self.mechanisms if name != "PLAIN")
        return _START.format(place=self.directory, uid=_UID, users=users, authority=self.certificates.authority,
                             memory=_MEMORY_KIB, imap_port=self.imap_port, imaps_port=self.imaps_port,
                             mechanisms=offered)

    def is_ours(self) -> bool:
        return (self.directory / "started").exists()
