/* Whatever a server sends, and however it is cut, the session tells the same events. The first octet chooses what is in
 * flight, the second how the rest is cut. */
#include <stdlib.h>

#include "imap_event_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    uint8_t commands;
    uint8_t cut;
    const uint8_t *bytes;
    size_t length;
} Input;

static void greet(ImapSession *session, const char *greeting)
{
    ImapEvent event;
    imap_session_feed(session, greeting, strlen(greeting));
    do {
        if (!imap_session_next(session, &event, NULL))
            abort();
    } while (event.kind != IMAP_EVENT_NEED_MORE);
}

static ImapSession *session_of(const Input *input)
{
    ImapSession *session = imap_session_new("A");
    if (input->commands & 1)
        greet(session, "* PREAUTH hi\r\n");
    imap_session_send(session, imap_command_noop());
    if (input->commands & 2)
        imap_session_send(session, imap_command_examine((const uint8_t *)"\xe9", 1, NULL));
    if (input->commands & 4)
        imap_session_send(session, imap_command_authenticate("PLAIN", NULL, 0, NULL));
    if (input->commands & 8)
        imap_session_send(session, imap_command_enable_utf8());
    imap_session_send(session, imap_command_fetch("1:5", IMAP_ITEM_BODY, 0, NULL));
    return session;
}

/* The events of `input` fed in pieces of 1 to `most` octets. */
static char *events_of(const Input *input, size_t most)
{
    g_autoptr(ImapSession) session = session_of(input);
    GString *log = g_string_new(NULL);
    uint32_t mixed = input->cut;
    imap_event_log_output(log, session);
    for (size_t at = 0, length; at < input->length; at += length) {
        mixed = mixed * 1103515245 + 12345;
        size_t wanted = 1 + (mixed >> 8) % most;
        length = MIN(wanted, input->length - at);
        imap_session_feed(session, input->bytes + at, length);
        if (!imap_event_log_drain(log, session))
            break;
    }
    return g_string_free(log, FALSE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    Input input = {.commands = data[0], .cut = data[1], .bytes = data + 2, .length = size - 2};
    g_autofree char *by_octets = events_of(&input, 1);
    g_autofree char *by_pieces = events_of(&input, 20);
    g_autofree char *by_large_pieces = events_of(&input, 4096);
    if (!g_str_equal(by_octets, by_pieces) || !g_str_equal(by_octets, by_large_pieces))
        abort();
    return 0;
}
