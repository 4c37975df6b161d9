#include "mirror_examine.h"

#include <string.h>

#include "error.h"
#include "mb_limits.h"

static void note_condition(ExaminedMailbox *examined, const ImapCondition *condition)
{
    if (condition->code == IMAP_CODE_UIDVALIDITY)
        examined->uidvalidity = (uint32_t)condition->number;
    else if (condition->code == IMAP_CODE_UIDNEXT)
        examined->state.uidnext = (uint32_t)condition->number;
    else if (condition->code == IMAP_CODE_HIGHESTMODSEQ)
        examined->state.highestmodseq = condition->number;
}

static void note_event(ExaminedMailbox *examined, bool *counted, const ImapEvent *event)
{
    if (event->kind == IMAP_EVENT_EXISTS) {
        examined->state.messages = event->number;
        *counted = true;
    } else if (event->kind == IMAP_EVENT_CONDITION && event->condition.outcome == IMAP_OK) {
        note_condition(examined, &event->condition);
    }
}

bool mirror_examine(ImapClient *client, const ServerMailbox *mailbox, ExaminedMailbox *examined, char **refusal,
                    GError **error)
{
    *examined = (ExaminedMailbox){0};
    *refusal = NULL;
    g_autoptr(GBytes) name = imap_client_wire_name(client, mailbox->name, mailbox->name_length, error);
    if (!name)
        return false;
    gsize length;
    const uint8_t *octets = g_bytes_get_data(name, &length);
    g_autoptr(GError) cause = NULL;
    ImapCommand *command = imap_command_examine(octets, length, &cause);
    if (!command) {
        *refusal = g_strdup(cause->message);
        return true;
    }
    uint32_t number = imap_client_send(client, command);
    ImapEvent event;
    bool counted = false;
    do {
        if (!imap_client_next(client, &event, error))
            return false;
        note_event(examined, &counted, &event);
    } while (!imap_client_ends(&event, number));
    if (imap_condition_ends_session(&event.condition))
        return imap_client_refused(client, &event.condition, "EXAMINE", error);
    if (event.condition.outcome != IMAP_OK)
        *refusal = g_strdup(event.condition.text);
    else if (!counted)
        *refusal = g_strdup("it does not say how many messages there are"); /* and so not that there are none */
    return true;
}

static bool append_message(KeywordTable *keywords, GArray *listing, const ImapFetch *fetch, GError **error)
{
    if (fetch->uid == 0)
        return true; /* a flag change that nobody asked for */
    if (listing->len >= 2 * (guint)LIMIT_MESSAGES_PER_MAILBOX)
        return mb_error_set(error, MB_ERROR_LIMIT, "the server lists more than %d messages",
                            LIMIT_MESSAGES_PER_MAILBOX);
    const char *words = fetch->has_flags ? fetch->keywords : "";
    ListedMessage message = {.uid = fetch->uid,
                             .flags = fetch->has_flags ? fetch->flags : 0,
                             .keywords = keyword_table_number(keywords, words, strlen(words))};
    g_array_append_val(listing, message);
    return true;
}

typedef struct {
    KeywordTable *keywords;
    GArray *messages; /* ListedMessage */
    uint32_t expunged;
    uint32_t lowest; /* UID that was answered for, when that was not all; else 0 */
} Listing;

static bool take_listed(Listing *listing, const ImapEvent *event, GError **error)
{
    if (event->kind == IMAP_EVENT_EXPUNGE)
        listing->expunged++;
    return event->kind != IMAP_EVENT_FETCH ||
           append_message(listing->keywords, listing->messages, &event->fetch, error);
}

static bool list_once(ImapClient *client, const char *uid_set, Listing *listing, GError **error)
{
    uint32_t number = imap_client_send(client, imap_command_fetch(uid_set, IMAP_ITEM_FLAGS, 0, error));
    if (number == 0)
        return false;
    ImapEvent event;
    do {
        if (!imap_client_next(client, &event, error) || !take_listed(listing, &event, error))
            return false;
    } while (!imap_client_ends(&event, number));
    bool limited = event.condition.code == IMAP_CODE_MESSAGELIMIT;
    listing->lowest = limited ? (uint32_t)event.condition.number : 0;
    return event.condition.outcome == IMAP_OK ||
           imap_client_refused(client, &event.condition, "the list of messages", error);
}

bool mirror_list_messages(ImapClient *client, const char *uid_set, KeywordTable *keywords, GArray *messages,
                          uint32_t *expunged, GError **error)
{
    Listing listing = {.keywords = keywords, .messages = messages};
    g_autofree char *rest = g_strdup(uid_set);
    uint32_t before;
    do {
        before = listing.lowest;
        if (!list_once(client, rest, &listing, error))
            return false;
        g_free(rest);
        rest = g_strdup_printf("1:%" G_GUINT32_FORMAT, listing.lowest - 1);
    } while (listing.lowest > 1 && (before == 0 || listing.lowest < before)); /* RFC 9738: from the newest down */
    *expunged = listing.expunged;
    message_listing_sort(messages);
    return true;
}
