#include "fetch_lane.h"

#include "error.h"
#include "imap_uid_set.h"
#include "mirror_origin.h"
#include "mirror_wait.h"
#include "substitute.h"

/* A server answers one command while the next ones wait in its socket, so that it is busy over any distance. What is
 * asked for at once on all connections should fit into one frame or two: they are stored as they come, and read in
 * order. Some servers refuse long commands. */
enum {
    BATCH_MESSAGES = 32,
    BATCHES_IN_FLIGHT = 4,
    UID_SET_BYTES = 1000,
    PARCEL_BYTES = 256 << 10,
    PUTS_OFF_AT_MOST = 3, /* how often in a row the server may put us off before it counts as a refusal */
    PUT_OFF_WAIT_MS = 200,
    SUBSTITUTE_BYTES = 16 << 10, /* no text of a server's own is longer */
};

typedef struct {
    uint32_t command;
    FetchBatch batch;
    uint64_t promised;     /* bytes of the day */
    size_t arrived_before; /* by this lane */
} Flight;

typedef struct {
    MirrorRun *run;
    const FetchOrder *order;
    FetchPool *pool;
    ImapClient *client;
    GQueue flights; /* Flight*, owned, in the order of their commands */
    IngestParcel *parcel;
    Spool *body; /* of the message that is just arriving; or NULL */
    size_t arrived;
    unsigned put_off; /* in a row */
    bool over;        /* the server wants a new login */
    bool failed;      /* for a reason that is not the connection's */
} Lane;

static bool push_parcel(Lane *lane, GError **error)
{
    IngestParcel *parcel = g_steal_pointer(&lane->parcel);
    lane->parcel = ingest_parcel_new();
    return ingest_push_parcel(lane->run->ingest, parcel, error);
}

static bool store_message(Lane *lane, const ImapFetch *told, GError **error)
{
    IngestMessage message = {
        .uid = told->uid,
        /* Without a valid INTERNALDATE it is 1970: an invented date would differ from run to run. */
        .internaldate = told->has_internaldate ? told->internaldate : 0,
        .flags = {.flags = told->has_flags ? told->flags : 0, .keywords = told->has_flags ? told->keywords : ""}};
    message.has_origin = mirror_origin_id(lane->run->origin_item, told->origin, &message.origin);
    uint64_t bytes =
        ingest_parcel_add_message(lane->parcel, lane->order->mailbox, &message, g_steal_pointer(&lane->body));
    lane->arrived++;
    lane->put_off = 0;
    mirror_run_count_message(lane->run);
    return bytes < PARCEL_BYTES || push_parcel(lane, error);
}

/* A message without a byte is one only when the server says that it has none; else it keeps its bytes to itself. */
static bool is_withheld(const ImapFetch *told)
{
    return !told->is_header && told->body_size == 0 && (!told->has_size || told->size > 0);
}

static bool is_substitute(Spool *body)
{
    char room[SUBSTITUTE_BYTES];
    size_t length;
    if (spool_size(body) > sizeof room)
        return false;
    const uint8_t *text = spool_peek(body, 0, room, sizeof room, &length, NULL);
    return text && substitute_is((const char *)text, length);
}

/* Whether what came is the message that was asked for; what came in its place is told. */
static bool is_message(Lane *lane, const ImapFetch *told)
{
    g_autofree char *why = NULL;
    if (told->body == IMAP_BODY_NIL)
        why = g_strdup("empty answer");
    else if (told->body != IMAP_BODY_GIVEN || told->is_header != lane->order->headers_only || !lane->body)
        return false;
    else if (is_withheld(told))
        why = g_strdup_printf("no bytes of %" G_GUINT64_FORMAT, told->size);
    else if (is_substitute(lane->body))
        why = g_strdup("a text of the server's own in its place");
    if (why)
        fetch_pool_gave_nothing(lane->pool, told->uid, why);
    return !why;
}

static bool take_fetch(Lane *lane, const ImapFetch *told, GError **error)
{
    if (is_message(lane, told) && fetch_pool_arrived(lane->pool, told->uid))
        return store_message(lane, told, error);
    g_clear_pointer(&lane->body, spool_free); /* nobody asked for it, or not again */
    return true;
}

static bool wait(const Lane *lane, unsigned milliseconds, GError **error)
{
    return milliseconds == 0 || mirror_wait(lane->run->cancellable, milliseconds, error);
}

static bool take_data(const Lane *lane, const ImapData *data, GError **error)
{
    mirror_run_count_bytes(lane->run, data->length);
    unsigned wait_ms = mirror_pace_after_bytes(lane->run->pace, data->length, g_get_monotonic_time());
    return spool_append(lane->body, data->bytes, data->length, error) && wait(lane, wait_ms, error);
}

static Flight *take_flight(Lane *lane, uint32_t command)
{
    for (GList *link = lane->flights.head; link; link = link->next) {
        Flight *flight = link->data;
        if (flight->command != command)
            continue;
        g_queue_delete_link(&lane->flights, link);
        return flight;
    }
    return NULL;
}

/* The server wants to be left alone for a while. */
static bool wait_put_off(Lane *lane, const ImapCondition *condition, unsigned wait_ms, GError **error)
{
    lane->put_off++;
    if (wait_ms > lane->run->patience_ms)
        return mb_error_set(error, MB_ERROR_REFUSED, "the server wants to be left alone for %u s: %s", wait_ms / 1000,
                            condition->text);
    return wait(lane, wait_ms ? wait_ms : lane->put_off * PUT_OFF_WAIT_MS, error);
}

static bool take_refusal(Lane *lane, const FetchBatch *batch, const ImapCondition *condition, GError **error)
{
    g_autofree char *reason = g_strdup_printf("%s %s", condition->outcome == IMAP_NO ? "NO" : "BAD", condition->text);
    unsigned wait_ms;
    RefusalKind kind = mirror_pace_refusal(condition, &wait_ms);
    bool later = kind == REFUSAL_FOR_NOW && lane->put_off < PUTS_OFF_AT_MOST;
    fetch_pool_return(lane->pool, batch, kind != REFUSAL_OF_THIS && later ? BATCH_UNASKED : BATCH_REFUSED, reason);
    if (kind == REFUSAL_OF_ALL)
        return mb_error_set(error, MB_ERROR_REFUSED, "the server gives no more for now: %s", condition->text);
    return !later || wait_put_off(lane, condition, wait_ms, error);
}

static bool take_end(Lane *lane, uint32_t command, const ImapCondition *condition, GError **error)
{
    g_autofree Flight *flight = take_flight(lane, command);
    if (!flight)
        return true; /* of a command whose answer nobody waits for */
    mirror_run_release(lane->run, flight->promised);
    mirror_pace_note(lane->run->pace, condition->code == IMAP_CODE_THROTTLED);
    if (imap_condition_ends_session(condition)) {
        lane->over = true;
        fetch_pool_return(lane->pool, &flight->batch, BATCH_UNASKED, NULL);
        return imap_client_refused(lane->client, condition, "FETCH", error);
    }
    if (condition->outcome != IMAP_OK)
        return take_refusal(lane, &flight->batch, condition, error);
    /* With MESSAGELIMIT (RFC 9738) the server has answered for the newest of them only. */
    bool in_part = condition->code == IMAP_CODE_MESSAGELIMIT && lane->arrived > flight->arrived_before;
    fetch_pool_return(lane->pool, &flight->batch, in_part ? BATCH_UNASKED : BATCH_ANSWERED, NULL);
    return push_parcel(lane, error);
}

static bool take_event(Lane *lane, const ImapEvent *event, GError **error)
{
    switch (event->kind) {
    case IMAP_EVENT_BODY_BEGIN:
        g_clear_pointer(&lane->body, spool_free);
        lane->body = spool_new(repository_path(lane->run->repository));
        spool_expect(lane->body, event->body_size);
        return true;
    case IMAP_EVENT_BODY_DATA:
        return take_data(lane, &event->data, error);
    case IMAP_EVENT_FETCH:
        return take_fetch(lane, &event->fetch, error);
    case IMAP_EVENT_TAGGED:
        return take_end(lane, event->command, &event->condition, error);
    default:
        return true;
    }
}

/* What did not come the first time is asked for with its size, so that nothing can be told from withheld. */
static uint32_t items_of(const Lane *lane, const FetchBatch *batch)
{
    return IMAP_ITEM_FLAGS | (batch->tries > 0 ? IMAP_ITEM_SIZE : 0) | IMAP_ITEM_INTERNALDATE | lane->run->origin_item |
           (lane->order->headers_only ? IMAP_ITEM_HEADER : IMAP_ITEM_BODY);
}

/* The first `count` of a batch stay in it. */
static void give_rest_back(Lane *lane, FetchBatch *batch, size_t count)
{
    FetchBatch rest = {.first = batch->first + count, .count = batch->count - count, .tries = batch->tries};
    fetch_pool_return(lane->pool, &rest, BATCH_UNASKED, NULL);
    batch->count = count;
}

/* As much of a batch as the day allows. */
static bool take_batch(Lane *lane, FetchBatch *batch, uint64_t *promised)
{
    if (!fetch_pool_take(lane->pool, BATCH_MESSAGES, batch))
        return false;
    const uint64_t *sizes = lane->order->sizes ? lane->order->sizes + batch->first : NULL;
    size_t granted = mirror_run_promise(lane->run, sizes, batch->count, promised);
    give_rest_back(lane, batch, granted);
    return granted > 0;
}

/* The set of a batch may be too long for one command: what does not fit goes back. */
static bool send_batch(Lane *lane, FetchBatch batch, uint64_t promised, GError **error)
{
    g_autoptr(GArray) wanted = fetch_pool_wanted(lane->pool, &batch);
    size_t next = 0;
    const uint32_t *uids = (const uint32_t *)(const void *)wanted->data;
    g_autofree char *set = imap_uid_set_chunk(uids, wanted->len, &next, BATCH_MESSAGES, UID_SET_BYTES);
    if (next < wanted->len) {
        size_t taken = 0;
        while (lane->order->uids[batch.first + taken] < uids[next])
            taken++;
        give_rest_back(lane, &batch, taken);
    }
    Flight *flight = g_new(Flight, 1);
    *flight = (Flight){.batch = batch, .promised = promised, .arrived_before = lane->arrived};
    g_queue_push_tail(&lane->flights, flight);
    flight->command = imap_client_send(lane->client, imap_command_fetch(set, items_of(lane, &batch), 0, error));
    return flight->command != 0;
}

static bool fill_window(Lane *lane, GError **error)
{
    FetchBatch batch;
    uint64_t promised;
    while (g_queue_get_length(&lane->flights) < BATCHES_IN_FLIGHT && take_batch(lane, &batch, &promised))
        if (!wait(lane, mirror_pace_before_command(lane->run->pace), error) ||
            !send_batch(lane, batch, promised, error))
            return false;
    return true;
}

static bool work(Lane *lane, GError **error)
{
    for (;;) {
        lane->failed = true;
        if (!fill_window(lane, error))
            return false;
        if (g_queue_is_empty(&lane->flights))
            return push_parcel(lane, error);
        ImapEvent event;
        lane->failed = false;
        if (!imap_client_next(lane->client, &event, error))
            return false;
        if (!take_event(lane, &event, error)) {
            lane->failed = !lane->over;
            return false;
        }
    }
}

/* A connection that brought nothing broke at what it was asked first; one that did broke for another reason. */
static void return_flights(Lane *lane, const GError *reason)
{
    BatchEnd end = lane->arrived == 0 ? BATCH_REFUSED : BATCH_UNASKED;
    for (Flight *flight; (flight = g_queue_pop_tail(&lane->flights)); g_free(flight)) {
        mirror_run_release(lane->run, flight->promised);
        fetch_pool_return(lane->pool, &flight->batch, g_queue_is_empty(&lane->flights) ? end : BATCH_UNASKED,
                          reason->message);
    }
}

LaneEnd fetch_lane_run(MirrorRun *run, const FetchOrder *order, FetchPool *pool, ImapClient *client, size_t *arrived,
                       GError **error)
{
    Lane lane = {.run = run, .order = order, .pool = pool, .client = client, .parcel = ingest_parcel_new()};
    g_autoptr(GError) reason = NULL;
    LaneEnd end = LANE_DONE;
    g_queue_init(&lane.flights);
    if (!work(&lane, &reason)) {
        end = !lane.failed && mirror_link_is_loss(reason) ? LANE_LOST : LANE_FAILED;
        return_flights(&lane, reason);
        if (!push_parcel(&lane, NULL))
            end = LANE_FAILED;
        g_propagate_error(error, g_steal_pointer(&reason));
    }
    *arrived = lane.arrived;
    ingest_parcel_free(lane.parcel);
    spool_free(lane.body);
    return end;
}
