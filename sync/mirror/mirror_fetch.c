#include "mirror_fetch.h"

#include <stdlib.h>

#include "error.h"
#include "imap_uid_set.h"
#include "mirror_examine.h"

/* A server answers one command while the next ones wait in its socket: four of a hundred messages keep it busy over any
 * distance. Some servers refuse long commands. */
enum { BATCH_MESSAGES = 100, BATCHES_IN_FLIGHT = 4, UID_SET_BYTES = 1000 };

typedef struct {
    MirrorRun *run;
    const FetchOrder *order;
    bool *arrived; /* one per UID of the order */
    Spool *body;   /* of the message that is just arriving; or NULL */
    char *reason;  /* why the last UID asked for alone did not come; or NULL */
} Fetch;

static int compare_uids(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* Where the UID stands in the order; NULL when it was not asked for. */
static bool *arrival_of(const Fetch *fetch, uint32_t uid)
{
    const FetchOrder *order = fetch->order;
    if (order->count == 0)
        return NULL;
    const uint32_t *found = bsearch(&uid, order->uids, order->count, sizeof uid, compare_uids);
    return found ? &fetch->arrived[found - order->uids] : NULL;
}

/* Takes the text over. */
static void set_reason(Fetch *fetch, char *reason)
{
    g_free(fetch->reason);
    fetch->reason = reason;
}

static bool store_message(Fetch *fetch, const ImapFetch *told, GError **error)
{
    IngestMessage message = {
        .uid = told->uid,
        /* Without a valid INTERNALDATE it is 1970: an invented date would differ from run to run. */
        .internaldate = told->has_internaldate ? told->internaldate : 0,
        .flags = {.flags = told->has_flags ? told->flags : 0, .keywords = told->has_flags ? told->keywords : ""}};
    if (!ingest_add_message(fetch->run->ingest, fetch->order->mailbox, &message, g_steal_pointer(&fetch->body), error))
        return false;
    mirror_run_count_message(fetch->run);
    return true;
}

static bool take_fetch(Fetch *fetch, const ImapFetch *told, GError **error)
{
    bool *arrived = arrival_of(fetch, told->uid);
    if (told->body == IMAP_BODY_NIL)
        set_reason(fetch, g_strdup("empty answer"));
    if (arrived && !*arrived && told->body == IMAP_BODY_GIVEN && fetch->body) {
        *arrived = true;
        return store_message(fetch, told, error);
    }
    g_clear_pointer(&fetch->body, spool_free); /* nobody asked for it, or not again */
    return true;
}

static bool take_data(Fetch *fetch, const ImapData *data, GError **error)
{
    fetch->run->progress.bytes_done += data->length;
    fetch->run->report->bytes_read += data->length;
    mirror_run_tell_progress(fetch->run);
    return spool_append(fetch->body, data->bytes, data->length, error);
}

/* A NO is about single messages and settled with those that did not come; one that asks us to slow down ends the run.
 */
static bool take_end(Fetch *fetch, const ImapCondition *condition, GError **error)
{
    if (condition->code == IMAP_CODE_THROTTLED || condition->code == IMAP_CODE_OVERQUOTA)
        return mb_error_set(error, MB_ERROR_AGAIN, "the server asks for a pause: %s", condition->text);
    if (condition->outcome != IMAP_OK)
        set_reason(fetch, g_strdup_printf("%s %s", condition->outcome == IMAP_NO ? "NO" : "BAD", condition->text));
    return true;
}

static bool take_event(Fetch *fetch, const ImapEvent *event, GError **error)
{
    switch (event->kind) {
    case IMAP_EVENT_BODY_BEGIN:
        g_clear_pointer(&fetch->body, spool_free);
        fetch->body = spool_new(repository_path(fetch->run->repository));
        return true;
    case IMAP_EVENT_BODY_DATA:
        return take_data(fetch, &event->data, error);
    case IMAP_EVENT_FETCH:
        return take_fetch(fetch, &event->fetch, error);
    case IMAP_EVENT_TAGGED:
        return take_end(fetch, &event->condition, error);
    default:
        return true;
    }
}

static bool send_batch(const Fetch *fetch, const uint32_t *uids, size_t count, size_t *next, GError **error)
{
    g_autofree char *set = imap_uid_set_chunk(uids, count, next, BATCH_MESSAGES, UID_SET_BYTES);
    return imap_client_send(
               fetch->run->client,
               imap_command_fetch(set, IMAP_ITEM_FLAGS | IMAP_ITEM_INTERNALDATE | IMAP_ITEM_BODY, 0, error)) != 0;
}

/* Asks for the UIDs once, in batches, and takes whatever comes. */
static bool fetch_pass(Fetch *fetch, const uint32_t *uids, size_t count, GError **error)
{
    ImapClient *client = fetch->run->client;
    size_t next = 0;
    for (;;) {
        while (next < count && imap_session_commands_open(imap_client_session(client)) < BATCHES_IN_FLIGHT)
            if (!send_batch(fetch, uids, count, &next, error))
                return false;
        if (imap_session_commands_open(imap_client_session(client)) == 0)
            return true;
        ImapEvent event;
        if (!imap_client_next(client, &event, error) || !take_event(fetch, &event, error))
            return false;
    }
}

typedef struct {
    uint32_t uid;
    char *reason;
} MissingMessage;

static void missing_message_clear(void *pointer)
{
    g_free(((MissingMessage *)pointer)->reason);
}

/* Those that did not come are asked for once more, each alone, so that one bad message spoils no other. */
static bool fetch_stragglers(Fetch *fetch, GArray *missing, GError **error)
{
    for (size_t i = 0; i < fetch->order->count; i++) {
        if (fetch->arrived[i])
            continue;
        set_reason(fetch, NULL);
        if (!fetch_pass(fetch, &fetch->order->uids[i], 1, error))
            return false;
        if (fetch->arrived[i])
            continue;
        MissingMessage message = {.uid = fetch->order->uids[i], .reason = g_steal_pointer(&fetch->reason)};
        g_array_append_val(missing, message);
    }
    return true;
}

/* Lists those of the missing that the server still has: a message that was expunged meanwhile is not missing. */
static bool list_still_there(Fetch *fetch, const GArray *missing, GArray *listing, GError **error)
{
    g_autoptr(KeywordTable) keywords = keyword_table_new();
    g_autofree uint32_t *uids = g_new(uint32_t, missing->len);
    for (guint i = 0; i < missing->len; i++)
        uids[i] = g_array_index(missing, MissingMessage, i).uid;
    ImapEvent event;
    if (!imap_client_run(fetch->run->client, imap_command_noop(), &event, error))
        return false;
    for (size_t next = 0; next < missing->len;) {
        g_autofree char *set = imap_uid_set_chunk(uids, missing->len, &next, BATCH_MESSAGES, UID_SET_BYTES);
        uint32_t expunged;
        if (!mirror_list_messages(fetch->run->client, set, keywords, listing, &expunged, error))
            return false;
    }
    return true;
}

static bool is_listed(const GArray *listing, uint32_t uid)
{
    G_STATIC_ASSERT(offsetof(ListedMessage, uid) == 0); /* so compare_uids() serves here too */
    return listing->len > 0 && bsearch(&uid, listing->data, listing->len, sizeof(ListedMessage), compare_uids);
}

static bool settle_missing(Fetch *fetch, const GArray *missing, uint64_t *still_there, GError **error)
{
    g_autoptr(GArray) listing = g_array_new(FALSE, FALSE, sizeof(ListedMessage));
    *still_there = 0;
    if (!list_still_there(fetch, missing, listing, error))
        return false;
    for (guint i = 0; i < missing->len; i++) {
        const MissingMessage *message = &g_array_index(missing, MissingMessage, i);
        if (!is_listed(listing, message->uid))
            continue;
        (*still_there)++;
        mirror_run_incomplete(fetch->run, "%s: the server did not give message UID %u: %s; it will be tried again",
                              fetch->order->display_name, message->uid,
                              message->reason ? message->reason : "no answer");
    }
    return true;
}

static bool fetch_all(Fetch *fetch, uint64_t *missing, uint64_t *gone, GError **error)
{
    g_autoptr(GArray) absent = g_array_new(FALSE, FALSE, sizeof(MissingMessage));
    g_array_set_clear_func(absent, missing_message_clear);
    *missing = *gone = 0;
    if (!fetch_pass(fetch, fetch->order->uids, fetch->order->count, error) || !fetch_stragglers(fetch, absent, error))
        return false;
    if (absent->len > 0 && !settle_missing(fetch, absent, missing, error))
        return false;
    *gone = absent->len - *missing;
    return true;
}

bool mirror_fetch(MirrorRun *run, const FetchOrder *order, uint64_t *missing, uint64_t *gone, GError **error)
{
    Fetch fetch = {.run = run, .order = order, .arrived = g_new0(bool, order->count)};
    bool done = fetch_all(&fetch, missing, gone, error);
    g_free(fetch.arrived);
    g_free(fetch.reason);
    spool_free(fetch.body);
    return done;
}
