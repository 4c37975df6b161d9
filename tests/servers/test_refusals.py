"""What must not work: wrong passwords, servers that are not there or not who they should be, secrets that others can
read. Each gives one clear line and exit status 4, and nothing that was stored suffers."""

import socket
import unittest

import certificates
from dovecot import Dovecot
from fixtures import ALICE, PASSWORD, ServerTest, fill, hashes
from programs import FAILED, SERVER, Backup

WRONG_PASSWORD = "not-the-password"


class Refusals(ServerTest):
    def setUp(self):
        self.backup = self.enterContext(Backup()).init()

    def server(self, **how) -> Dovecot:
        server = self.enterContext(Dovecot({ALICE: PASSWORD}, **how))
        fill(server, ALICE, 10)
        return server

    def assert_refused(self, result, *words: str) -> None:
        """The first line of standard error says what is wrong."""
        self.assertEqual(result.status, SERVER, result.err)
        first_line = result.err.splitlines()[0].lower()
        self.assertTrue(any(word in first_line for word in words), result.err)
        self.assertTrue(first_line.startswith("mailbackup: "), result.err)
        self.assertNotIn(PASSWORD, result.err)
        self.assertNotIn(WRONG_PASSWORD, result.err)
        self.assertEqual(self.backup.run("accounts", "--json").json["accounts"], [])

    def test_wrong_password(self):
        result = self.backup.add(self.server(), ALICE, password=WRONG_PASSWORD, expect=None)
        self.assert_refused(result, "login", "password", "authentication")

    def test_unknown_host(self):
        result = self.backup.add(self.server(), ALICE, host="no-such-host.invalid", expect=None)
        self.assert_refused(result, "no-such-host.invalid")

    def test_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        result = self.backup.add(self.server(), ALICE, port=port, expect=None)
        self.assert_refused(result, "refused")

    def test_self_signed_certificate(self):
        result = self.backup.add(self.server(certificate=certificates.SELF_SIGNED), ALICE, expect=None)
        self.assert_refused(result, "self-signed", "self signed", "not trusted")

    def test_certificate_of_an_unknown_authority(self):
        trusted, server = self.server(), self.server()
        result = self.backup.add(server, ALICE, "--ca-file", trusted.ca_file, expect=None)
        self.assert_refused(result, "certificate")

    def test_certificate_for_another_name(self):
        for tls in ("implicit", "starttls"):
            server = self.server(certificate=certificates.WRONG_NAME)
            result = self.backup.add(server, ALICE, tls=tls, expect=None)
            self.assert_refused(result, "mail.example.net")

    def test_expired_certificate(self):
        result = self.backup.add(self.server(certificate=certificates.EXPIRED), ALICE, expect=None)
        self.assert_refused(result, "expired")

    def test_a_key_that_is_not_pinned(self):
        server, other = self.server(), self.server()
        result = self.backup.add(server, ALICE, "--pin", other.certificates.pin(), expect=None)
        self.assert_refused(result, "not pinned")
        self.backup.add(server, ALICE, "--pin", f"{other.certificates.pin()},{server.certificates.pin()}")

    def test_no_tls_only_on_this_machine(self):
        server = self.server(tls=False)
        self.backup.add(server, ALICE, port=server.imap_port, tls="none")
        self.backup.sync()

    def test_no_password_in_the_clear(self):
        """A server that offers no STARTTLS does not get to see the password."""
        server = self.server(tls=False)
        result = self.backup.add(server, ALICE, tls="starttls", expect=None)
        self.assert_refused(result, "starttls", "tls")

    def test_a_secret_that_others_can_read(self):
        server = self.server()
        secret = self.backup.secret_file(PASSWORD)
        secret.chmod(0o644)
        result = self.backup.run("add", ALICE, "--host", server.host, "--port", server.imaps_port, "--ca-file",
                                 server.ca_file, "--password-file", secret, expect=None)
        self.assertEqual(result.status, FAILED, result.err)
        self.assertIn(str(secret.name), result.err)

    def test_what_was_stored_outlives_a_refusal(self):
        server = self.server()
        self.backup.add(server, ALICE)
        self.backup.sync()
        mount = self.enterContext(self.backup.mount())
        before = hashes(mount.snapshot(ALICE))
        self.backup.secret_file(PASSWORD).write_text(WRONG_PASSWORD + "\n")
        self.backup.sync(expect=SERVER)
        server.stop_process()
        self.backup.sync(expect=SERVER)
        self.assertEqual(hashes(mount.snapshot(ALICE)), before)
        self.assertEqual(len(mount.snapshots(ALICE)), 1)
        self.backup.check()


if __name__ == "__main__":
    unittest.main()
