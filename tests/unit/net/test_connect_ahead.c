/* Connections that are made while their owner does something else. */
#include "connect_ahead.h"

#include <sys/socket.h>

#include "connection_text.h"
#include "error.h"
#include "leaping_clock.h"
#include "silent_server.h"

/* Longer than any test may take. */
enum { PATIENT_MS = 60 * 60 * 1000 };

static void say_hello_in_clear(int fd, SSL *ssl G_GNUC_UNUSED)
{
    send(fd, "hello", 5, MSG_NOSIGNAL);
}

static void say_hello(int fd G_GNUC_UNUSED, SSL *ssl)
{
    SSL_write(ssl, "hello", 5);
    SSL_shutdown(ssl);
}

static ConnectAhead *ahead_to(uint16_t port)
{
    return connect_ahead_begin(
        &(Endpoint){.host = "127.0.0.1", .port = port, .connect_timeout_ms = PATIENT_MS, .idle_timeout_ms = PATIENT_MS},
        NULL, NULL);
}

static void test_taken(void)
{
    LoopbackServer *server = loopback_server_start(&(ServerScript){.serve = say_hello_in_clear});
    g_autoptr(ConnectAhead) ahead = ahead_to(loopback_server_port(server));
    g_autoptr(GError) error = NULL;
    g_autoptr(Connection) connection = connect_ahead_take(ahead, &error);
    g_assert_no_error(error);
    g_autofree char *text = connection_read_to_end(connection, NULL);
    g_assert_cmpstr(text, ==, "hello");
    loopback_server_stop(server);
}

static ConnectAhead *tls_ahead_to(const LoopbackServer *server, const char *ca_file, GCancellable *cancellable)
{
    return connect_ahead_begin(&(Endpoint){.host = "127.0.0.1",
                                           .port = loopback_server_port(server),
                                           .implicit_tls = true,
                                           .ca_file = ca_file,
                                           .connect_timeout_ms = PATIENT_MS,
                                           .idle_timeout_ms = PATIENT_MS},
                               NULL, cancellable);
}

/* What is taken is in verified TLS already. */
static void test_tls(void)
{
    Identity identity = identity_new(&identity_good_spec);
    LoopbackServer *server = loopback_server_start(&(ServerScript){.identity = &identity, .serve = say_hello});
    char *ca_file = identity_save(&identity);
    g_autoptr(ConnectAhead) ahead = tls_ahead_to(server, ca_file, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Connection) connection = connect_ahead_take(ahead, &error);
    g_assert_no_error(error);
    uint8_t binding[64];
    bool is_exporter;
    g_assert_cmpuint(connection_channel_binding(connection, binding, sizeof binding, &is_exporter), >, 0);
    g_autofree char *text = connection_read_to_end(connection, NULL);
    g_assert_cmpstr(text, ==, "hello");
    loopback_server_stop(server);
    identity_forget_file(ca_file);
    identity_clear(&identity);
}

static void test_stranger(void)
{
    Identity identity = identity_new(&identity_good_spec);
    LoopbackServer *server = loopback_server_start(&(ServerScript){.identity = &identity, .serve = say_hello});
    g_autoptr(ConnectAhead) ahead = tls_ahead_to(server, NULL, NULL);
    g_autoptr(GError) error = NULL;
    g_assert_null(connect_ahead_take(ahead, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_CERTIFICATE);
    loopback_server_stop(server);
    identity_clear(&identity);
}

/* In the middle of a handshake that the server does not answer. */
static void test_given_up(void)
{
    LoopbackServer *server = silent_server_start();
    ConnectAhead *ahead = tls_ahead_to(server, NULL, NULL);
    silent_server_wait(VISIT_SPOKE);
    connect_ahead_free(ahead);
    loopback_server_stop(server);
}

static void test_cancelled(void)
{
    LoopbackServer *server = silent_server_start();
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(ConnectAhead) ahead = tls_ahead_to(server, NULL, cancellable);
    silent_server_wait(VISIT_SPOKE);
    g_cancellable_cancel(cancellable);
    g_autoptr(GError) error = NULL;
    g_assert_null(connect_ahead_take(ahead, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_CANCELLED);
    loopback_server_stop(server);
}

static void test_in_vain(void)
{
    LoopbackServer *server = loopback_server_start(&(ServerScript){.serve = say_hello_in_clear});
    uint16_t port = loopback_server_port(server);
    loopback_server_stop(server);
    g_autoptr(ConnectAhead) ahead = ahead_to(port);
    g_autoptr(GError) error = NULL;
    g_assert_null(connect_ahead_take(ahead, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_CONNECT);
}

static void test_not_taken(void)
{
    LoopbackServer *server = silent_server_start();
    ConnectAhead *ahead = ahead_to(loopback_server_port(server));
    silent_server_wait(VISIT_CAME);
    connect_ahead_free(ahead);
    silent_server_wait(VISIT_LEFT);
    loopback_server_stop(server);
}

static void test_too_old(void)
{
    LoopbackServer *server = silent_server_start();
    leaping_clock_step_us = 20 * G_USEC_PER_SEC;
    g_autoptr(ConnectAhead) ahead = ahead_to(loopback_server_port(server));
    g_autoptr(Connection) connection = connect_ahead_take(ahead, NULL);
    leaping_clock_step_us = 0;
    g_assert_nonnull(connection); /* another one */
    silent_server_wait(VISIT_LEFT);
    loopback_server_stop(server);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/connect-ahead/taken", test_taken);
    g_test_add_func("/connect-ahead/tls", test_tls);
    g_test_add_func("/connect-ahead/stranger", test_stranger);
    g_test_add_func("/connect-ahead/given-up", test_given_up);
    g_test_add_func("/connect-ahead/cancelled", test_cancelled);
    g_test_add_func("/connect-ahead/in-vain", test_in_vain);
    g_test_add_func("/connect-ahead/not-taken", test_not_taken);
    g_test_add_func("/connect-ahead/too-old", test_too_old);
    return g_test_run();
}
