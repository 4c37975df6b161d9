/* Connections that are begun before anybody knows whether they will be wanted. */
#include "tcp_attempt.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"
#include "error.h"
#include "leaping_clock.h"
#include "silent_server.h"

/* Longer than any test may take. */
enum { PATIENT_MS = 60 * 60 * 1000 };

static TcpAttempt *ended_attempt(const char *host, uint16_t port)
{
    TcpAttempt *attempt = tcp_attempt_begin(host, port);
    g_assert_nonnull(attempt);
    struct pollfd wait = {.fd = tcp_attempt_ended_fd(attempt), .events = POLLIN};
    g_assert_cmpint(poll(&wait, 1, PATIENT_MS), ==, 1);
    return attempt;
}

static uint16_t closed_port(void)
{
    LoopbackServer *server = silent_server_start();
    uint16_t port = loopback_server_port(server);
    loopback_server_stop(server);
    return port;
}

static void check_leads_to(int fd, uint16_t port)
{
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    g_assert_cmpint(getpeername(fd, (struct sockaddr *)&peer, &length), ==, 0);
    g_assert_cmpuint(ntohs(peer.sin_port), ==, port);
    g_assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    g_assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static void check_taken(const char *host)
{
    LoopbackServer *server = silent_server_start();
    uint16_t port = loopback_server_port(server);
    TcpAttempt *attempt = ended_attempt(host, port);
    int fd = tcp_attempt_take(attempt, host, port);
    check_leads_to(fd, port);
    g_assert_cmpint(tcp_attempt_take(attempt, host, port), ==, -1);
    tcp_attempt_free(attempt);
    check_leads_to(fd, port);
    close(fd);
    loopback_server_stop(server);
}

static void test_address(void)
{
    check_taken("127.0.0.1");
}

/* It may be that of an address where nobody listens, ::1, as well. */
static void test_name(void)
{
    check_taken("localhost");
}

static void test_other_server(void)
{
    LoopbackServer *server = silent_server_start();
    uint16_t port = loopback_server_port(server);
    g_autoptr(TcpAttempt) attempt = ended_attempt("127.0.0.1", port);
    g_assert_cmpint(tcp_attempt_take(attempt, "127.0.0.2", port), ==, -1);
    g_assert_cmpint(tcp_attempt_take(attempt, "127.0.0.1", (uint16_t)(port + 1)), ==, -1);
    silent_server_wait(VISIT_CAME);
    g_clear_pointer(&attempt, tcp_attempt_free);
    loopback_server_stop(server);
}

static void test_nobody_there(void)
{
    uint16_t port = closed_port();
    g_autoptr(TcpAttempt) refused = ended_attempt("127.0.0.1", port);
    g_assert_cmpint(tcp_attempt_take(refused, "127.0.0.1", port), ==, -1);
    g_autoptr(TcpAttempt) unknown = ended_attempt("no-such-host.invalid", port);
    g_assert_cmpint(tcp_attempt_take(unknown, "no-such-host.invalid", port), ==, -1);
    g_autoptr(TcpAttempt) no_name = ended_attempt("\xff", port);
    g_assert_cmpint(tcp_attempt_take(no_name, "\xff", port), ==, -1);
}

static void test_not_taken(void)
{
    LoopbackServer *server = silent_server_start();
    TcpAttempt *attempt = ended_attempt("127.0.0.1", loopback_server_port(server));
    silent_server_wait(VISIT_CAME);
    tcp_attempt_free(attempt);
    silent_server_wait(VISIT_LEFT);
    loopback_server_stop(server);
}

/* The thread is somewhere in between; it hangs up. */
static void test_given_up_at_once(void)
{
    LoopbackServer *server = silent_server_start();
    tcp_attempt_free(tcp_attempt_begin("127.0.0.1", loopback_server_port(server)));
    silent_server_wait(VISIT_LEFT);
    loopback_server_stop(server);
}

static void test_too_old(void)
{
    LoopbackServer *server = silent_server_start();
    uint16_t port = loopback_server_port(server);
    leaping_clock_step_us = 20 * G_USEC_PER_SEC;
    g_autoptr(TcpAttempt) attempt = ended_attempt("127.0.0.1", port);
    g_assert_cmpint(tcp_attempt_take(attempt, "127.0.0.1", port), ==, -1);
    leaping_clock_step_us = 0;
    silent_server_wait(VISIT_LEFT);
    loopback_server_stop(server);
}

static void hang_up(int fd, SSL *ssl G_GNUC_UNUSED)
{
    shutdown(fd, SHUT_RDWR);
}

static void test_hung_up(void)
{
    LoopbackServer *server = loopback_server_start(&(ServerScript){.serve = hang_up});
    uint16_t port = loopback_server_port(server);
    g_autoptr(TcpAttempt) attempt = ended_attempt("127.0.0.1", port);
    loopback_server_stop(server);
    g_assert_cmpint(tcp_attempt_take(attempt, "127.0.0.1", port), ==, -1);
}

static Connection *open_over(TcpAttempt *attempt, uint16_t port, GError **error)
{
    const Endpoint endpoint = {
        .host = "127.0.0.1", .port = port, .connect_timeout_ms = PATIENT_MS, .idle_timeout_ms = PATIENT_MS};
    return connection_open(&endpoint, attempt, NULL, error);
}

static void say_a_word(Connection *connection)
{
    Exchange exchange = {.send = "word", .send_length = 4};
    g_assert_true(connection_exchange(connection, &exchange, NULL));
}

/* The server serves the first that comes and nobody else. */
static void test_connection_over_it(void)
{
    LoopbackServer *server = silent_server_start();
    uint16_t port = loopback_server_port(server);
    g_autoptr(TcpAttempt) attempt = tcp_attempt_begin("127.0.0.1", port);
    Connection *connection = open_over(attempt, port, NULL);
    g_assert_nonnull(connection);
    say_a_word(connection);
    silent_server_wait(VISIT_SPOKE);
    g_clear_pointer(&attempt, tcp_attempt_free);
    g_assert_cmpint(silent_server_visit(), ==, VISIT_SPOKE);
    connection_close(connection);
    loopback_server_stop(server);
}

static void test_connection_without_it(void)
{
    g_autoptr(TcpAttempt) refused = ended_attempt("127.0.0.1", closed_port());
    LoopbackServer *server = silent_server_start();
    g_autoptr(Connection) connection = open_over(refused, loopback_server_port(server), NULL);
    g_assert_nonnull(connection);
    say_a_word(connection);
    silent_server_wait(VISIT_SPOKE);
    g_clear_pointer(&connection, connection_close);
    loopback_server_stop(server);
}

/* What went wrong is told by the one who wants the connection. */
static void test_no_connection(void)
{
    uint16_t port = closed_port();
    g_autoptr(TcpAttempt) refused = tcp_attempt_begin("127.0.0.1", port);
    g_autoptr(GError) error = NULL;
    g_assert_null(open_over(refused, port, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_CONNECT);
    g_assert_nonnull(strstr(error->message, "refused"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tcp-attempt/address", test_address);
    g_test_add_func("/tcp-attempt/name", test_name);
    g_test_add_func("/tcp-attempt/other-server", test_other_server);
    g_test_add_func("/tcp-attempt/nobody-there", test_nobody_there);
    g_test_add_func("/tcp-attempt/not-taken", test_not_taken);
    g_test_add_func("/tcp-attempt/given-up-at-once", test_given_up_at_once);
    g_test_add_func("/tcp-attempt/too-old", test_too_old);
    g_test_add_func("/tcp-attempt/hung-up", test_hung_up);
    g_test_add_func("/tcp-attempt/connection-over-it", test_connection_over_it);
    g_test_add_func("/tcp-attempt/connection-without-it", test_connection_without_it);
    g_test_add_func("/tcp-attempt/no-connection", test_no_connection);
    return g_test_run();
}
