"""Ways to log in that are not a password: OAuth tokens, client certificates, and passwords bound to the connection."""

import unittest

from cyrus import Cyrus
from dovecot import Dovecot
from fixtures import ALICE, PASSWORD, ServerTest, fill
from programs import FAILED, SERVER, Backup

HOUR = 3600


class Logins(ServerTest):
    def setUp(self):
        self.backup = self.enterContext(Backup()).init()

    def server(self, *mechanisms: str) -> Dovecot:
        server = self.enterContext(Dovecot({ALICE: PASSWORD}, mechanisms=mechanisms))
        fill(server, ALICE, 3)
        return server

    def add(self, server, *options: object, user: str = ALICE, expect: int | None = 0):
        return self.backup.run("add", user, "--host", server.host, "--port", server.imaps_port,
                               "--ca-file", server.ca_file, *options, expect=expect)

    def sync(self, server) -> None:
        self.backup.sync()
        with self.backup.mount() as mount:
            self.assertEqual(self.assert_mount_equals_server(mount, server), 3)

    def tokens(self, *lines: str) -> str:
        """A command that prints the next of these each time, and the last one for ever."""
        file = self.backup.home / "tokens"
        file.write_text("\n".join(lines) + "\n")
        return f"head -n1 {file}; [ $(wc -l <{file}) = 1 ] || sed -i 1d {file}"

    def tokens_left(self) -> int:
        return len((self.backup.home / "tokens").read_text().splitlines())


class Tokens(Logins):
    def setUp(self):
        super().setUp()
        self.oauth = self.server("oauthbearer", "xoauth2")
        self.good = self.oauth.token(ALICE, HOUR)
        self.expired = self.oauth.token(ALICE, -HOUR)

    def test_good(self):
        for mechanism in ("OAUTHBEARER", "XOAUTH2"):
            result = self.add(self.oauth, "--token-command", self.tokens(self.good), "--auth", mechanism)
            self.assertIn(f"Logged in with {mechanism}.", result.out.decode())
            self.sync(self.oauth)

    def test_the_stronger_is_chosen(self):
        result = self.add(self.oauth, "--token-command", self.tokens(self.good))
        self.assertIn("Logged in with OAUTHBEARER.", result.out.decode())

    def test_expired_is_asked_for_again(self):
        self.add(self.oauth, "--token-command", self.tokens(self.expired, self.good))
        self.add(self.oauth, "--token-command", self.tokens(self.good, self.expired, self.good))
        self.sync(self.oauth)

    def test_once_only(self):
        result = self.add(self.oauth, "--token-command", self.tokens(self.expired, self.expired + "x", self.good),
                          expect=SERVER)
        self.assertEqual(self.tokens_left(), 1)
        self.assertIn("refused", result.err)
        self.assertIn("invalid_token", result.err)
        self.assertIn("token command", result.err)
        self.assertNotIn(self.expired, result.err)

    def test_the_same_again_is_not_tried(self):
        self.add(self.oauth, "--token-command", f"echo {self.expired}", expect=SERVER)

    def test_of_somebody_else(self):
        token = self.oauth.token("bob@example.com", HOUR)
        self.add(self.oauth, "--token-command", f"echo {token}", expect=SERVER)

    def test_a_token_is_no_password(self):
        server = self.server()
        result = self.add(server, "--token-command", self.tokens(self.good), expect=SERVER)
        self.assertIn("no way to log in with a token", result.err)


class ClientCertificates(Logins):
    def setUp(self):
        super().setUp()
        self.strict = self.server("external")

    def test_instead_of_a_password(self):
        result = self.add(self.strict, "--client-cert", self.strict.certificates.client(ALICE))
        self.assertIn("Logged in with EXTERNAL.", result.out.decode())
        self.backup.sync()

    def test_key_in_its_own_file(self):
        both = self.strict.certificates.client(ALICE)
        certificate = both.with_suffix(".pem")
        self.add(self.strict, "--client-cert", certificate, "--client-key", both)
        self.backup.sync()

    def test_a_key_that_others_can_read(self):
        both = self.strict.certificates.client(ALICE)
        both.chmod(0o640)
        result = self.add(self.strict, "--client-cert", both, expect=FAILED)
        self.assertIn("chmod 600", result.err)

    def test_of_another_authority(self):
        other = self.server("external").certificates.client(ALICE)
        self.add(self.strict, "--client-cert", other, expect=SERVER)

    def test_no_key_in_it(self):
        other = self.strict.certificates.client(ALICE).with_suffix(".pem")
        other.chmod(0o600)
        self.assertIn(other.name, self.add(self.strict, "--client-cert", other, expect=None).err)


class Bound(Logins):
    def test_to_the_tls_connection(self):
        """Cyrus binds as the standards say with TLS 1.2; with 1.3 it does not, and the user is told."""
        for versions, mechanism in (("tls1_2", "SCRAM-SHA-256-PLUS"), ("tls1_3", "SCRAM-SHA-256")):
            with self.subTest(versions), Cyrus({"alice": PASSWORD}, tls_versions=versions) as server:
                result = self.backup.add(server, "alice")
                self.assertIn(f"Logged in with {mechanism}.", result.out.decode())
                self.assertEqual("SCRAM-SHA-256-PLUS as well" in result.out.decode(), versions == "tls1_3")
                self.backup.sync()


class Stored(Logins):
    def test_no_downgrade(self):
        """A server that takes less one day does not get to see the password."""
        server = self.server()
        self.backup.add(server, ALICE)
        settings = self.backup.repository / "accounts"
        self.assertIn("auth=SCRAM-SHA-256\n", settings.read_text())
        settings.write_text(settings.read_text().replace("SCRAM-SHA-256\n", "SCRAM-SHA-256-PLUS\n"))
        result = self.backup.sync(expect=SERVER)
        self.assertIn("does not offer SCRAM-SHA-256-PLUS", result.err)

    def test_password_command(self):
        server = self.server()
        secret = self.backup.secret_file(PASSWORD)
        self.add(server, "--password-command", f"cat {secret}")
        self.sync(server)


if __name__ == "__main__":
    unittest.main()
