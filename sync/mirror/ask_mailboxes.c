#include "ask_mailboxes.h"

#include "error.h"
#include "mailbox_namespaces.h"
#include "mirror_server.h"

/* STATUS commands in flight at once: enough to hide the round trips, few enough for every server. */
enum { STATUS_WINDOW = 32 };

/* What is known so far. */
typedef struct {
    ServerMailboxes *mailboxes;
    MailboxNamespaces *namespaces;
    MirrorServer *server;
} Answers;

static bool take_event(Answers *answers, const ImapEvent *event, GError **error)
{
    ServerMailboxes *mailboxes = answers->mailboxes;
    if (event->kind == IMAP_EVENT_LIST)
        return server_mailboxes_add(mailboxes, &event->list, error);
    if (event->kind == IMAP_EVENT_STATUS)
        server_mailboxes_note_status(mailboxes, &event->status);
    if (event->kind == IMAP_EVENT_NAMESPACE)
        mailbox_namespaces_note(answers->namespaces, event->namespaces);
    if (event->kind == IMAP_EVENT_ID)
        mirror_server_note_id(answers->server, &event->id);
    if (event->kind == IMAP_EVENT_QUOTA)
        mirror_server_note_quota(answers->server, &event->quota);
    if (event->kind == IMAP_EVENT_BROKEN && event->broken.kind == IMAP_EVENT_LIST)
        server_mailboxes_note_broken(mailboxes, event->broken.text);
    return true;
}

/* Until the end of `command` was told, or with 0 of all commands. `event` is the last one. */
static bool take_events(ImapClient *client, uint32_t command, Answers *answers, ImapEvent *event, GError **error)
{
    do {
        if (command == 0 && imap_session_commands_open(imap_client_session(client)) == 0)
            return true;
        if (!imap_client_next(client, event, error) || !take_event(answers, event, error))
            return false;
    } while (!imap_client_ends(event, command));
    return true;
}

/* True whatever the outcome, which is in `event`. */
static bool run_list(ImapClient *client, ImapCommand *list, Answers *answers, ImapEvent *event, GError **error)
{
    return take_events(client, imap_client_send(client, list), answers, event, error);
}

static bool list_all(ImapClient *client, uint32_t *status_items, Answers *answers, GError **error)
{
    bool special_use =
        imap_client_has_capability(client, "SPECIAL-USE") && imap_client_has_capability(client, "LIST-EXTENDED");
    ImapEvent event;
    if (!run_list(client, imap_command_list(special_use, *status_items), answers, &event, error))
        return false;
    if (event.condition.outcome != IMAP_OK && (special_use || *status_items)) {
        *status_items = 0; /* what it says it can it cannot: ask in the oldest way */
        if (!run_list(client, imap_command_list(false, 0), answers, &event, error))
            return false;
    }
    if (event.condition.outcome != IMAP_OK)
        return imap_client_refused(client, &event.condition, "LIST", error);
    if (answers->mailboxes->mailboxes->len == 0)
        return mb_error_set(error, MB_ERROR_AGAIN, "the server lists no mailbox at all; try again later");
    return true;
}

/* A name that no command can carry is left without a status, like one that is refused. */
static bool send_status(ImapClient *client, const ServerMailbox *mailbox, uint32_t items, GError **error)
{
    if (mailbox->attributes & MAILBOX_NOSELECT)
        return true;
    g_autoptr(GBytes) name = imap_client_wire_name(client, mailbox->name, mailbox->name_length, error);
    if (!name)
        return false;
    gsize length;
    const uint8_t *octets = g_bytes_get_data(name, &length);
    imap_client_send(client, imap_command_status(octets, length, items, NULL));
    return true;
}

static bool status_of_each(ImapClient *client, uint32_t items, Answers *answers, GError **error)
{
    const GPtrArray *all = answers->mailboxes->mailboxes;
    guint next = 0;
    for (;;) {
        for (; next < all->len && imap_session_commands_open(imap_client_session(client)) < STATUS_WINDOW; next++)
            if (!send_status(client, all->pdata[next], items, error))
                return false;
        if (imap_session_commands_open(imap_client_session(client)) == 0)
            return true;
        ImapEvent event;
        if (!imap_client_next(client, &event, error) || !take_event(answers, &event, error))
            return false;
    }
}

/* Together with LIST, in the same round trip. */
static void ask_beside(ImapClient *client, bool shared)
{
    if (!shared && imap_client_has_capability(client, "NAMESPACE"))
        imap_client_send(client, imap_command_namespace());
    if (imap_client_has_capability(client, "QUOTA"))
        imap_client_send(client, imap_command_quota());
}

static bool drop_foreign(ImapClient *client, Answers *answers, GError **error)
{
    ImapEvent event;
    if (!take_events(client, 0, answers, &event, error))
        return false;
    server_mailboxes_keep_personal(answers->mailboxes, answers->namespaces);
    return true;
}

ServerMailboxes *ask_mailboxes(ImapClient *client, bool shared, MirrorServer *server, GError **error)
{
    uint32_t items = IMAP_STATUS_MESSAGES | IMAP_STATUS_UIDNEXT | IMAP_STATUS_UIDVALIDITY;
    if (imap_client_has_capability(client, "CONDSTORE"))
        items |= IMAP_STATUS_HIGHESTMODSEQ;
    uint32_t with_list = imap_client_has_capability(client, "LIST-STATUS") ? items : 0;
    g_autoptr(ServerMailboxes) mailboxes = server_mailboxes_new();
    g_autoptr(MailboxNamespaces) namespaces = mailbox_namespaces_new();
    Answers answers = {.mailboxes = mailboxes, .namespaces = namespaces, .server = server};
    ask_beside(client, shared);
    if (!list_all(client, &with_list, &answers, error) || !drop_foreign(client, &answers, error))
        return NULL;
    if (!with_list && !status_of_each(client, items, &answers, error))
        return NULL;
    return g_steal_pointer(&mailboxes);
}
