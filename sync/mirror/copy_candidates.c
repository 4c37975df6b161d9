#include "copy_candidates.h"

#include "body.h"
#include "error.h"

enum { CONTENTS_AT_MOST = 8 }; /* of one size and second; more are fetched rather than compared */

typedef struct {
    uint64_t size;
    int64_t internaldate;
} Fingerprint;

struct CopyCandidates {
    GHashTable *by_fingerprint; /* Fingerprint to GArray of CopyCandidate */
};

static guint fingerprint_hash(gconstpointer key)
{
    const Fingerprint *fingerprint = key;
    int64_t mixed = (int64_t)(fingerprint->size * 0x9e3779b97f4a7c15u) ^ fingerprint->internaldate;
    return g_int64_hash(&mixed);
}

static gboolean fingerprint_equal(gconstpointer a, gconstpointer b)
{
    const Fingerprint *left = a, *right = b;
    return left->size == right->size && left->internaldate == right->internaldate;
}

static CopyCandidate candidate_of(const MessageRow *row)
{
    return (CopyCandidate){.id = row->id, .size = row->size, .mailbox = row->mailbox, .uid = row->uid};
}

/* A content is taken note of once, however often it is stored. */
static void add_row(const CopyCandidates *candidates, const MessageRow *row)
{
    Fingerprint fingerprint = {.size = row->size, .internaldate = row->internaldate};
    GArray *found = g_hash_table_lookup(candidates->by_fingerprint, &fingerprint);
    if (!found || found->len >= CONTENTS_AT_MOST)
        return;
    for (guint i = 0; i < found->len; i++)
        if (content_id_equal(&g_array_index(found, CopyCandidate, i).id, &row->id))
            return;
    CopyCandidate candidate = candidate_of(row);
    g_array_append_val(found, candidate);
}

static bool add_mailbox(const CopyCandidates *candidates, View *view, uint32_t mailbox, GError **error)
{
    MessageScan scan;
    if (!message_scan_begin(&scan, view, mailbox, SNAPSHOT_EVER, 1, error))
        return false;
    g_autoptr(GError) cause = NULL;
    MessageRow row;
    while (message_scan_next(&scan, &row, &cause))
        add_row(candidates, &row);
    message_scan_end(&scan);
    if (!cause)
        return true;
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
}

static void want(CopyCandidates *candidates, const MessageDescription *description)
{
    Fingerprint fingerprint = {.size = description->size, .internaldate = description->internaldate};
    if (description->has_size && description->has_internaldate &&
        !g_hash_table_contains(candidates->by_fingerprint, &fingerprint))
        g_hash_table_insert(candidates->by_fingerprint, g_memdup2(&fingerprint, sizeof fingerprint),
                            g_array_new(FALSE, FALSE, sizeof(CopyCandidate)));
}

CopyCandidates *copy_candidates_new(View *view, uint32_t account, const GArray *descriptions, GError **error)
{
    g_autoptr(CopyCandidates) candidates = g_new0(CopyCandidates, 1);
    candidates->by_fingerprint =
        g_hash_table_new_full(fingerprint_hash, fingerprint_equal, g_free, (GDestroyNotify)g_array_unref);
    for (guint i = 0; i < descriptions->len; i++)
        want(candidates, &g_array_index(descriptions, MessageDescription, i));
    g_autoptr(GPtrArray) epochs = view_mailbox_epochs(view, account, error);
    if (!epochs)
        return NULL;
    for (guint i = 0; i < epochs->len; i++)
        if (!add_mailbox(candidates, view, ((const MailboxInfo *)epochs->pdata[i])->mailbox, error))
            return NULL;
    return g_steal_pointer(&candidates);
}

void copy_candidates_free(CopyCandidates *candidates)
{
    if (!candidates)
        return;
    g_hash_table_unref(candidates->by_fingerprint);
    g_free(candidates);
}

const GArray *copy_candidates_of(const CopyCandidates *candidates, const MessageDescription *description)
{
    Fingerprint fingerprint = {.size = description->size, .internaldate = description->internaldate};
    if (!description->has_size || !description->has_internaldate)
        return NULL;
    const GArray *found = g_hash_table_lookup(candidates->by_fingerprint, &fingerprint);
    return found && found->len > 0 ? found : NULL;
}

bool copy_candidate_by_origin(View *view, uint32_t account, const OriginId *origin, CopyCandidate *candidate,
                              bool *found, GError **error)
{
    MessageRow row;
    g_autoptr(GError) cause = NULL;
    *found = view_message_by_origin(view, account, origin, &row, &cause);
    if (!*found && !g_error_matches(cause, MB_ERROR, MB_ERROR_NOT_FOUND)) {
        g_propagate_error(error, g_steal_pointer(&cause));
        return false;
    }
    if (!*found)
        return true;
    *candidate = candidate_of(&row);
    g_autoptr(Body) body = body_open(view, &row.id, NULL);
    *found = body != NULL;
    return true;
}
