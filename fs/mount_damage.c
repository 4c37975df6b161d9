#include "mount_damage.h"

#include <stdbool.h>
#include <string.h>
#include <syslog.h>

#include "text.h"
#include "tree.h"
#include "view.h"

#define REMEMBERED_NODES 10000 /* after that the log may repeat itself */

struct DamageLog {
    Repository *repository;
    GMutex lock;
    GHashTable *told; /* node numbers, guint64* */
};

DamageLog *damage_log_new(Repository *repository)
{
    DamageLog *log = g_new0(DamageLog, 1);
    log->repository = repository;
    log->told = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    g_mutex_init(&log->lock);
    return log;
}

void damage_log_free(DamageLog *log)
{
    if (!log)
        return;
    g_hash_table_unref(log->told);
    g_mutex_clear(&log->lock);
    g_free(log);
}

static bool told_before(DamageLog *log, uint64_t node)
{
    g_mutex_lock(&log->lock);
    if (g_hash_table_size(log->told) >= REMEMBERED_NODES)
        g_hash_table_remove_all(log->told);
    bool fresh = g_hash_table_add(log->told, g_memdup2(&node, sizeof(node)));
    g_mutex_unlock(&log->lock);
    return !fresh;
}

/* "mailbox INBOX of alice@example.com" when this account has the mailbox, else NULL. */
static char *name_mailbox_of(View *view, const AccountInfo *account, uint32_t mailbox)
{
    g_autoptr(GPtrArray) mailboxes = view_mailbox_epochs(view, account->account, NULL);
    for (unsigned i = 0; mailboxes && i < mailboxes->len; i++) {
        const MailboxInfo *info = mailboxes->pdata[i];
        if (info->mailbox != mailbox)
            continue;
        g_autofree char *name = text_escape((const char *)info->name, info->name_length);
        return g_strdup_printf("mailbox %s of %s", name, account->name);
    }
    return NULL;
}

static char *name_mailbox(View *view, uint32_t mailbox)
{
    g_autoptr(GPtrArray) accounts = view_accounts(view, NULL);
    for (unsigned i = 0; accounts && i < accounts->len; i++) {
        char *name = name_mailbox_of(view, accounts->pdata[i], mailbox);
        if (name)
            return name;
    }
    return g_strdup_printf("mailbox number %u", mailbox);
}

static char *name_message(Repository *repository, uint64_t node)
{
    g_autoptr(View) view = view_acquire(repository, NULL);
    MessageRow row;
    if (!view)
        return g_strdup_printf("UID %u of mailbox number %u", tree_uid(node), tree_mailbox(node));
    g_autofree char *mailbox = name_mailbox(view, tree_mailbox(node));
    if (!view_message_properties(view, tree_mailbox(node), tree_uid(node), &row, NULL))
        return g_strdup_printf("UID %u in %s", tree_uid(node), mailbox);
    g_autofree char *name = text_escape(row.name, row.name_length);
    return g_strdup_printf("%s.%u.eml in %s", name, row.uid, mailbox);
}

static char *name_node(Repository *repository, uint64_t node)
{
    if (tree_kind(node) == TREE_IS_MESSAGE)
        return name_message(repository, node);
    return g_strdup_printf("directory with inode number %" G_GUINT64_FORMAT, node);
}

void damage_log_node(DamageLog *log, uint64_t node, const GError *cause)
{
    if (told_before(log, node))
        return;
    g_autofree char *name = name_node(log->repository, node);
    g_autofree char *reason = text_escape(cause->message, strlen(cause->message));
    syslog(LOG_ERR, "cannot read %s: %s", name, reason);
}
