"""Throwaway certificates for a server on loopback: one authority and the ways in which a certificate can be wrong."""

import base64
import datetime
import hashlib
import pathlib
import subprocess

GOOD = "good"
SELF_SIGNED = "self-signed"
WRONG_NAME = "wrong-name"
EXPIRED = "expired"
KINDS = (GOOD, SELF_SIGNED, WRONG_NAME, EXPIRED)

_LOOPBACK_NAMES = "DNS:localhost,IP:127.0.0.1"
_OTHER_NAMES = "DNS:mail.example.net"

_CA_CONFIG = """\
[ca]
default_ca = throwaway
[throwaway]
database = {directory}/ca-index
new_certs_dir = {directory}
serial = {directory}/ca-serial
default_md = sha256
policy = anything
x509_extensions = server
[anything]
commonName = supplied
[server]
basicConstraints = critical,CA:false
extendedKeyUsage = serverAuth
subjectAltName = {names}
"""


class Certificates:
    """Files in `directory`: the authority's certificate, and the server's certificate and key."""

    def __init__(self, directory: pathlib.Path, kind: str = GOOD):
        self.directory = directory
        self.authority = directory / "ca.pem"
        self.certificate = directory / "server.pem"
        self.key = directory / "server.key"
        if not self.certificate.exists():
            self._make(kind)

    def client(self, name: str) -> pathlib.Path:
        """A file with a key and a certificate of the authority for `name`."""
        both, request, certificate = (self.directory / f"client{suffix}" for suffix in (".both", ".csr", ".pem"))
        self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                      "-subj", f"/CN={name}", "-keyout", both, "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", self.directory / "ca.key",
                      "-set_serial", "77", "-days", "30", "-out", certificate)
        both.write_bytes(both.read_bytes() + certificate.read_bytes())
        both.chmod(0o600)
        return both

    def pin(self) -> str:
        """Of the server's public key, in the form of RFC 7469."""
        key = subprocess.run(["openssl", "x509", "-in", self.certificate, "-pubkey", "-noout"], check=True,
                             capture_output=True).stdout
        der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=key, check=True,
                             capture_output=True).stdout
        return "sha256//" + base64.b64encode(hashlib.sha256(der).digest()).decode()

    def _make(self, kind: str) -> None:
        self._self_signed(self.authority, self.directory / "ca.key", "Throwaway authority",
                          "-addext", "basicConstraints=critical,CA:true")
        if kind == SELF_SIGNED:
            self._self_signed(self.certificate, self.key, "localhost", "-addext", f"subjectAltName={_LOOPBACK_NAMES}")
        else:
            self._signed(_OTHER_NAMES if kind == WRONG_NAME else _LOOPBACK_NAMES, expired=kind == EXPIRED)

    def _self_signed(self, certificate: pathlib.Path, key: pathlib.Path, name: str, *extensions: str) -> None:
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                      "-days", "30", "-subj", f"/CN={name}", *extensions, "-keyout", key, "-out", certificate)

    def _signed(self, names: str, expired: bool) -> None:
        config = self.directory / "ca.conf"
        config.write_text(_CA_CONFIG.format(directory=self.directory, names=names))
        (self.directory / "ca-index").touch()
        (self.directory / "ca-serial").write_text("01\n")
        request = self.directory / "server.csr"
        self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                      "-subj", "/CN=server", "-keyout", self.key, "-out", request)
        begin, end = _validity(expired)
        self._openssl("ca", "-batch", "-notext", "-config", config, "-cert", self.authority,
                      "-keyfile", self.directory / "ca.key", "-startdate", begin, "-enddate", end,
                      "-in", request, "-out", self.certificate)

    def _openssl(self, *arguments: object) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def _validity(expired: bool) -> tuple[str, str]:
    now = datetime.datetime.now(datetime.timezone.utc)
    end = now - datetime.timedelta(days=1) if expired else now + datetime.timedelta(days=30)
    return tuple(moment.strftime("%Y%m%d%H%M%SZ") for moment in (now - datetime.timedelta(days=2), end))
