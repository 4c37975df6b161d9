/* Servers that fall silent: every step of a login has a deadline and can be cancelled. */
#include "imap_login.h"

#include <string.h>
#include <unistd.h>

#include "error.h"
#include "loopback_server.h"

static const LoginWay impatiently = {.connect_timeout_ms = 200, .idle_timeout_ms = 200};

static void wait_for_end(int fd)
{
    char buffer[4096];
    while (read(fd, buffer, sizeof buffer) > 0)
        ;
}

static void say(int fd, const char *text)
{
    g_assert_cmpint(write(fd, text, strlen(text)), ==, (ssize_t)strlen(text));
}

static void serve_nothing(int fd, SSL *ssl G_GNUC_UNUSED)
{
    wait_for_end(fd);
}

static void serve_half_a_greeting(int fd, SSL *ssl G_GNUC_UNUSED)
{
    say(fd, "* OK rea");
    wait_for_end(fd);
}

static void serve_greeting(int fd, SSL *ssl G_GNUC_UNUSED)
{
    say(fd, "* OK ready\r\n");
    wait_for_end(fd);
}

static void check_silence(void (*serve)(int, SSL *), TlsMode tls)
{
    LoopbackServer *server = loopback_server_start(&(ServerScript){.serve = serve});
    AccountSettings settings = {
        .host = (char *)"127.0.0.1", .port = loopback_server_port(server), .tls = tls, .user = (char *)"alice"};
    g_autoptr(Secret) password = secret_new("sesame", 6);
    LoginOutcome outcome;
    g_autoptr(GError) error = NULL;
    g_assert_null(imap_login(&settings, &impatiently, password, &outcome, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_AGAIN);
    g_assert_nonnull(strstr(error->message, "silent"));
    loopback_server_stop(server);
}

static void test_handshake(void)
{
    check_silence(serve_nothing, TLS_IMPLICIT);
}

static void test_greeting(void)
{
    check_silence(serve_nothing, TLS_STARTTLS);
    check_silence(serve_half_a_greeting, TLS_STARTTLS);
}

static void test_starttls(void)
{
    check_silence(serve_greeting, TLS_STARTTLS);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/imap-login/silent-handshake", test_handshake);
    g_test_add_func("/imap-login/silent-greeting", test_greeting);
    g_test_add_func("/imap-login/silent-starttls", test_starttls);
    return g_test_run();
}
