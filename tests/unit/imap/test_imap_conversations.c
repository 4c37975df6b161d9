/* Recorded conversations: what the server says (S:, or S. without CRLF), what we ask (C:), where the server waits for
 * us (W:), and the events that must come of it (E:), for the bytes fed whole, one by one, and cut at random. */
#include <stdlib.h>
#include <string.h>

#include "imap_event_log.h"

typedef enum { FEED_WHOLE, FEED_BYTES, FEED_RANDOM } Feeding;

typedef struct {
    ImapSession *session;
    GString *log;
    GString *from_server; /* not fed yet */
    GString *expected;
    Feeding feeding;
    GRand *random;
    bool dead;
} Conversation;

static size_t piece_length(Conversation *conversation, size_t left)
{
    size_t random = (size_t)g_rand_int_range(conversation->random, 1, 40);
    switch (conversation->feeding) {
    case FEED_WHOLE:
        return left;
    case FEED_BYTES:
        return 1;
    case FEED_RANDOM:
        return MIN(left, random);
    }
    g_assert_not_reached();
}

static void feed(Conversation *conversation)
{
    GString *bytes = conversation->from_server;
    imap_event_log_output(conversation->log, conversation->session);
    for (size_t at = 0; at < bytes->len && !conversation->dead;) {
        size_t length = piece_length(conversation, bytes->len - at);
        imap_session_feed(conversation->session, bytes->str + at, length);
        conversation->dead = !imap_event_log_drain(conversation->log, conversation->session);
        at += length;
    }
    g_string_truncate(bytes, 0);
    imap_event_log_output(conversation->log, conversation->session);
}

static const uint32_t all_items =
    IMAP_STATUS_MESSAGES | IMAP_STATUS_UIDNEXT | IMAP_STATUS_UIDVALIDITY | IMAP_STATUS_HIGHESTMODSEQ;

static ImapCommand *mailbox_command_of(const Conversation *conversation, const char *verb, const char *name,
                                       GError **error)
{
    g_autoptr(GBytes) wire = NULL;
    gsize length;
    g_assert_true(imap_session_wire_name(conversation->session, (const uint8_t *)name, strlen(name), &wire));
    const uint8_t *octets = g_bytes_get_data(wire, &length);
    return g_str_equal(verb, "status") ? imap_command_status(octets, length, all_items, error)
                                       : imap_command_examine(octets, length, error);
}

static ImapCommand *command_of(const Conversation *conversation, char **words, GError **error)
{
    const char *verb = words[0];
    const char *argument = words[1] ? words[1] : "";
    const char *second = words[1] ? words[2] : NULL;
    if (g_str_equal(verb, "capability"))
        return imap_command_capability();
    if (g_str_equal(verb, "starttls"))
        return imap_command_starttls();
    if (g_str_equal(verb, "noop"))
        return imap_command_noop();
    if (g_str_equal(verb, "logout"))
        return imap_command_logout();
    if (g_str_equal(verb, "id"))
        return imap_command_id(argument, second, error);
    if (g_str_equal(verb, "login"))
        return imap_command_login(argument, second, error);
    if (g_str_equal(verb, "authenticate"))
        return imap_command_authenticate(argument, second, second ? strlen(second) : 0, error);
    if (g_str_equal(verb, "namespace"))
        return imap_command_namespace();
    if (g_str_equal(verb, "compress"))
        return imap_command_compress();
    if (g_str_equal(verb, "list"))
        return imap_command_list(false, 0);
    if (g_str_equal(verb, "list-status"))
        return imap_command_list(true, all_items);
    if (g_str_equal(verb, "status") || g_str_equal(verb, "examine"))
        return mailbox_command_of(conversation, verb, argument, error);
    if (g_str_equal(verb, "enable-utf8"))
        return imap_command_enable_utf8();
    if (g_str_equal(verb, "quota"))
        return imap_command_quota();
    if (g_str_equal(verb, "fetch-flags"))
        return imap_command_fetch(argument, IMAP_ITEM_FLAGS, 0, error);
    if (g_str_equal(verb, "search-all"))
        return imap_command_search_all();
    if (g_str_equal(verb, "fetch-changes"))
        return imap_command_fetch(argument, IMAP_ITEM_FLAGS, (uint64_t)atoi(second), error);
    g_assert_cmpstr(verb, ==, "fetch");
    return imap_command_fetch(argument, IMAP_ITEM_FLAGS | IMAP_ITEM_INTERNALDATE | IMAP_ITEM_BODY, 0, error);
}

static void ask(Conversation *conversation, const char *line)
{
    g_auto(GStrv) words = g_strsplit(line, " ", 3);
    g_autoptr(GError) error = NULL;
    if (g_str_equal(words[0], "answer")) {
        const char *argument = words[1] ? words[1] : "";
        imap_session_answer(conversation->session, argument, strlen(argument));
    } else {
        ImapCommand *command = command_of(conversation, words, &error);
        g_assert_no_error(error);
        imap_session_send(conversation->session, command);
    }
}

static void play_line(Conversation *conversation, const char *line)
{
    g_autofree char *bytes = strlen(line) > 3 ? g_strcompress(line + 3) : g_strdup("");
    if (g_str_has_prefix(line, "S:") || g_str_has_prefix(line, "S.")) {
        g_string_append(conversation->from_server, bytes);
        if (line[1] == ':')
            g_string_append(conversation->from_server, "\r\n");
    } else if (g_str_has_prefix(line, "W:")) {
        feed(conversation);
    } else if (g_str_has_prefix(line, "C:")) {
        if (conversation->from_server->len > 0)
            feed(conversation);
        ask(conversation, bytes);
    } else if (g_str_has_prefix(line, "E:")) {
        g_string_append_printf(conversation->expected, "%s\n", line + 3);
    } else {
        g_assert_true(*line == '#' || *line == '\0');
    }
}

static void play(const char *path, Feeding feeding, guint32 seed)
{
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    Conversation conversation = {.session = imap_session_new("A"),
                                 .log = g_string_new(NULL),
                                 .from_server = g_string_new(NULL),
                                 .expected = g_string_new(NULL),
                                 .feeding = feeding,
                                 .random = g_rand_new_with_seed(seed)};
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        play_line(&conversation, *line);
    feed(&conversation);
    g_assert_cmpuint(conversation.expected->len, >, 0);
    g_assert_cmpstr(conversation.log->str, ==, conversation.expected->str);
    g_rand_free(conversation.random);
    g_string_free(conversation.expected, TRUE);
    g_string_free(conversation.from_server, TRUE);
    g_string_free(conversation.log, TRUE);
    imap_session_free(conversation.session);
}

static void test_conversation(gconstpointer path)
{
    play(path, FEED_WHOLE, 0);
    play(path, FEED_BYTES, 0);
    for (guint32 seed = 1; seed <= 50; seed++)
        play(path, FEED_RANDOM, seed);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autoptr(GDir) directory = g_dir_open(CONVERSATIONS, 0, NULL);
    g_assert_nonnull(directory);
    for (const char *name; (name = g_dir_read_name(directory));) {
        g_autofree char *test = g_strconcat("/imap/conversation/", name, NULL);
        g_test_add_data_func_full(test, g_build_filename(CONVERSATIONS, name, NULL), test_conversation, g_free);
    }
    return g_test_run();
}
