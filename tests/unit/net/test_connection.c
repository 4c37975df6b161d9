/* Connections against real sockets and a real TLS server: what is accepted, what is refused, and in which words. */
#include "connection.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection_text.h"
#include "error.h"
#include "leaping_clock.h"
#include "loopback_server.h"

enum { PATIENT_MS = 60 * 1000, SHORT_MS = 200 };

static void serve_hello(int fd G_GNUC_UNUSED, SSL *ssl)
{
    SSL_write(ssl, "hello", 5);
    SSL_shutdown(ssl);
}

static Connection *open_to(const LoopbackServer *server, const char *host, const char *ca_file, unsigned timeout_ms)
{
    Endpoint endpoint = {.host = host,
                         .port = loopback_server_port(server),
                         .ca_file = ca_file,
                         .connect_timeout_ms = timeout_ms,
                         .idle_timeout_ms = timeout_ms};
    g_autoptr(GError) error = NULL;
    Connection *connection = connection_open(&endpoint, NULL, NULL, &error);
    g_assert_no_error(error);
    return connection;
}

/* A handshake with `identity`, trusting `trusted`: accepted when `words` is NULL, else refused in these words. */
static void check_handshake(const char *host, const Identity *identity, const Identity *trusted, const char *words)
{
    LoopbackServer *server = loopback_server_start(&(ServerScript){.identity = identity, .serve = serve_hello});
    char *ca_file = trusted ? identity_save(trusted) : NULL;
    Connection *connection = open_to(server, host, ca_file, PATIENT_MS);
    g_autoptr(GError) error = NULL;
    bool verified = connection_start_tls(connection, &error);
    if (words) {
        g_assert_error(error, MB_ERROR, MB_ERROR_CERTIFICATE);
        if (!strstr(error->message, words))
            g_error("\"%s\" does not say \"%s\"", error->message, words);
    } else {
        g_assert_no_error(error);
        g_autofree char *text = connection_read_to_end(connection, &error);
        g_assert_cmpstr(text, ==, "hello");
    }
    g_assert_cmpint(verified, ==, !words);
    connection_close(connection);
    loopback_server_stop(server);
    if (ca_file)
        identity_forget_file(ca_file);
}

static void check_spec(const IdentitySpec *spec, const char *host, const char *words)
{
    Identity identity = identity_new(spec);
    check_handshake(host, &identity, &identity, words);
    identity_clear(&identity);
}

static void test_trusted(void)
{
    check_spec(&identity_good_spec, "localhost", NULL);
    check_spec(&identity_good_spec, "127.0.0.1", NULL);
}

static void test_self_signed(void)
{
    Identity identity = identity_new(&identity_good_spec);
    check_handshake("localhost", &identity, NULL, "is self-signed; if you trust it, save it and give --ca-file FILE");
    identity_clear(&identity);
}

static void test_wrong_name(void)
{
    IdentitySpec spec = {.names = "DNS:mail.example.net,DNS:imap.example.net", .first_day = -1, .last_day = 30};
    check_spec(&spec, "localhost",
               "certificate is for mail.example.net, imap.example.net, not localhost; if that is the right server: "
               "mailbackup add --host mail.example.net ACCOUNT");
    check_spec(&spec, "127.0.0.1", "not 127.0.0.1");
    IdentitySpec partial = {.names = "DNS:loc*host", .first_day = -1, .last_day = 30};
    check_spec(&partial, "localhost", "not localhost");
}

static void test_wildcards(void)
{
    IdentitySpec spec = {.names = "DNS:*.mail.localhost", .first_day = -1, .last_day = 30};
    check_spec(&spec, "imap.mail.localhost", NULL);
    check_spec(&spec, "mail.localhost", "not mail.localhost");
    check_spec(&spec, "a.imap.mail.localhost", "not a.imap.mail.localhost"); /* a star is one level */
    IdentitySpec everything = {.names = "DNS:*", .first_day = -1, .last_day = 30};
    check_spec(&everything, "localhost", "not localhost");
}

static void test_addresses(void)
{
    IdentitySpec address = {.names = "IP:127.0.0.1", .first_day = -1, .last_day = 30};
    check_spec(&address, "127.0.0.1", NULL);
    check_spec(&address, "localhost", "certificate is for 127.0.0.1, not localhost");
    IdentitySpec other = {.names = "IP:127.0.0.2", .first_day = -1, .last_day = 30};
    check_spec(&other, "127.0.0.1", "not 127.0.0.1");
    IdentitySpec as_name = {.names = "DNS:127.0.0.1", .first_day = -1, .last_day = 30};
    check_spec(&as_name, "127.0.0.1", "not 127.0.0.1"); /* an address is no name */
}

static char *pin_of(const Identity *identity)
{
    unsigned char *key = NULL, digest[32];
    int length = i2d_PUBKEY(identity->key, &key);
    EVP_Digest(key, (size_t)length, digest, NULL, EVP_sha256(), NULL);
    OPENSSL_free(key);
    g_autofree char *text = g_base64_encode(digest, sizeof digest);
    return g_strconcat("sha256//", text, NULL);
}

static void check_pins(const Identity *identity, const char *pins, const char *words)
{
    LoopbackServer *server = loopback_server_start(&(ServerScript){.identity = identity, .serve = serve_hello});
    char *ca_file = identity_save(identity);
    Endpoint endpoint = {.host = "localhost",
                         .port = loopback_server_port(server),
                         .ca_file = ca_file,
                         .pins = pins,
                         .connect_timeout_ms = PATIENT_MS,
                         .idle_timeout_ms = PATIENT_MS};
    Connection *connection = connection_open(&endpoint, NULL, NULL, NULL);
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(connection_start_tls(connection, &error), ==, !words);
    if (words)
        g_assert_error(error, MB_ERROR, MB_ERROR_CERTIFICATE);
    if (words)
        g_assert_nonnull(strstr(error->message, words));
    connection_close(connection);
    loopback_server_stop(server);
    identity_forget_file(ca_file);
}

/* The key, besides all else; what to do when it has changed is said. */
static void test_pins(void)
{
    Identity identity = identity_new(&identity_good_spec), stranger = identity_new(&identity_good_spec);
    g_autofree char *pin = pin_of(&identity);
    g_autofree char *other = pin_of(&stranger);
    g_autofree char *both = g_strconcat(other, ",", pin, NULL);
    g_autofree char *advice = g_strconcat("mailbackup add --pin ", pin, NULL);
    check_pins(&identity, pin, NULL);
    check_pins(&identity, both, NULL);
    check_pins(&identity, other, advice);
    IdentitySpec expired_spec = {.names = "DNS:localhost", .first_day = -20, .last_day = -10};
    Identity expired = identity_new(&expired_spec);
    g_autofree char *expired_pin = pin_of(&expired);
    check_pins(&expired, expired_pin, "expired");
    identity_clear(&expired);
    identity_clear(&identity);
    identity_clear(&stranger);
}

static uint8_t server_binding[64];
static size_t server_binding_length;

static void serve_binding(int fd G_GNUC_UNUSED, SSL *ssl)
{
    static const char label[] = "EXPORTER-Channel-Binding";
    server_binding_length = 32;
    if (SSL_version(ssl) < TLS1_3_VERSION)
        server_binding_length = SSL_get_peer_finished(ssl, server_binding, sizeof server_binding);
    else
        SSL_export_keying_material(ssl, server_binding, 32, label, strlen(label), (const uint8_t *)"", 0, 1);
    SSL_shutdown(ssl);
}

/* Both ends know the same, with either version. */
static void check_binding(int version, bool exporter)
{
    Identity identity = identity_new(&identity_good_spec);
    LoopbackServer *server = loopback_server_start(
        &(ServerScript){.identity = &identity, .serve = serve_binding, .highest_tls_version = version});
    char *ca_file = identity_save(&identity);
    Connection *connection = open_to(server, "localhost", ca_file, PATIENT_MS);
    g_assert_true(connection_start_tls(connection, NULL));
    uint8_t bytes[64];
    bool is_exporter;
    size_t length = connection_channel_binding(connection, bytes, sizeof bytes, &is_exporter);
    g_autofree char *rest = connection_read_to_end(connection, NULL);
    loopback_server_stop(server);
    g_assert_cmpint(is_exporter, ==, exporter);
    g_assert_cmpuint(length, >, 0);
    g_assert_cmpmem(bytes, length, server_binding, server_binding_length);
    g_assert_true(connection_is_loopback(connection));
    connection_close(connection);
    identity_forget_file(ca_file);
    identity_clear(&identity);
}

static void test_channel_binding(void)
{
    check_binding(TLS1_3_VERSION, true);
    check_binding(TLS1_2_VERSION, false);
}

/* A name with a NUL or a terminal's escape inside must not reach the user as it is. */
static void test_hostile_name(void)
{
    IdentitySpec spec = {.names = "DNS:a\033[2Jb", .first_day = -1, .last_day = 30};
    check_spec(&spec, "localhost", "a\\x1b[2Jb");
}

static void test_dates(void)
{
    IdentitySpec expired = {.names = "DNS:localhost", .first_day = -20, .last_day = -10};
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autoptr(GDateTime) end = g_date_time_add_days(now, -10);
    g_autofree char *words = g_date_time_format(end, "certificate expired on %Y-%m-%d");
    check_spec(&expired, "localhost", words);
    IdentitySpec early = {.names = "DNS:localhost", .first_day = 10, .last_day = 20};
    check_spec(&early, "localhost", "certificate is not valid before");
}

static void test_issuers(void)
{
    IdentitySpec authority_spec = {.names = "DNS:authority.example", .first_day = -1, .last_day = 30};
    Identity authority = identity_new(&authority_spec);
    IdentitySpec spec = {.names = "DNS:localhost", .first_day = -1, .last_day = 30, .issuer = &authority};
    Identity identity = identity_new(&spec);
    Identity stranger = identity_new(&identity_good_spec);
    check_handshake("localhost", &identity, &stranger, "which is not known here");
    check_handshake("localhost", &identity, &identity, NULL); /* a server's own certificate may be the trusted one */
    identity_clear(&authority);
    identity_clear(&identity);
    identity_clear(&stranger);
}

static void test_old_tls(void)
{
    Identity identity = identity_new(&identity_good_spec);
    LoopbackServer *server = loopback_server_start(
        &(ServerScript){.identity = &identity, .highest_tls_version = TLS1_1_VERSION, .serve = serve_hello});
    Connection *connection = open_to(server, "localhost", NULL, PATIENT_MS);
    g_autoptr(GError) error = NULL;
    g_assert_false(connection_start_tls(connection, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_CERTIFICATE);
    g_assert_nonnull(strstr(error->message, "older than version 1.2"));
    connection_close(connection);
    loopback_server_stop(server);
    identity_clear(&identity);
}

static void serve_plain_greeting(int fd, SSL *ssl G_GNUC_UNUSED)
{
    char buffer[4096];
    g_assert_cmpint(write(fd, "* OK ready\r\n", 12), ==, 12);
    while (read(fd, buffer, sizeof buffer) > 0)
        ;
}

static void test_no_tls(void)
{
    LoopbackServer *server = loopback_server_start(&(ServerScript){.serve = serve_plain_greeting});
    Connection *connection = open_to(server, "localhost", NULL, PATIENT_MS);
    g_autoptr(GError) error = NULL;
    g_assert_false(connection_start_tls(connection, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_CONNECT);
    g_assert_nonnull(strstr(error->message, "speaks no TLS there"));
    connection_close(connection);
    loopback_server_stop(server);
}

static void serve_cut(int fd, SSL *ssl)
{
    SSL_write(ssl, "hel", 3);
    shutdown(fd, SHUT_RDWR);
}

static void check_end(void (*serve)(int, SSL *), const char *text, const char *words)
{
    Identity identity = identity_new(&identity_good_spec);
    LoopbackServer *server = loopback_server_start(&(ServerScript){.identity = &identity, .serve = serve});
    char *ca_file = identity_save(&identity);
    Connection *connection = open_to(server, "localhost", ca_file, PATIENT_MS);
    g_autoptr(GError) error = NULL;
    g_assert_true(connection_start_tls(connection, &error));
    g_autofree char *got = connection_read_to_end(connection, &error);
    g_assert_cmpstr(got, ==, text);
    g_assert_error(error, MB_ERROR, MB_ERROR_AGAIN);
    g_assert_nonnull(strstr(error->message, words));
    connection_close(connection);
    loopback_server_stop(server);
    identity_forget_file(ca_file);
    identity_clear(&identity);
}

static void test_ends(void)
{
    check_end(serve_hello, "hello", "the server closed the connection");
    check_end(serve_cut, "hel", "the connection was cut");
}

static void serve_silence(int fd, SSL *ssl G_GNUC_UNUSED)
{
    char buffer[4096];
    while (read(fd, buffer, sizeof buffer) > 0)
        ;
}

static void check_timeout(void (*serve)(int, SSL *), bool (*wait)(Connection *, GError **), const char *words)
{
    LoopbackServer *server = loopback_server_start(&(ServerScript){.serve = serve});
    Connection *connection = open_to(server, "127.0.0.1", NULL, leaping_clock_step_us ? PATIENT_MS : SHORT_MS);
    g_autoptr(GError) error = NULL;
    g_assert_false(wait(connection, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_AGAIN);
    g_assert_nonnull(strstr(error->message, words));
    connection_close(connection);
    loopback_server_stop(server);
}

static bool receive_once(Connection *connection, GError **error)
{
    char bytes[4096];
    Exchange exchange = {.receive = bytes, .receive_size = sizeof bytes};
    return connection_exchange(connection, &exchange, error);
}

static void test_silence(void)
{
    check_timeout(serve_silence, receive_once, "silent");
    check_timeout(serve_silence, connection_start_tls, "silent");
}

/* The beginning of a TLS record of 16 KiB, and then a byte now and then. */
static void serve_slowly(int fd, SSL *ssl G_GNUC_UNUSED)
{
    static const char record[] = {0x16, 3, 3, 0x40, 0, 2};
    if (send(fd, record, sizeof record, MSG_NOSIGNAL) < 0)
        return;
    while (send(fd, "", 1, MSG_NOSIGNAL) == 1)
        g_usleep(1000);
}

static bool receive_to_end(Connection *connection, GError **error)
{
    while (receive_once(connection, error))
        ;
    return false;
}

static void test_slowness(void)
{
    leaping_clock_step_us = G_USEC_PER_SEC;
    check_timeout(serve_slowly, receive_to_end, "next to nothing");
    check_timeout(serve_slowly, connection_start_tls, "next to nothing");
    leaping_clock_step_us = 0;
}

/* As much as must come, in more time than one that says next to nothing has. */
static void serve_patiently(int fd, SSL *ssl G_GNUC_UNUSED)
{
    static const char bytes[1 << 10];
    for (int i = 0; i < 1000 && send(fd, bytes, sizeof bytes, MSG_NOSIGNAL) > 0; i++)
        g_usleep(1000);
}

static void test_patience(void)
{
    leaping_clock_step_us = G_USEC_PER_SEC;
    check_timeout(serve_patiently, receive_to_end, "closed");
    leaping_clock_step_us = 0;
}

/* After a handshake that failed not a byte goes out, least of all in the clear. */
static void test_no_use_after_failure(void)
{
    LoopbackServer *server = loopback_server_start(&(ServerScript){.serve = serve_silence});
    Connection *connection = open_to(server, "127.0.0.1", NULL, SHORT_MS);
    g_autoptr(GError) error = NULL;
    g_assert_false(connection_start_tls(connection, NULL));
    Exchange exchange = {.send = "secret", .send_length = 6};
    g_assert_false(connection_exchange(connection, &exchange, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_AGAIN);
    g_assert_nonnull(strstr(error->message, "lost"));
    g_assert_cmpuint(exchange.sent, ==, 0);
    connection_close(connection);
    loopback_server_stop(server);
}

static void *cancel_soon(void *cancellable)
{
    g_usleep(50 * 1000);
    g_cancellable_cancel(cancellable);
    return NULL;
}

static void test_cancel(void)
{
    LoopbackServer *server = loopback_server_start(&(ServerScript){.serve = serve_silence});
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    Endpoint endpoint = {.host = "127.0.0.1",
                         .port = loopback_server_port(server),
                         .connect_timeout_ms = PATIENT_MS,
                         .idle_timeout_ms = PATIENT_MS};
    g_autoptr(GError) error = NULL;
    Connection *connection = connection_open(&endpoint, NULL, cancellable, &error);
    g_assert_no_error(error);
    GThread *thread = g_thread_new("cancel", cancel_soon, cancellable);
    g_assert_false(receive_once(connection, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_CANCELLED);
    g_thread_join(thread);
    connection_close(connection);
    loopback_server_stop(server);
}

static void check_no_connection(const char *host, uint16_t port, const char *words)
{
    Endpoint endpoint = {.host = host, .port = port, .connect_timeout_ms = PATIENT_MS, .idle_timeout_ms = PATIENT_MS};
    g_autoptr(GError) error = NULL;
    g_assert_null(connection_open(&endpoint, NULL, NULL, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_CONNECT);
    g_assert_nonnull(strstr(error->message, words));
}

static void test_no_connection(void)
{
    LoopbackServer *server = loopback_server_start(&(ServerScript){.serve = serve_silence});
    uint16_t port = loopback_server_port(server);
    loopback_server_stop(server);
    check_no_connection("127.0.0.1", port, "connection refused");
    check_no_connection("no-such-host.invalid", 993, "no-such-host.invalid");
}

enum { MUCH = 8 << 20 };

/* Says much before it listens to anything. */
static void serve_talker(int fd G_GNUC_UNUSED, SSL *ssl)
{
    g_autofree char *data = g_malloc0(MUCH);
    g_assert_cmpint(SSL_write(ssl, data, MUCH), ==, MUCH);
    for (size_t got = 0, now; got < MUCH; got += now)
        g_assert_cmpint(SSL_read_ex(ssl, data, MUCH, &now), ==, 1);
    SSL_shutdown(ssl);
}

static void talk_both_ways(Connection *connection)
{
    g_autofree char *data = g_malloc0(MUCH);
    char buffer[16384];
    size_t sent = 0;
    size_t received = 0;
    g_autoptr(GError) error = NULL;
    while (sent < MUCH || received < MUCH) {
        Exchange exchange = {
            .send = data + sent, .send_length = MUCH - sent, .receive = buffer, .receive_size = sizeof buffer};
        g_assert_true(connection_exchange(connection, &exchange, &error));
        sent += exchange.sent;
        received += exchange.received;
    }
    g_assert_cmpuint(received, ==, MUCH);
}

static void test_both_ways(void)
{
    Identity identity = identity_new(&identity_good_spec);
    LoopbackServer *server = loopback_server_start(&(ServerScript){.identity = &identity, .serve = serve_talker});
    char *ca_file = identity_save(&identity);
    Connection *connection = open_to(server, "localhost", ca_file, PATIENT_MS);
    g_autoptr(GError) error = NULL;
    g_assert_true(connection_start_tls(connection, &error));
    talk_both_ways(connection);
    connection_close(connection);
    loopback_server_stop(server);
    identity_forget_file(ca_file);
    identity_clear(&identity);
}

static void serve_nobody(int fd G_GNUC_UNUSED, SSL *ssl G_GNUC_UNUSED)
{
}

/* Writing to a peer that is gone is an error and not a signal. The first byte may still go out: only the answer to it
 * tells that nobody is there. */
static void test_no_sigpipe(void)
{
    LoopbackServer *server = loopback_server_start(&(ServerScript){.serve = serve_nobody});
    Connection *connection = open_to(server, "127.0.0.1", NULL, PATIENT_MS);
    loopback_server_stop(server);
    signal(SIGPIPE, SIG_DFL); /* GIO has set it to be ignored by now */
    g_autoptr(GError) error = NULL;
    char byte = 0;
    Exchange exchange = {.send = &byte, .send_length = 1, .receive = &byte, .receive_size = 1};
    while (connection_exchange(connection, &exchange, &error))
        ;
    g_assert_error(error, MB_ERROR, MB_ERROR_AGAIN);
    connection_close(connection);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/connection/trusted", test_trusted);
    g_test_add_func("/connection/self-signed", test_self_signed);
    g_test_add_func("/connection/wrong-name", test_wrong_name);
    g_test_add_func("/connection/wildcards", test_wildcards);
    g_test_add_func("/connection/addresses", test_addresses);
    g_test_add_func("/connection/pins", test_pins);
    g_test_add_func("/connection/channel-binding", test_channel_binding);
    g_test_add_func("/connection/hostile-name", test_hostile_name);
    g_test_add_func("/connection/dates", test_dates);
    g_test_add_func("/connection/issuers", test_issuers);
    g_test_add_func("/connection/old-tls", test_old_tls);
    g_test_add_func("/connection/no-tls", test_no_tls);
    g_test_add_func("/connection/ends", test_ends);
    g_test_add_func("/connection/silence", test_silence);
    g_test_add_func("/connection/slowness", test_slowness);
    g_test_add_func("/connection/patience", test_patience);
    g_test_add_func("/connection/no-use-after-failure", test_no_use_after_failure);
    g_test_add_func("/connection/cancel", test_cancel);
    g_test_add_func("/connection/no-connection", test_no_connection);
    g_test_add_func("/connection/both-ways", test_both_ways);
    g_test_add_func("/connection/no-sigpipe", test_no_sigpipe);
    return g_test_run();
}
