#include "server_mailboxes.h"

#include <string.h>

#include "error.h"
#include "mailbox_name.h"
#include "mb_limits.h"
#include "text.h"

G_STATIC_ASSERT((int)IMAP_LIST_NOSELECT == (int)MAILBOX_NOSELECT && (int)IMAP_LIST_TRASH == (int)MAILBOX_TRASH);

enum { BROKEN_KEPT = 10 };

static void server_mailbox_free(void *pointer)
{
    ServerMailbox *mailbox = pointer;
    g_free(mailbox->name);
    g_free(mailbox);
}

ServerMailboxes *server_mailboxes_new(void)
{
    ServerMailboxes *mailboxes = g_new0(ServerMailboxes, 1);
    mailboxes->mailboxes = g_ptr_array_new_with_free_func(server_mailbox_free);
    mailboxes->by_name = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    mailboxes->broken = g_ptr_array_new_with_free_func(g_free);
    return mailboxes;
}

void server_mailboxes_free(ServerMailboxes *mailboxes)
{
    if (!mailboxes)
        return;
    g_hash_table_unref(mailboxes->by_name);
    g_ptr_array_unref(mailboxes->mailboxes);
    g_ptr_array_unref(mailboxes->broken);
    g_free(mailboxes);
}

/* INBOX is the same mailbox in any case (RFC 9051 5.1); all other names are just bytes. */
static const uint8_t *identity_of(const uint8_t *name, size_t length)
{
    static const char inbox[] = "INBOX";
    bool is_inbox = length == strlen(inbox) && g_ascii_strncasecmp((const char *)name, inbox, length) == 0;
    return is_inbox ? (const uint8_t *)inbox : name;
}

static ServerMailbox *find_exactly(const ServerMailboxes *mailboxes, const uint8_t *name, size_t length)
{
    g_autoptr(GBytes) key = g_bytes_new_static(name, length);
    return g_hash_table_lookup(mailboxes->by_name, key);
}

ServerMailbox *server_mailboxes_find(const ServerMailboxes *mailboxes, const uint8_t *name, size_t length)
{
    return find_exactly(mailboxes, identity_of(name, length), length);
}

static bool add_mailbox(ServerMailboxes *mailboxes, const ImapList *list, GError **error)
{
    if (list->name_length == 0 || find_exactly(mailboxes, list->name, list->name_length))
        return true;
    if (list->name_length > LIMIT_MAILBOX_NAME_BYTES)
        return mb_error_set(error, MB_ERROR_LIMIT, "the server lists a mailbox name of more than %d bytes",
                            LIMIT_MAILBOX_NAME_BYTES);
    if (mailboxes->mailboxes->len >= LIMIT_MAILBOXES_PER_ACCOUNT)
        return mb_error_set(error, MB_ERROR_LIMIT, "the server lists more than %d mailboxes",
                            LIMIT_MAILBOXES_PER_ACCOUNT);
    ServerMailbox *mailbox = g_new0(ServerMailbox, 1);
    mailbox->name = g_memdup2(list->name, list->name_length);
    mailbox->name_length = list->name_length;
    mailbox->delimiter = list->delimiter;
    mailbox->attributes = list->attributes & IMAP_LIST_REPOSITORY_BITS;
    g_ptr_array_add(mailboxes->mailboxes, mailbox);
    g_hash_table_insert(mailboxes->by_name, g_bytes_new_static(mailbox->name, mailbox->name_length), mailbox);
    return true;
}

bool server_mailboxes_add(ServerMailboxes *mailboxes, const ImapList *list, GError **error)
{
    ImapList named = *list;
    named.name = identity_of(list->name, list->name_length);
    return add_mailbox(mailboxes, &named, error);
}

void server_mailboxes_note_broken(ServerMailboxes *mailboxes, const char *text)
{
    if (mailboxes->broken->len < BROKEN_KEPT)
        g_ptr_array_add(mailboxes->broken, g_strdup(text));
}

void server_mailboxes_note_status(ServerMailboxes *mailboxes, const ImapStatus *status)
{
    ServerMailbox *mailbox = server_mailboxes_find(mailboxes, status->name, status->name_length);
    if (!mailbox)
        return;
    mailbox->uidvalidity = status->uidvalidity;
    mailbox->state = (MailboxCursor){
        .uidnext = status->uidnext, .messages = status->messages, .highestmodseq = status->highestmodseq};
}

static void forget(ServerMailboxes *mailboxes, guint index)
{
    const ServerMailbox *mailbox = mailboxes->mailboxes->pdata[index];
    g_autoptr(GBytes) key = g_bytes_new_static(mailbox->name, mailbox->name_length);
    g_hash_table_remove(mailboxes->by_name, key);
    g_ptr_array_remove_index(mailboxes->mailboxes, index);
}

void server_mailboxes_keep_personal(ServerMailboxes *mailboxes, const MailboxNamespaces *namespaces)
{
    for (guint i = mailboxes->mailboxes->len; i-- > 0;) {
        ServerMailbox *mailbox = mailboxes->mailboxes->pdata[i];
        if (mailbox_namespaces_is_personal(namespaces, mailbox->name, mailbox->name_length))
            continue;
        forget(mailboxes, i);
    }
}

MailboxChoice server_mailbox_choice(const uint8_t *name, size_t length, char delimiter, uint32_t attributes,
                                    char *const *rules)
{
    g_autofree char *decoded = mailbox_name_decode(name, length);
    g_autofree char *raw = decoded ? NULL : g_strndup((const char *)name, length);
    return mailbox_choose(rules, decoded ? decoded : raw, delimiter, attributes);
}

unsigned server_mailboxes_choose(ServerMailboxes *mailboxes, char *const *rules)
{
    unsigned left_out = 0;
    for (guint i = mailboxes->mailboxes->len; i-- > 0;) {
        ServerMailbox *mailbox = mailboxes->mailboxes->pdata[i];
        mailbox->choice =
            server_mailbox_choice(mailbox->name, mailbox->name_length, mailbox->delimiter, mailbox->attributes, rules);
        if (mailbox->choice.kind == CHOICE_HEADERS)
            mailbox->attributes |= MAILBOX_HEADERS_ONLY;
        if (mailbox->choice.kind != CHOICE_NONE)
            continue;
        left_out += !(mailbox->attributes & MAILBOX_NOSELECT);
        forget(mailboxes, i);
    }
    return left_out;
}

static bool add_levels_above(ServerMailboxes *mailboxes, const ServerMailbox *mailbox, GError **error)
{
    for (size_t at = 1; at < mailbox->name_length; at++) {
        if (mailbox->name[at] != (uint8_t)mailbox->delimiter)
            continue;
        ImapList level = {.name = mailbox->name,
                          .name_length = at,
                          .delimiter = mailbox->delimiter,
                          .attributes = IMAP_LIST_NOSELECT};
        if (!add_mailbox(mailboxes, &level, error))
            return false;
    }
    return true;
}

bool server_mailboxes_add_implied_levels(ServerMailboxes *mailboxes, GError **error)
{
    guint listed = mailboxes->mailboxes->len;
    for (guint i = 0; i < listed; i++) {
        const ServerMailbox *mailbox = mailboxes->mailboxes->pdata[i];
        if (mailbox->delimiter && !add_levels_above(mailboxes, mailbox, error))
            return false;
    }
    return true;
}

char *server_mailbox_display_name(const ServerMailbox *mailbox)
{
    g_autofree char *decoded = mailbox_name_decode(mailbox->name, mailbox->name_length);
    if (decoded)
        return text_escape(decoded, strlen(decoded));
    return text_escape((const char *)mailbox->name, mailbox->name_length);
}
