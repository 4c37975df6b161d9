/* What recorded conversations cannot show: limits, time, and what stays in memory. */
#include <string.h>
#include <time.h>

#include "error.h"
#include "imap_event_log.h"
#include "mb_limits.h"

static ImapSession *greeted(void)
{
    static const char greeting[] = "* PREAUTH hi\r\n";
    ImapSession *session = imap_session_new("T");
    ImapEvent event;
    imap_session_feed(session, greeting, strlen(greeting));
    g_assert_true(imap_session_next(session, &event, NULL));
    g_assert_cmpint(event.kind, ==, IMAP_EVENT_GREETING);
    g_assert_true(imap_session_next(session, &event, NULL));
    return session;
}

#define PIECE_BYTES 256

/* Feeds in pieces; how many events came of it. */
static uint64_t feed_all(ImapSession *session, const char *data, size_t length, GError **error)
{
    ImapEvent event;
    uint64_t events = 0;
    for (size_t at = 0; at < length; at += PIECE_BYTES) {
        imap_session_feed(session, data + at, MIN(length - at, PIECE_BYTES));
        do {
            if (!imap_session_next(session, &event, error))
                return events;
            events += event.kind != IMAP_EVENT_NEED_MORE;
        } while (event.kind != IMAP_EVENT_NEED_MORE);
    }
    return events;
}

static void test_endless_line(void)
{
    g_autoptr(ImapSession) session = greeted();
    g_autoptr(GError) error = NULL;
    g_autofree char *line = g_strnfill(LIMIT_RESPONSE_BYTES + 2, '*');
    feed_all(session, line, LIMIT_RESPONSE_BYTES + 2, &error);
    g_assert_error(error, MB_ERROR, MB_ERROR_LIMIT);
}

static void test_many_literals(void)
{
    g_autoptr(ImapSession) session = greeted();
    g_autoptr(GError) error = NULL;
    g_autofree char *zeros = g_strnfill(LIMIT_INLINE_LITERAL_BYTES, '0');
    g_autoptr(GString) bytes = g_string_new("* 1 FETCH (");
    while (bytes->len <= LIMIT_RESPONSE_BYTES)
        g_string_append_printf(bytes, "X {%zu}\r\n%s ", LIMIT_INLINE_LITERAL_BYTES, zeros);
    feed_all(session, bytes->str, bytes->len, &error);
    g_assert_error(error, MB_ERROR, MB_ERROR_LIMIT);
}

static void test_dead_for_ever(void)
{
    g_autoptr(ImapSession) session = greeted();
    ImapEvent event;
    for (int i = 0; i < 3; i++) {
        g_autoptr(GError) error = NULL;
        imap_session_feed(session, "T9 OK\r\n", 7);
        g_assert_false(imap_session_next(session, &event, &error));
        g_assert_error(error, MB_ERROR, MB_ERROR_PROTOCOL);
        g_assert_nonnull(strstr(error->message, "T9 OK"));
    }
}

/* A large literal of an item that nobody asked for is passed over, not kept. */
static void test_large_other_literal(void)
{
    g_autoptr(ImapSession) session = greeted();
    g_autoptr(GString) bytes = g_string_new("* 1 FETCH (RFC822 {6000000}\r\n");
    g_autofree char *text = g_strnfill(6000000, 'x');
    g_string_append_printf(bytes, "%s UID 5)\r\n", text);
    g_autoptr(GString) log = g_string_new(NULL);
    imap_session_feed(session, bytes->str, bytes->len);
    g_assert_true(imap_event_log_drain(log, session));
    g_assert_cmpstr(log->str, ==, "FETCH 1 uid=5 modseq=0 body=absent,0\n");
}

/* The largest body that is allowed begins, and goes through in pieces no larger than what was fed. */
static void test_large_body(void)
{
    g_autoptr(ImapSession) session = greeted();
    g_autofree char *piece = g_strnfill(65536, 'x');
    static const char head[] = "* 1 FETCH (UID 1 BODY[] {2147483648}\r\n";
    uint64_t told = 0;
    ImapEvent event = {0};
    imap_session_feed(session, head, strlen(head));
    for (int i = 0; i < 1000; i++) {
        imap_session_feed(session, piece, 65536);
        g_assert_true(imap_session_next(session, &event, NULL));
        while (event.kind != IMAP_EVENT_NEED_MORE) {
            g_assert_true(event.kind != IMAP_EVENT_BODY_DATA || event.data.length <= 65536);
            told += event.kind == IMAP_EVENT_BODY_DATA ? event.data.length : 0;
            g_assert_true(imap_session_next(session, &event, NULL));
        }
        g_assert_cmpuint(imap_session_buffered_bytes(session), <, 100);
    }
    g_assert_cmpuint(told, ==, 65536000);
}

static void send_all(ImapSession *session, ImapCommand *command)
{
    const uint8_t *data;
    size_t length;
    imap_session_send(session, command);
    imap_session_output(session, &data, &length);
    imap_session_sent(session, length);
}

static void check_next(ImapSession *session, ImapEventKind kind, size_t buffered)
{
    ImapEvent event;
    g_assert_true(imap_session_next(session, &event, NULL));
    g_assert_cmpint(event.kind, ==, kind);
    g_assert_cmpuint(imap_session_buffered_bytes(session), ==, buffered);
}

/* What follows the OK of STARTTLS in the same packet is seen, down to one octet of an unfinished line. */
static void test_buffered_bytes(void)
{
    static const char bytes[] = "* OK hi\r\nT1 OK begin\r\n", injected[] = "* CAPABILITY EVIL\r\n";
    g_autoptr(ImapSession) session = imap_session_new("T");
    send_all(session, imap_command_starttls());
    imap_session_feed(session, bytes, strlen(bytes));
    imap_session_feed(session, injected, strlen(injected));
    check_next(session, IMAP_EVENT_GREETING, strlen("T1 OK begin\r\n") + strlen(injected));
    check_next(session, IMAP_EVENT_TAGGED, strlen(injected));
    check_next(session, IMAP_EVENT_CAPABILITY, 0);
    imap_session_feed(session, "*", 1);
    check_next(session, IMAP_EVENT_NEED_MORE, 1);
}

static void feed_text(ImapSession *session, const char *text)
{
    g_autoptr(GError) error = NULL;
    feed_all(session, text, strlen(text), &error);
    g_assert_no_error(error);
}

/* Capabilities do not outlive a turning point of the connection; only the OK of a login may tell new ones. */
static void test_capabilities_are_forgotten(void)
{
    g_autoptr(ImapSession) session = imap_session_new("T");
    feed_text(session, "* OK [CAPABILITY STARTTLS] hi\r\n");
    g_assert_true(imap_session_has_capability(session, "starttls"));
    send_all(session, imap_command_starttls());
    feed_text(session, "T1 OK [CAPABILITY AUTH=EVIL] begin\r\n");
    g_assert_false(imap_session_knows_capabilities(session));
    feed_text(session, "* CAPABILITY AUTH=PLAIN\r\n");
    g_assert_true(imap_session_has_capability(session, "AUTH=PLAIN"));
    send_all(session, imap_command_login("alice", "wrong", NULL));
    feed_text(session, "T2 NO no\r\n");
    g_assert_true(imap_session_has_capability(session, "AUTH=PLAIN"));
    send_all(session, imap_command_login("alice", "secret", NULL));
    feed_text(session, "T3 OK in\r\n");
    g_assert_false(imap_session_knows_capabilities(session));
    send_all(session, imap_command_login("alice", "secret", NULL));
    feed_text(session, "T4 OK [CAPABILITY LIST-STATUS] in\r\n");
    g_assert_true(imap_session_has_capability(session, "LIST-STATUS"));
    imap_session_forget_capabilities(session);
    g_assert_false(imap_session_has_capability(session, "LIST-STATUS"));
}

static void test_password_is_wiped(void)
{
    g_autoptr(ImapSession) session = imap_session_new("T");
    const uint8_t *data;
    size_t length;
    imap_session_send(session, imap_command_login("alice", "opensesame", NULL));
    imap_session_output(session, &data, &length);
    g_assert_nonnull(memmem(data, length, "opensesame", 10));
    imap_session_sent(session, length);
    g_assert_null(memmem(data, length, "opensesame", 10)); /* the buffer stays, the bytes do not */
}

static char *repeat(const char *head, const char *piece, size_t count, const char *tail)
{
    GString *text = g_string_new(head);
    for (size_t i = 0; i < count; i++)
        g_string_append(text, piece);
    g_string_append(text, tail);
    return g_string_free(text, FALSE);
}

static double processor_seconds(void)
{
    struct timespec now;
    g_assert_cmpint(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), ==, 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Below this it is the kernel's page faults that are measured. */
#define NOISE_SECONDS 1e-3

/* Processor time of feeding `text`, the shortest of a few tries. */
static double time_of(const char *text)
{
    double shortest = G_MAXDOUBLE;
    for (int i = 0; i < 5; i++) {
        g_autoptr(ImapSession) session = greeted();
        g_autoptr(GError) error = NULL;
        double start = processor_seconds();
        feed_all(session, text, strlen(text), &error);
        double taken = processor_seconds() - start;
        shortest = MIN(shortest, taken);
        g_assert_no_error(error);
    }
    return MAX(shortest, NOISE_SECONDS);
}

/* Four times the input may take about four times as long; squared it would be sixteen. */
static void test_time_is_linear(void)
{
    static const struct {
        const char *head, *piece, *tail;
        size_t count;
    } shapes[] = {
        {"", "* 1 FETCH (UID 1 FLAGS (\\Seen a b))\r\n", "", 20000},
        {"* 1 FETCH (X (", "{0}\r\n ", "))\r\n", 100000},
        {"* 1 FETCH (X (", "\"\\\"\" ", "))\r\n", 150000},
        {"* SEARCH", " 4294967295", "\r\n", 80000},
        {"* XXXXXXXXXXXX", "XXXXX {1}\r\n)", "\r\n", 60000},
        {"* OK [", "\"[\\\"\" ", "\r\n", 100000},
        {"* CAPABILITY", " AUTH=X", "\r\n", 120000},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++) {
        g_autofree char *small = repeat(shapes[i].head, shapes[i].piece, shapes[i].count, shapes[i].tail);
        g_autofree char *large = repeat(shapes[i].head, shapes[i].piece, 4 * shapes[i].count, shapes[i].tail);
        double ratio = time_of(large) / time_of(small);
        g_test_message("shape %zu: %.1f", i, ratio);
        g_assert_cmpfloat(ratio, <, 8);
    }
}

static void test_unsent_tag(void)
{
    g_autoptr(ImapSession) session = greeted();
    ImapEvent event;
    imap_session_send(session, imap_command_noop());
    imap_session_feed(session, "T1 OK\r\n", 7);
    g_assert_false(imap_session_next(session, &event, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/imap/session/endless-line", test_endless_line);
    g_test_add_func("/imap/session/many-literals", test_many_literals);
    g_test_add_func("/imap/session/dead-for-ever", test_dead_for_ever);
    g_test_add_func("/imap/session/large-other-literal", test_large_other_literal);
    g_test_add_func("/imap/session/large-body", test_large_body);
    g_test_add_func("/imap/session/buffered-bytes", test_buffered_bytes);
    g_test_add_func("/imap/session/capabilities-are-forgotten", test_capabilities_are_forgotten);
    g_test_add_func("/imap/session/password-is-wiped", test_password_is_wiped);
    g_test_add_func("/imap/session/time-is-linear", test_time_is_linear);
    g_test_add_func("/imap/session/unsent-tag", test_unsent_tag);
    return g_test_run();
}
