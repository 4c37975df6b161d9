#include "mailbox_trouble.h"

#include "error.h"

enum { LOSSES_AT_MOST = 2 };

typedef struct {
    unsigned losses;
    char *reason;
} Losses;

struct MailboxTrouble {
    GHashTable *by_name; /* GBytes to Losses */
};

static void losses_free(void *pointer)
{
    Losses *losses = pointer;
    g_free(losses->reason);
    g_free(losses);
}

MailboxTrouble *mailbox_trouble_new(void)
{
    MailboxTrouble *trouble = g_new(MailboxTrouble, 1);
    trouble->by_name = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, losses_free);
    return trouble;
}

void mailbox_trouble_free(MailboxTrouble *trouble)
{
    if (!trouble)
        return;
    g_hash_table_unref(trouble->by_name);
    g_free(trouble);
}

static Losses *find(const MailboxTrouble *trouble, const ServerMailbox *mailbox)
{
    g_autoptr(GBytes) name = g_bytes_new_static(mailbox->name, mailbox->name_length);
    return g_hash_table_lookup(trouble->by_name, name);
}

/* What makes no sense or breaks a limit does so again; a connection may be cut by chance. */
static unsigned weight_of(const GError *loss)
{
    return g_error_matches(loss, MB_ERROR, MB_ERROR_AGAIN) ? 1 : LOSSES_AT_MOST;
}

bool mailbox_trouble_note(MailboxTrouble *trouble, const ServerMailbox *mailbox, const GError *loss)
{
    Losses *losses = find(trouble, mailbox);
    if (!losses) {
        losses = g_new0(Losses, 1);
        g_hash_table_insert(trouble->by_name, g_bytes_new(mailbox->name, mailbox->name_length), losses);
    }
    losses->losses += weight_of(loss);
    g_free(losses->reason);
    losses->reason = g_strdup(loss->message);
    return losses->losses >= LOSSES_AT_MOST;
}

const char *mailbox_trouble_reason(const MailboxTrouble *trouble, const ServerMailbox *mailbox)
{
    const Losses *losses = find(trouble, mailbox);
    return losses && losses->losses >= LOSSES_AT_MOST ? losses->reason : NULL;
}
