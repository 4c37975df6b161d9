#include "known_mailboxes.h"

#include <string.h>

struct KnownMailboxes {
    GPtrArray *shown;
    GPtrArray *epochs;
    GHashTable *shown_by_name; /* GBytes to MailboxInfo, borrowed from the arrays */
    GHashTable *by_epoch;      /* GBytes of UIDVALIDITY and name to MailboxInfo, likewise */
    GHashTable *shown_numbers; /* set */
    GHashTable *claimed;       /* set of numbers */
};

static GBytes *epoch_key(const uint8_t *name, size_t length, uint32_t uidvalidity)
{
    GByteArray *key = g_byte_array_sized_new((guint)(sizeof uidvalidity + length));
    g_byte_array_append(key, (const uint8_t *)&uidvalidity, sizeof uidvalidity);
    g_byte_array_append(key, name, (guint)length);
    return g_byte_array_free_to_bytes(key);
}

static void index_epoch(KnownMailboxes *known, MailboxInfo *info)
{
    g_hash_table_replace(known->by_epoch, epoch_key(info->name, info->name_length, info->uidvalidity), info);
}

static GHashTable *table_of_names(void)
{
    return g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
}

KnownMailboxes *known_mailboxes_new(GPtrArray *shown, GPtrArray *epochs)
{
    KnownMailboxes *known = g_new0(KnownMailboxes, 1);
    known->shown = g_ptr_array_ref(shown);
    known->epochs = g_ptr_array_ref(epochs);
    known->shown_by_name = table_of_names();
    known->by_epoch = table_of_names();
    known->shown_numbers = g_hash_table_new(NULL, NULL);
    known->claimed = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < epochs->len; i++)
        index_epoch(known, epochs->pdata[i]);
    for (guint i = 0; i < shown->len; i++) {
        MailboxInfo *info = shown->pdata[i];
        index_epoch(known, info); /* comes before one that is gone */
        g_hash_table_replace(known->shown_by_name, g_bytes_new_static(info->name, info->name_length), info);
        g_hash_table_add(known->shown_numbers, GUINT_TO_POINTER(info->mailbox));
    }
    return known;
}

void known_mailboxes_free(KnownMailboxes *known)
{
    if (!known)
        return;
    g_hash_table_unref(known->shown_by_name);
    g_hash_table_unref(known->by_epoch);
    g_hash_table_unref(known->shown_numbers);
    g_hash_table_unref(known->claimed);
    g_ptr_array_unref(known->shown);
    g_ptr_array_unref(known->epochs);
    g_free(known);
}

const GPtrArray *known_mailboxes_shown(const KnownMailboxes *known)
{
    return known->shown;
}

const MailboxInfo *known_mailboxes_epoch(const KnownMailboxes *known, const uint8_t *name, size_t length,
                                         uint32_t uidvalidity)
{
    g_autoptr(GBytes) key = epoch_key(name, length, uidvalidity);
    return g_hash_table_lookup(known->by_epoch, key);
}

const MailboxInfo *known_mailboxes_shown_as(const KnownMailboxes *known, const uint8_t *name, size_t length)
{
    g_autoptr(GBytes) key = g_bytes_new_static(name, length);
    return g_hash_table_lookup(known->shown_by_name, key);
}

bool known_mailboxes_is_shown(const KnownMailboxes *known, uint32_t mailbox)
{
    return g_hash_table_contains(known->shown_numbers, GUINT_TO_POINTER(mailbox));
}

void known_mailboxes_claim(KnownMailboxes *known, uint32_t mailbox)
{
    g_hash_table_add(known->claimed, GUINT_TO_POINTER(mailbox));
}

bool known_mailboxes_hold_messages(const KnownMailboxes *known)
{
    bool held = false;
    for (guint i = 0; i < known->epochs->len; i++)
        held |= ((const MailboxInfo *)known->epochs->pdata[i])->messages > 0;
    return held;
}

void known_mailboxes_disown(KnownMailboxes *known, uint32_t mailbox)
{
    g_hash_table_remove(known->claimed, GUINT_TO_POINTER(mailbox));
}

GArray *known_mailboxes_unclaimed(const KnownMailboxes *known)
{
    GArray *unclaimed = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (guint i = 0; i < known->shown->len; i++) {
        const MailboxInfo *info = known->shown->pdata[i];
        if (!g_hash_table_contains(known->claimed, GUINT_TO_POINTER(info->mailbox)))
            g_array_append_val(unclaimed, info->mailbox);
    }
    return unclaimed;
}
