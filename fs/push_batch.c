#include "push_batch.h"

#define BATCH_BYTES ((uint64_t)1 << 20)
#define BATCH_MESSAGES 64u
#define MESSAGE_BYTES_AT_MOST ((uint64_t)8 << 20)
#define NEAR_MESSAGES 8u

static void clear_message(void *message)
{
    body_free(((PushMessage *)message)->body);
}

PushBatch *push_batch_new(void)
{
    PushBatch *batch = g_new0(PushBatch, 1);
    batch->messages = g_array_new(FALSE, FALSE, sizeof(PushMessage));
    g_array_set_clear_func(batch->messages, clear_message);
    return batch;
}

void push_batch_free(PushBatch *batch)
{
    g_array_unref(batch->messages);
    g_free(batch);
}

static bool begin_scan(MessageScan *scan, View *view, const PushRange *range)
{
    if (!view || range->after == UINT32_MAX)
        return false;
    if (range->is_backward)
        return message_scan_begin_back(scan, view, range->mailbox, range->snapshot, push_walk_place(true, range->after),
                                       NULL);
    return message_scan_begin(scan, view, range->mailbox, range->snapshot, range->after + 1, NULL);
}

bool push_range_is_at_end(const PushRange *range)
{
    return range->messages == 0 || range->bytes == 0 || range->is_last;
}

static void add_message(PushBatch *batch, const MessageRow *row, PushRange *range)
{
    PushMessage message = {.uid = row->uid, .id = row->id, .size = row->size};
    g_array_append_val(batch->messages, message);
    range->bytes -= MIN(range->bytes, row->size);
    range->after = push_walk_place(range->is_backward, row->uid);
    range->messages--;
}

static void add_messages(PushBatch *batch, MessageScan *scan, PushRange *range)
{
    MessageRow row;
    uint64_t bytes = 0;
    while (batch->messages->len < BATCH_MESSAGES && bytes < BATCH_BYTES && !push_range_is_at_end(range)) {
        range->is_last = !message_scan_next(scan, &row, NULL);
        if (range->is_last)
            return;
        add_message(batch, &row, range);
        bytes += row.size;
    }
}

void push_batch_take(PushBatch *batch, Repository *repository, PushRange *range)
{
    MessageScan scan;
    g_autoptr(View) view = view_acquire(repository, NULL);
    batch->mailbox = range->mailbox;
    g_array_set_size(batch->messages, 0);
    range->is_last = !begin_scan(&scan, view, range);
    if (!range->is_last) {
        add_messages(batch, &scan, range);
        message_scan_end(&scan);
    }
}

static Body *open_body(View *view, const PushMessage *message)
{
    g_autoptr(Body) body = message->size <= MESSAGE_BYTES_AT_MOST ? body_open(view, &message->id, NULL) : NULL;
    return body && body_size(body) == message->size ? g_steal_pointer(&body) : NULL;
}

void push_batch_open(PushBatch *batch, Repository *repository)
{
    g_autoptr(View) view = view_acquire(repository, NULL);
    for (unsigned i = 0; view && i < batch->messages->len; i++) {
        PushMessage *message = &g_array_index(batch->messages, PushMessage, i);
        message->body = open_body(view, message);
    }
}

bool push_batch_is_near(Repository *repository, const PushRange *range, uint32_t uid)
{
    MessageScan scan;
    MessageRow row;
    unsigned between = 0;
    uint32_t place = push_walk_place(range->is_backward, uid);
    g_autoptr(View) view = view_acquire(repository, NULL);
    if (!begin_scan(&scan, view, range))
        return false;
    while (between <= NEAR_MESSAGES && message_scan_next(&scan, &row, NULL) &&
           push_walk_place(range->is_backward, row.uid) < place)
        between++;
    message_scan_end(&scan);
    return between <= NEAR_MESSAGES;
}
