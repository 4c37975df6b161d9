#include "mirror_copies.h"

#include "copy_check.h"
#include "error.h"

typedef struct {
    MirrorRun *run;
    const FetchOrder *order;
    KeywordTable *keywords;
    GArray *descriptions; /* MessageDescription */
    GArray *left;         /* uint32_t */
    GHashTable *copied;   /* set of UIDs */
} Copying;

static bool copy(const Copying *copying, const MessageDescription *description, const CopyCandidate *from,
                 GError **error)
{
    IngestMessage message = {
        .uid = description->uid,
        .internaldate = description->has_internaldate ? description->internaldate : 0,
        .flags = {.flags = description->flags,
                  .keywords = keyword_table_text(copying->keywords, description->keywords)},
        .has_origin = description->has_origin,
        .origin = description->origin,
    };
    if (!g_hash_table_add(copying->copied, GUINT_TO_POINTER(description->uid)))
        return true; /* told twice */
    mirror_run_count_message(copying->run);
    return ingest_copy_message(copying->run->ingest, copying->order->mailbox, &message, from->mailbox, from->uid,
                               error);
}

static bool describe(Copying *copying, uint32_t items, GError **error)
{
    g_autoptr(GArray) uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_array_append_vals(uids, copying->order->uids, (guint)copying->order->count);
    copying->descriptions = message_descriptions(mirror_link_client(copying->run->link), uids, items,
                                                 copying->run->origin_item, copying->keywords, error);
    return copying->descriptions != NULL;
}

/* By the server's own names for contents, which are promises (RFC 8474 5.1). */
static bool copy_by_origin(Copying *copying, GError **error)
{
    if (!ingest_settle(copying->run->ingest, error) ||
        !describe(copying, IMAP_ITEM_INTERNALDATE | copying->run->origin_item, error))
        return false;
    for (guint i = 0; i < copying->descriptions->len; i++) {
        const MessageDescription *description = &g_array_index(copying->descriptions, MessageDescription, i);
        g_autoptr(View) view = view_acquire(copying->run->repository, error);
        CopyCandidate candidate;
        bool found = false;
        if (!view ||
            (description->has_origin &&
             !copy_candidate_by_origin(view, copying->run->account, &description->origin, &candidate, &found, error)))
            return false;
        g_clear_pointer(&view, view_release);
        if (found && !copy(copying, description, &candidate, error))
            return false;
    }
    return true;
}

static CopyCandidates *find_candidates(const Copying *copying, GError **error)
{
    g_autoptr(View) view = view_acquire(copying->run->repository, error);
    return view ? copy_candidates_new(view, copying->run->account, copying->descriptions, error) : NULL;
}

static GArray *checks_of(const Copying *copying, const CopyCandidates *candidates)
{
    GArray *checks = g_array_new(FALSE, FALSE, sizeof(CopyCheck));
    for (guint i = 0; i < copying->descriptions->len; i++) {
        const MessageDescription *description = &g_array_index(copying->descriptions, MessageDescription, i);
        CopyCheck check = {.uid = description->uid, .candidates = copy_candidates_of(candidates, description)};
        if (check.candidates)
            g_array_append_val(checks, check);
    }
    return checks;
}

/* By size and date, and then by header and sample. */
static bool copy_by_likeness(Copying *copying, GError **error)
{
    if (!describe(copying, IMAP_ITEM_INTERNALDATE | IMAP_ITEM_SIZE, error))
        return false;
    g_autoptr(CopyCandidates) candidates = find_candidates(copying, error);
    g_autoptr(GArray) checks = candidates ? checks_of(copying, candidates) : NULL;
    if (!checks || !copy_checks_run(mirror_link_client(copying->run->link), copying->run->repository, checks, error))
        return false;
    g_autoptr(GHashTable) by_uid = copy_checks_by_uid(checks);
    for (guint i = 0; i < copying->descriptions->len; i++) {
        const MessageDescription *description = &g_array_index(copying->descriptions, MessageDescription, i);
        const CopyCheck *check = g_hash_table_lookup(by_uid, GUINT_TO_POINTER(description->uid));
        if (check && check->proven && !copy(copying, description, check->proven, error))
            return false;
    }
    return true;
}

static void keep_rest(const Copying *copying)
{
    for (size_t i = 0; i < copying->order->count; i++)
        if (!g_hash_table_contains(copying->copied, GUINT_TO_POINTER(copying->order->uids[i])))
            g_array_append_val(copying->left, copying->order->uids[i]);
}

/* An answer that cannot be understood to a question that is not necessary: the next try does without. */
static void note_failure(MirrorRun *run, GError *failure)
{
    if (!g_error_matches(failure, MB_ERROR, MB_ERROR_PROTOCOL) && !g_error_matches(failure, MB_ERROR, MB_ERROR_LIMIT))
        return;
    run->takes_no_copies = true;
    failure->code = MB_ERROR_AGAIN;
}

/* A header is not a message, and a message no header: those of another kind are no copies of each other. */
static bool is_worth_looking(const Copying *copying)
{
    return copying->order->count > 0 && !copying->order->headers_only && copying->run->has_messages &&
           !copying->run->takes_no_copies;
}

bool mirror_copies(MirrorRun *run, const FetchOrder *order, GArray **left, GError **error)
{
    Copying copying = {.run = run,
                       .order = order,
                       .keywords = keyword_table_new(),
                       .left = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
                       .copied = g_hash_table_new(NULL, NULL)};
    bool done = !is_worth_looking(&copying) ||
                (run->origin_item ? copy_by_origin(&copying, error) : copy_by_likeness(&copying, error));
    if (done)
        keep_rest(&copying);
    else
        note_failure(run, *error);
    *left = copying.left;
    keyword_table_free(copying.keywords);
    g_hash_table_unref(copying.copied);
    if (copying.descriptions)
        g_array_unref(copying.descriptions);
    return done;
}
