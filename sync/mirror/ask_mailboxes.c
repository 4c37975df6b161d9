#include "ask_mailboxes.h"

#include "error.h"

/* STATUS commands in flight at once: enough to hide the round trips, few enough for every server. */
enum { STATUS_WINDOW = 32 };

static bool take_event(ServerMailboxes *mailboxes, const ImapEvent *event, GError **error)
{
    if (event->kind == IMAP_EVENT_LIST)
        return server_mailboxes_add(mailboxes, &event->list, error);
    if (event->kind == IMAP_EVENT_STATUS)
        server_mailboxes_note_status(mailboxes, &event->status);
    if (event->kind == IMAP_EVENT_BROKEN && event->broken.kind == IMAP_EVENT_LIST)
        server_mailboxes_note_broken(mailboxes, event->broken.text);
    return true;
}

/* True whatever the outcome, which is in `event`. */
static bool run_list(ImapClient *client, ImapCommand *list, ServerMailboxes *mailboxes, ImapEvent *event,
                     GError **error)
{
    uint32_t command = imap_client_send(client, list);
    do {
        if (!imap_client_next(client, event, error) || !take_event(mailboxes, event, error))
            return false;
    } while (!imap_client_ends(event, command));
    return true;
}

static bool list_all(ImapClient *client, uint32_t *status_items, ServerMailboxes *mailboxes, GError **error)
{
    bool special_use =
        imap_client_has_capability(client, "SPECIAL-USE") && imap_client_has_capability(client, "LIST-EXTENDED");
    ImapEvent event;
    if (!run_list(client, imap_command_list(special_use, *status_items), mailboxes, &event, error))
        return false;
    if (event.condition.outcome != IMAP_OK && (special_use || *status_items)) {
        *status_items = 0; /* what it says it can it cannot: ask in the oldest way */
        if (!run_list(client, imap_command_list(false, 0), mailboxes, &event, error))
            return false;
    }
    if (event.condition.outcome != IMAP_OK)
        return imap_client_refused(client, &event.condition, "LIST", error);
    if (mailboxes->mailboxes->len == 0)
        return mb_error_set(error, MB_ERROR_AGAIN, "the server lists no mailbox at all; try again later");
    return true;
}

/* A name that no command can carry is left without a status, like one that is refused. */
static void send_status(ImapClient *client, const ServerMailbox *mailbox, uint32_t items)
{
    if (!(mailbox->attributes & MAILBOX_NOSELECT))
        imap_client_send(client, imap_command_status(mailbox->name, mailbox->name_length, items, NULL));
}

static bool status_of_each(ImapClient *client, uint32_t items, ServerMailboxes *mailboxes, GError **error)
{
    const GPtrArray *all = mailboxes->mailboxes;
    guint next = 0;
    for (;;) {
        for (; next < all->len && imap_session_commands_open(imap_client_session(client)) < STATUS_WINDOW; next++)
            send_status(client, all->pdata[next], items);
        if (imap_session_commands_open(imap_client_session(client)) == 0)
            return true;
        ImapEvent event;
        if (!imap_client_next(client, &event, error) || !take_event(mailboxes, &event, error))
            return false;
    }
}

ServerMailboxes *ask_mailboxes(ImapClient *client, GError **error)
{
    uint32_t items = IMAP_STATUS_MESSAGES | IMAP_STATUS_UIDNEXT | IMAP_STATUS_UIDVALIDITY;
    if (imap_client_has_capability(client, "CONDSTORE"))
        items |= IMAP_STATUS_HIGHESTMODSEQ;
    uint32_t with_list = imap_client_has_capability(client, "LIST-STATUS") ? items : 0;
    g_autoptr(ServerMailboxes) mailboxes = server_mailboxes_new();
    if (!list_all(client, &with_list, mailboxes, error))
        return NULL;
    if (!with_list && !status_of_each(client, items, mailboxes, error))
        return NULL;
    return g_steal_pointer(&mailboxes);
}
