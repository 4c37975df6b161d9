#include "forget.h"

#include <string.h>

#include "catalog_forget.h"
#include "catalog_query.h"
#include "error.h"
#include "repository_private.h"
#include "writer_prune.h"

static int compare_messages(const void *a, const void *b)
{
    const ForgottenMessage *left = a, *right = b;
    return memcmp(left->id.bytes, right->id.bytes, CONTENT_ID_SIZE);
}

/* Each content once. */
static void sort_messages(GArray *messages)
{
    guint kept = 0;
    g_array_sort(messages, compare_messages);
    for (guint i = 0; i < messages->len; i++) {
        const ForgottenMessage *message = &g_array_index(messages, ForgottenMessage, i);
        if (kept == 0 || compare_messages(message, &g_array_index(messages, ForgottenMessage, kept - 1)) != 0)
            g_array_index(messages, ForgottenMessage, kept++) = *message;
    }
    g_array_set_size(messages, kept);
}

/* What is left of `messages` when those are taken out that the catalog still has. */
static bool count_lost(CatalogTxn *txn, GArray *messages, ForgetLoss *loss, GError **error)
{
    CatalogKey from = {0};
    g_autoptr(CatalogScan) scan = catalog_scan_begin(txn, TABLE_MESSAGES, &from, 0, error);
    Reader key, value;
    CatalogAnswer answer = CATALOG_FAILED;
    while (scan && (answer = catalog_scan_next(scan, &key, &value, error)) == CATALOG_FOUND) {
        MessageRecord message;
        guint index;
        take_bytes(&key, 8);
        if (take_key_u32(&key) != 0 || !message_record_take(&value, &message))
            continue;
        ForgottenMessage wanted = {.id = message.id};
        if (g_array_binary_search(messages, &wanted, compare_messages, &index))
            g_array_index(messages, ForgottenMessage, index).elsewhere = true;
    }
    for (guint i = 0; i < messages->len; i++) {
        const ForgottenMessage *message = &g_array_index(messages, ForgottenMessage, i);
        loss->messages += !message->elsewhere;
        loss->bytes += message->elsewhere ? 0 : message->size;
    }
    return answer == CATALOG_ABSENT;
}

/* Forgetting is carried out, counted and taken back. */
bool forget_loss(Writer *writer, uint32_t account, const GArray *snapshots, ForgetLoss *loss, GError **error)
{
    *loss = (ForgetLoss){0};
    if (!writer_commit(writer, error))
        return false;
    CatalogTxn *txn = catalog_write_begin(writer_repository(writer)->catalog, error);
    if (!txn)
        return false;
    g_autoptr(GArray) messages = g_array_new(FALSE, FALSE, sizeof(ForgottenMessage));
    bool done = catalog_forget(txn, account, snapshots, messages, error);
    sort_messages(messages);
    done = done && count_lost(txn, messages, loss, error);
    catalog_write_abort(txn);
    return done;
}
