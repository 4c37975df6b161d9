/* The time that a server can make the parser take grows as what it sends, and no faster: four times the input costs
 * about four times the time, whatever the input is made of. Quadratic would be sixteen times. */
#include <string.h>
#include <time.h>

#include "imap_session.h"

/* Processor time, the least of some tries: what else the machine does counts little. */
enum { TRIES = 3, LEAST_BYTES = 200 << 10, TIMES = 4, PERCENT_AT_MOST = 800 };

typedef struct {
    const char *name;
    const char *begin;
    const char *repeated;
    const char *end;
    size_t piece; /* how many octets arrive at a time */
} Shape;

static const Shape shapes[] = {
    {"lines", "", "* 7 FETCH (UID 9 FLAGS (\\Seen $Label))\r\n", "", 65536},
    {"octets", "", "* 7 FETCH (UID 9 FLAGS (\\Seen $Label))\r\n", "", 1},
    {"one long line", "* SEARCH", " 4000000000", "\r\n", 65536},
    {"one long line in octets", "* SEARCH", " 4000000000", "\r\n", 1},
    {"a set", "* VANISHED (EARLIER) 1", ",3:5", "\r\n", 4096},
    {"literals", "* 1 FETCH (", "X {1}\r\na ", "UID 1)\r\n", 65536},
    {"literals in octets", "* 1 FETCH (", "X {1}\r\na ", "UID 1)\r\n", 1},
    {"literals that are none", "* 1 FETCH (", "{9}\r", "\r\n", 4096},
    {"parentheses", "* 1 FETCH (", "X ((((((((())))))))) ", "UID 1)\r\n", 65536},
    {"open parentheses", "* 1 FETCH (X ", "(", "\r\n", 65536},
    {"quotes", "* LIST () \"/\" \"", "\\\"", "\"\r\n", 65536},
    {"a number", "* 1 FETCH (UID ", "1", ")\r\n", 65536},
    {"a code", "* OK [X ", "\"]\"", "]\r\n", 65536},
    {"codes", "", "* OK [UIDNEXT 5] [\r\n", "", 65536},
    {"capabilities", "* CAPABILITY", " AUTH=X", "\r\n", 65536},
    {"a body", "* 1 FETCH (UID 1 BODY[] {100000000}\r\n", "* 1 FETCH (BODY[] {5}\r\n", "", 4096},
    {"bodies", "", "* 1 FETCH (BODY[] {1}\r\n) UID 1)\r\n", "", 65536},
    {"quoted bodies", "", "* 1 FETCH (BODY[] \"a\" UID 1)\r\n", "", 65536},
    {"broken lines", "", "* LIST (\r\n", "", 65536},
    {"empty lines of a literal", "* LIST () NIL {60000}\r\n", "\r\n", "", 65536},
};

static GString *input_of(const Shape *shape, size_t bytes)
{
    GString *input = g_string_new(shape->begin);
    while (input->len < bytes)
        g_string_append(input, shape->repeated);
    g_string_append(input, shape->end);
    return input;
}

static int64_t processor_time_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool drain(ImapSession *session)
{
    ImapEvent event;
    do {
        if (!imap_session_next(session, &event, NULL))
            return false;
    } while (event.kind != IMAP_EVENT_NEED_MORE);
    return true;
}

/* Until all is fed, or the session has had enough of it. */
static int64_t time_to_read_ns(const Shape *shape, const GString *input)
{
    static const char greeting[] = "* PREAUTH hi\r\n";
    g_autoptr(ImapSession) session = imap_session_new("A");
    imap_session_feed(session, greeting, strlen(greeting));
    g_assert_true(drain(session));
    int64_t start = processor_time_ns();
    for (size_t at = 0, length; at < input->len; at += length) {
        length = MIN(shape->piece, input->len - at);
        imap_session_feed(session, input->str + at, length);
        if (!drain(session))
            break;
    }
    return processor_time_ns() - start;
}

static int64_t least_time_ns(const Shape *shape, size_t bytes)
{
    g_autoptr(GString) input = input_of(shape, bytes);
    int64_t least = INT64_MAX;
    for (int i = 0; i < TRIES; i++)
        least = MIN(least, time_to_read_ns(shape, input));
    return least;
}

static void test_shape(gconstpointer data)
{
    const Shape *shape = data;
    int64_t percent = INT64_MAX;
    for (int i = 0; i < TRIES && percent > PERCENT_AT_MOST; i++) {
        int64_t once = least_time_ns(shape, LEAST_BYTES);
        percent = least_time_ns(shape, (size_t)TIMES * LEAST_BYTES) * 100 / once;
        g_test_message("%" G_GINT64_FORMAT " us, four times as much %" G_GINT64_FORMAT " %%", once / 1000, percent);
    }
    g_assert_cmpint(percent, <=, PERCENT_AT_MOST);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++) {
        g_autofree char *path = g_strconcat("/imap/linear/", shapes[i].name, NULL);
        g_test_add_data_func(path, &shapes[i], test_shape);
    }
    return g_test_run();
}
