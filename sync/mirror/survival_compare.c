#include "survival_compare.h"

#include <string.h>

#include "server_mailboxes.h"

typedef struct {
    View *view;
    GHashTable *present; /* keys of the contents that the account has now */
    MailSurvival *survival;
} Comparison;

/* The first bytes of a hash tell contents apart well enough to count them. */
static gpointer key_of(const ContentId *id)
{
    gpointer key;
    memcpy(&key, id->bytes, sizeof key);
    return key;
}

static bool add_contents(Comparison *comparison, const MailboxInfo *mailbox, GError **error)
{
    MessageScan scan;
    MessageRow row;
    g_autoptr(GError) failure = NULL;
    if (!message_scan_begin(&scan, comparison->view, mailbox->mailbox, SNAPSHOT_CURRENT, 1, error))
        return false;
    while (message_scan_next(&scan, &row, &failure))
        g_hash_table_add(comparison->present, key_of(&row.id));
    message_scan_end(&scan);
    if (failure)
        g_propagate_error(error, g_steal_pointer(&failure));
    return failure == NULL;
}

static void note_mailbox(MailSurvival *survival, const MailboxInfo *mailbox, uint64_t had, uint64_t kept)
{
    const ServerMailbox named = {.name = mailbox->name, .name_length = mailbox->name_length};
    g_autofree char *display_name = server_mailbox_display_name(&named);
    survival->before += had;
    mail_survival_note_kept(survival, mailbox->attributes, kept);
    if (mailbox->messages == 0)
        mail_survival_note_emptied(survival, display_name, mailbox->attributes, had - kept);
}

static bool compare_mailbox(const Comparison *comparison, const MailboxInfo *mailbox, uint32_t snapshot, GError **error)
{
    MessageScan scan;
    MessageRow row;
    uint64_t had = 0, kept = 0;
    g_autoptr(GError) failure = NULL;
    if (!message_scan_begin(&scan, comparison->view, mailbox->mailbox, snapshot, 1, error))
        return false;
    while (message_scan_next(&scan, &row, &failure)) {
        had++;
        if (g_hash_table_contains(comparison->present, key_of(&row.id)))
            kept++;
    }
    message_scan_end(&scan);
    if (failure) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    note_mailbox(comparison->survival, mailbox, had, kept);
    return true;
}

bool survival_compare(MailSurvival *survival, View *view, uint32_t account, uint32_t snapshot, char *const *rules,
                      GError **error)
{
    mail_survival_clear(survival);
    *survival = (MailSurvival){.begun = true};
    g_autoptr(GHashTable) present = g_hash_table_new(NULL, NULL);
    Comparison comparison = {.view = view, .present = present, .survival = survival};
    g_autoptr(GPtrArray) now = view_mailboxes(view, account, SNAPSHOT_CURRENT, error);
    g_autoptr(GPtrArray) then = now ? view_mailboxes(view, account, snapshot, error) : NULL;
    if (!then)
        return false;
    for (guint i = 0; i < now->len; i++)
        if (!add_contents(&comparison, now->pdata[i], error))
            return false;
    for (guint i = 0; i < then->len; i++)
        if (mail_survival_counts(then->pdata[i], rules) &&
            !compare_mailbox(&comparison, then->pdata[i], snapshot, error))
            return false;
    return true;
}
