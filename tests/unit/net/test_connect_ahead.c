/* Connections that are made while their owner does something else. */
#include "connect_ahead.h"

#include <sys/socket.h>

#include "connection_text.h"
#include "error.h"
#include "leaping_clock.h"
#include "loopback_server.h"

enum { PATIENT_MS = 60 * 1000 };

static gint saw_end;

static void wait_for_end(int fd, SSL *ssl G_GNUC_UNUSED)
{
    char byte;
    g_atomic_int_set(&saw_end, recv(fd, &byte, 1, 0) == 0);
}

static void say_hello_in_clear(int fd, SSL *ssl G_GNUC_UNUSED)
{
    send(fd, "hello", 5, MSG_NOSIGNAL);
}

static ConnectAhead *ahead_to(uint16_t port)
{
    return connect_ahead_begin(
        &(Endpoint){.host = "127.0.0.1", .port = port, .connect_timeout_ms = PATIENT_MS, .idle_timeout_ms = PATIENT_MS},
        NULL);
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

/* What nobody takes is closed: the server's thread ends. */
static void test_not_taken(void)
{
    LoopbackServer *server = loopback_server_start(&(ServerScript){.serve = wait_for_end});
    g_atomic_int_set(&saw_end, 0);
    connect_ahead_free(ahead_to(loopback_server_port(server)));
    while (!g_atomic_int_get(&saw_end))
        g_usleep(1000);
    loopback_server_stop(server);
}

static void test_too_old(void)
{
    LoopbackServer *server = loopback_server_start(&(ServerScript){.serve = wait_for_end});
    g_atomic_int_set(&saw_end, 0);
    leaping_clock_step_us = 20 * G_USEC_PER_SEC;
    g_autoptr(ConnectAhead) ahead = ahead_to(loopback_server_port(server));
    g_autoptr(Connection) connection = connect_ahead_take(ahead, NULL);
    leaping_clock_step_us = 0;
    g_assert_nonnull(connection); /* another one */
    while (!g_atomic_int_get(&saw_end))
        g_usleep(1000);
    loopback_server_stop(server);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/connect-ahead/taken", test_taken);
    g_test_add_func("/connect-ahead/in-vain", test_in_vain);
    g_test_add_func("/connect-ahead/not-taken", test_not_taken);
    g_test_add_func("/connect-ahead/too-old", test_too_old);
    return g_test_run();
}
