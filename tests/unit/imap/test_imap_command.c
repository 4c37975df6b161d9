/* Commands as they go out: exact bytes, and that no argument ever becomes a command. */
#include <string.h>

#include "error.h"
#include "imap_session.h"

static char *output_of(ImapSession *session)
{
    const uint8_t *data;
    size_t length;
    imap_session_output(session, &data, &length);
    char *text = g_strndup((const char *)data, length);
    imap_session_sent(session, length);
    return text;
}

static void check_output(ImapCommand *command, const char *expected)
{
    g_autoptr(ImapSession) session = imap_session_new("T");
    g_assert_nonnull(command);
    g_assert_cmpuint(imap_session_send(session, command), ==, 1);
    g_autofree char *said = output_of(session);
    g_assert_cmpstr(said, ==, expected);
}

static const uint8_t *octets(const char *text)
{
    return (const uint8_t *)text;
}

static void test_exact_bytes(void)
{
    check_output(imap_command_capability(), "T1 CAPABILITY\r\n");
    check_output(imap_command_starttls(), "T1 STARTTLS\r\n");
    check_output(imap_command_noop(), "T1 NOOP\r\n");
    check_output(imap_command_logout(), "T1 LOGOUT\r\n");
    check_output(imap_command_id("a", "1", NULL), "T1 ID (\"name\" \"a\" \"version\" \"1\")\r\n");
    check_output(imap_command_login("a\"b\\c", "", NULL), "T1 LOGIN \"a\\\"b\\\\c\" \"\"\r\n");
    check_output(imap_command_authenticate("SCRAM-SHA-256", NULL, 0, NULL), "T1 AUTHENTICATE SCRAM-SHA-256\r\n");
    check_output(imap_command_authenticate("EXTERNAL", "", 0, NULL), "T1 AUTHENTICATE EXTERNAL =\r\n");
    check_output(imap_command_authenticate("PLAIN", "\0a\0b", 4, NULL), "T1 AUTHENTICATE PLAIN AGEAYg==\r\n");
    check_output(imap_command_list(false, 0), "T1 LIST \"\" \"*\"\r\n");
    check_output(imap_command_list(true, 0), "T1 LIST \"\" \"*\" RETURN (SPECIAL-USE)\r\n");
    check_output(imap_command_list(false, IMAP_STATUS_UIDNEXT), "T1 LIST \"\" \"*\" RETURN (STATUS (UIDNEXT))\r\n");
    check_output(imap_command_list(true, IMAP_STATUS_MESSAGES | IMAP_STATUS_HIGHESTMODSEQ),
                 "T1 LIST \"\" \"*\" RETURN (SPECIAL-USE STATUS (MESSAGES HIGHESTMODSEQ))\r\n");
    check_output(imap_command_status(octets("a b"), 3, IMAP_STATUS_UIDVALIDITY, NULL),
                 "T1 STATUS \"a b\" (UIDVALIDITY)\r\n");
    check_output(imap_command_examine(octets("x\ty)"), 4, NULL), "T1 EXAMINE \"x\ty)\"\r\n");
    check_output(imap_command_fetch("1:*", IMAP_ITEM_FLAGS, 0, NULL), "T1 UID FETCH 1:* (UID FLAGS)\r\n");
    check_output(imap_command_fetch("1,5:9", IMAP_ITEM_FLAGS | IMAP_ITEM_INTERNALDATE | IMAP_ITEM_BODY, 0, NULL),
                 "T1 UID FETCH 1,5:9 (UID FLAGS INTERNALDATE BODY.PEEK[])\r\n");
    check_output(
        imap_command_fetch("7", IMAP_ITEM_SIZE | IMAP_ITEM_EMAILID | IMAP_ITEM_GM_MSGID | IMAP_ITEM_HEADER, 9, NULL),
        "T1 UID FETCH 7 (UID RFC822.SIZE EMAILID X-GM-MSGID BODY.PEEK[HEADER]) (CHANGEDSINCE 9)\r\n");
    check_output(imap_command_search_all(), "T1 UID SEARCH RETURN (ALL) ALL\r\n");
    check_output(imap_command_search_since(951782400, UINT32_MAX, true),
                 "T1 UID SEARCH RETURN (ALL) SINCE 29-Feb-2000\r\n");
    check_output(imap_command_search_since(951782400, UINT32_MAX, false), "T1 UID SEARCH SINCE 29-Feb-2000\r\n");
    check_output(imap_command_search_since(951782400, 41, true),
                 "T1 UID SEARCH RETURN (ALL) UID 1:41 SINCE 29-Feb-2000\r\n");
}

static void check_refused(ImapCommand *command, GError **error)
{
    g_assert_null(command);
    g_assert_error(*error, MB_ERROR, MB_ERROR_INVALID);
    g_clear_error(error);
}

static void test_refused_arguments(void)
{
    GError *error = NULL;
    check_refused(imap_command_examine(octets("a\0b"), 3, &error), &error);
    check_refused(imap_command_fetch("1 (UID)\r\nA DELETE x", IMAP_ITEM_FLAGS, 0, &error), &error);
    check_refused(imap_command_fetch("", IMAP_ITEM_BODY, 0, &error), &error);
    check_refused(imap_command_authenticate("PLAIN x", NULL, 0, &error), &error);
}

static void feed(ImapSession *session, const char *text)
{
    ImapEvent event;
    g_autoptr(GError) error = NULL;
    imap_session_feed(session, text, strlen(text));
    do {
        g_assert_true(imap_session_next(session, &event, &error));
    } while (event.kind != IMAP_EVENT_NEED_MORE);
}

/* Sends STATUS for `name`, giving the server's "+" as often as it is asked for; all bytes that went out. */
static GByteArray *say_status(const char *capabilities, const uint8_t *name, size_t length)
{
    g_autoptr(ImapSession) session = imap_session_new("T");
    GByteArray *said = g_byte_array_new();
    g_autofree char *greeting = g_strdup_printf("* PREAUTH [CAPABILITY IMAP4rev1 %s] hi\r\n", capabilities);
    feed(session, greeting);
    imap_session_send(session, imap_command_status(name, length, IMAP_STATUS_MESSAGES, NULL));
    for (;;) {
        const uint8_t *data;
        size_t count;
        imap_session_output(session, &data, &count);
        if (count == 0)
            return said;
        g_byte_array_append(said, data, (guint)count);
        bool waits = count >= 3 && memcmp(data + count - 3, "}\r\n", 3) == 0 && data[count - 4] != '+';
        imap_session_sent(session, count);
        if (waits)
            feed(session, "+ go on\r\n");
    }
}

static void check_same(const void *a, size_t a_length, const void *b, size_t b_length)
{
    g_assert_cmpuint(a_length, ==, b_length);
    g_assert_true(a_length == 0 || memcmp(a, b, a_length) == 0);
}

/* An independent reader of what a server would understand: "T1 STATUS <astring> (MESSAGES)\r\n" and nothing behind. */
static void check_status(const GByteArray *said, const uint8_t *name, size_t length)
{
    static const char head[] = "T1 STATUS ", tail[] = " (MESSAGES)\r\n";
    g_autoptr(GByteArray) heard = g_byte_array_new();
    const char *at = (const char *)said->data + strlen(head);
    const char *end = (const char *)said->data + said->len;
    check_same(said->data, strlen(head), head, strlen(head));
    if (*at == '"') {
        for (at++; *at != '"'; at++) {
            at += *at == '\\';
            g_assert_true(*at != '\r' && *at != '\n' && *at != '\0' && !((uint8_t)*at & 0x80));
            g_byte_array_append(heard, (const uint8_t *)at, 1);
        }
        at++;
    } else {
        char *behind;
        g_assert_cmpint(*at, ==, '{');
        guint count = (guint)g_ascii_strtoull(at + 1, &behind, 10);
        behind += *behind == '+';
        check_same(behind, 3, "}\r\n", 3);
        g_byte_array_append(heard, (const uint8_t *)behind + 3, count);
        at = behind + 3 + count;
    }
    check_same(heard->data, heard->len, name, length);
    check_same(at, (size_t)(end - at), tail, strlen(tail));
}

static void random_name(uint8_t *name, size_t length)
{
    static const uint8_t nasty[] = {'\r', '\n', '"', '\\', '{', '}', '5', '+', ' ', ')', 0x80, 'A'};
    for (size_t i = 0; i < length; i++)
        name[i] =
            g_test_rand_bit() ? nasty[g_test_rand_int_range(0, sizeof nasty)] : (uint8_t)g_test_rand_int_range(1, 256);
}

static void test_no_injection(void)
{
    static const char *const capabilities[] = {"", "LITERAL+", "LITERAL-"};
    for (int round = 0; round < 3000; round++) {
        uint8_t name[5000];
        bool large = round % 100 == 0;
        size_t length = (size_t)g_test_rand_int_range(0, large ? (gint32)sizeof name : 12);
        random_name(name, length);
        g_autoptr(GByteArray) said = say_status(capabilities[round % 3], name, length);
        check_status(said, name, length);
    }
}

static void check_literal_form(const char *greeting, size_t length, const char *expected)
{
    g_autoptr(ImapSession) session = imap_session_new("T");
    g_autofree char *name = g_strnfill(length, '\xe9');
    feed(session, greeting);
    imap_session_send(session, imap_command_examine((const uint8_t *)name, length, NULL));
    g_autofree char *said = output_of(session);
    g_assert_true(g_str_has_prefix(said, expected));
}

static void test_literal_forms(void)
{
    check_literal_form("* OK [CAPABILITY LITERAL+] hi\r\n", 2, "T1 EXAMINE {2}\r\n");
    check_literal_form("* PREAUTH [CAPABILITY LITERAL+] hi\r\n", 5000, "T1 EXAMINE {5000+}\r\n");
    check_literal_form("* PREAUTH [CAPABILITY LITERAL-] hi\r\n", 4096, "T1 EXAMINE {4096+}\r\n");
    check_literal_form("* PREAUTH [CAPABILITY LITERAL-] hi\r\n", 4097, "T1 EXAMINE {4097}\r\n");
    check_literal_form("* PREAUTH hi\r\n", 2, "T1 EXAMINE {2}\r\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/imap/command/exact-bytes", test_exact_bytes);
    g_test_add_func("/imap/command/refused-arguments", test_refused_arguments);
    g_test_add_func("/imap/command/no-injection", test_no_injection);
    g_test_add_func("/imap/command/literal-forms", test_literal_forms);
    return g_test_run();
}
