#include "mirror_fetch.h"

#include <stdlib.h>

#include "error.h"
#include "imap_uid_set.h"
#include "message_sizes.h"
#include "mirror_examine.h"

enum {
    MESSAGES_PER_CONNECTION = 400, /* a connection more is worth its login from here on */
    BATCH_MESSAGES = 100,
    UID_SET_BYTES = 1000,
};

/* A connection beside the first. */
typedef struct {
    MirrorRun *run;
    const FetchOrder *order;
    FetchPool *pool;
    MirrorLink *link;
    GThread *thread;
} Helper;

/* Opens the mailbox on a connection that has another one open, or none. It must be the one that was listed. */
static bool open_mailbox(ImapClient *client, const FetchOrder *order, GError **error)
{
    ExaminedMailbox examined;
    g_autofree char *refusal = NULL;
    if (!mirror_examine(client, order->listed, &examined, &refusal, error))
        return false;
    if (refusal)
        return mb_error_set(error, MB_ERROR_REFUSED, "the server does not open it again: %s", refusal);
    if (examined.uidvalidity != 0 && examined.uidvalidity != order->uidvalidity)
        return mb_error_set(error, MB_ERROR_AGAIN, "its UIDVALIDITY changed meanwhile");
    return true;
}

/* What one connection cannot do another may, so a failure here is no failure of the run. One that cannot be opened is
 * not tried again in this run: the server wants no more of them. */
static void *help(void *user)
{
    const Helper *helper = user;
    MirrorLink *link = helper->link;
    size_t arrived;
    bool ready = (mirror_link_client(link) || mirror_link_open(link, NULL)) &&
                 open_mailbox(mirror_link_client(link), helper->order, NULL);
    if (!ready)
        mirror_run_give_up_helper(helper->run, link);
    else if (fetch_lane_run(helper->run, helper->order, helper->pool, mirror_link_client(link), &arrived, NULL) !=
             LANE_DONE)
        mirror_link_close(link);
    return NULL;
}

/* How many are worth their login. A server on this machine works on our processors: more connections than these only
 * take turns. */
static size_t count_worthwhile(const MirrorRun *run, const FetchOrder *order)
{
    size_t most = order->count / MESSAGES_PER_CONNECTION;
    const Connection *connection = imap_client_connection(mirror_link_client(run->link));
    if (most == 0 || !run->chooses_connections || !connection_is_loopback(connection))
        return most;
    size_t processors = g_get_num_processors();
    return MIN(most, processors - 1);
}

static Helper *helpers_new(MirrorRun *run, const FetchOrder *order, FetchPool *pool, unsigned *count)
{
    g_autoptr(GPtrArray) links = mirror_run_helpers(run, count_worthwhile(run, order));
    Helper *helpers = g_new(Helper, links->len);
    for (guint i = 0; i < links->len; i++)
        helpers[i] = (Helper){.run = run, .order = order, .pool = pool, .link = links->pdata[i]};
    *count = links->len;
    return helpers;
}

/* One message may break every connection that asks for it; when a second one does so and nothing came in between, it is
 * the server that is broken. */
typedef struct {
    size_t arrived;
    size_t absent;
} LeadState;

static bool is_hopeless(LeadState *state, FetchPool *pool)
{
    LeadState now = {.arrived = fetch_pool_count_arrived(pool), .absent = fetch_pool_count_absent(pool)};
    if (now.arrived > state->arrived)
        *state = now;
    return now.absent > state->absent + 1;
}

static bool renew(MirrorRun *run, const FetchOrder *order, const GError *loss, GError **error)
{
    return mirror_link_renew(run->link, loss, error) && open_mailbox(mirror_link_client(run->link), order, error);
}

/* The first connection, renewed until the pool is empty. */
static bool lead(MirrorRun *run, const FetchOrder *order, FetchPool *pool, GError **error)
{
    LeadState state = {0};
    for (;;) {
        g_autoptr(GError) loss = NULL;
        size_t arrived;
        LaneEnd end = fetch_lane_run(run, order, pool, mirror_link_client(run->link), &arrived, &loss);
        if (end == LANE_DONE)
            return true;
        if (arrived > 0)
            mirror_link_note_use(run->link);
        if (end == LANE_FAILED || is_hopeless(&state, pool)) {
            g_propagate_error(error, g_steal_pointer(&loss));
            return false;
        }
        if (!renew(run, order, loss, error))
            return false;
    }
}

static bool fetch_all(MirrorRun *run, const FetchOrder *order, FetchPool *pool, GError **error)
{
    unsigned count;
    g_autofree Helper *helpers = helpers_new(run, order, pool, &count);
    for (unsigned i = 0; i < count; i++)
        helpers[i].thread = g_thread_new("fetch", help, &helpers[i]);
    bool done = lead(run, order, pool, error);
    if (!done)
        mirror_run_stop(run);
    for (unsigned i = 0; i < count; i++)
        g_thread_join(helpers[i].thread);
    return done && lead(run, order, pool, error); /* what they gave back */
}

static int compare_uids(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* Lists those of the absent that the server still has: a message that was expunged meanwhile is not missing. */
static bool list_still_there(MirrorRun *run, const GArray *absent, GArray *listing, GError **error)
{
    g_autoptr(KeywordTable) keywords = keyword_table_new();
    g_autofree uint32_t *uids = g_new(uint32_t, absent->len);
    ImapClient *client = mirror_link_client(run->link);
    for (guint i = 0; i < absent->len; i++)
        uids[i] = g_array_index(absent, AbsentMessage, i).uid;
    ImapEvent event;
    if (!imap_client_run(client, imap_command_noop(), &event, error))
        return false;
    for (size_t next = 0; next < absent->len;) {
        g_autofree char *set = imap_uid_set_chunk(uids, absent->len, &next, BATCH_MESSAGES, UID_SET_BYTES);
        uint32_t expunged;
        if (!mirror_list_messages(client, set, keywords, listing, &expunged, error))
            return false;
    }
    return true;
}

static bool is_listed(const GArray *listing, uint32_t uid)
{
    G_STATIC_ASSERT(offsetof(ListedMessage, uid) == 0); /* so compare_uids() serves here too */
    return listing->len > 0 && bsearch(&uid, listing->data, listing->len, sizeof(ListedMessage), compare_uids);
}

static bool settle_absent(MirrorRun *run, const FetchOrder *order, const GArray *absent, uint64_t *still_there,
                          GError **error)
{
    g_autoptr(GArray) listing = g_array_new(FALSE, FALSE, sizeof(ListedMessage));
    *still_there = 0;
    if (absent->len > 0 && !list_still_there(run, absent, listing, error))
        return false;
    for (guint i = 0; i < absent->len; i++) {
        const AbsentMessage *message = &g_array_index(absent, AbsentMessage, i);
        if (!is_listed(listing, message->uid))
            continue;
        (*still_there)++;
        mirror_run_incomplete(run, "%s: the server did not give message UID %u: %s; it will be tried again",
                              order->display_name, message->uid, message->reason ? message->reason : "no answer");
    }
    return true;
}

static bool fetch_order(MirrorRun *run, const FetchOrder *order, FetchResult *result, GError **error)
{
    g_autoptr(FetchPool) pool = fetch_pool_new(order->uids, order->count);
    *result = (FetchResult){0};
    if (!fetch_all(run, order, pool, error))
        return false;
    g_autoptr(GArray) absent = fetch_pool_absent(pool);
    if (!settle_absent(run, order, absent, &result->missing, error))
        return false;
    result->gone = absent->len - result->missing;
    result->left = fetch_pool_count_waiting(pool);
    return true;
}

/* Where a day has a limit, no more is asked for than what is left of it. */
bool mirror_fetch(MirrorRun *run, const FetchOrder *order, FetchResult *result, GError **error)
{
    if (run->bytes_per_day == 0)
        return fetch_order(run, order, result, error);
    uint64_t left = mirror_run_bytes_left(run);
    g_autoptr(GArray) sizes =
        message_sizes(mirror_link_client(run->link), order->uids, order->count, left, order->headers_only, error);
    if (!sizes)
        return false;
    FetchOrder today = *order;
    today.sizes = (const uint64_t *)(const void *)sizes->data;
    today.count = sizes->len;
    if (!fetch_order(run, &today, result, error))
        return false;
    result->left += order->count - today.count;
    return true;
}
