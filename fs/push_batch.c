#include "push_batch.h"

#include "body.h"

#define BATCH_BYTES ((size_t)1 << 20)
#define BATCH_MESSAGES 32u
#define MESSAGE_BYTES_AT_MOST ((uint64_t)8 << 20)
#define NEAR_MESSAGES 8u

typedef struct {
    uint32_t uid;
    Body *body; /* NULL: has no bytes to push */
} Coming;

static void clear_coming(void *data)
{
    body_free(((Coming *)data)->body);
}

PushBatch *push_batch_new(void)
{
    PushBatch *batch = g_new0(PushBatch, 1);
    batch->pieces = g_array_new(FALSE, FALSE, sizeof(PushPiece));
    batch->bytes = g_malloc(BATCH_BYTES);
    return batch;
}

void push_batch_free(PushBatch *batch)
{
    g_array_unref(batch->pieces);
    g_free(batch->bytes);
    g_free(batch);
}

static Body *open_body(View *view, const MessageRow *row)
{
    g_autoptr(Body) body = row->size <= MESSAGE_BYTES_AT_MOST ? body_open(view, &row->id, NULL) : NULL;
    return body && body_size(body) == row->size ? g_steal_pointer(&body) : NULL;
}

static bool begin_scan(MessageScan *scan, View *view, const PushRange *range)
{
    return view && range->after_uid < UINT32_MAX &&
           message_scan_begin(scan, view, range->mailbox, range->snapshot, range->after_uid + 1, NULL);
}

static GArray *look_up(Repository *repository, const PushRange *range)
{
    GArray *coming = g_array_new(FALSE, FALSE, sizeof(Coming));
    g_array_set_clear_func(coming, clear_coming);
    MessageScan scan;
    MessageRow row;
    g_autoptr(View) view = view_acquire(repository, NULL);
    if (!begin_scan(&scan, view, range))
        return coming;
    while (coming->len < MIN(range->messages, BATCH_MESSAGES) && message_scan_next(&scan, &row, NULL)) {
        Coming next = {row.uid, open_body(view, &row)};
        g_array_append_val(coming, next);
    }
    message_scan_end(&scan);
    return coming;
}

static bool is_at_end(const PushRange *range)
{
    return range->messages == 0 || range->bytes == 0;
}

/* False, with no bytes, when it cannot be read. */
static bool read_piece(PushBatch *batch, Body *body, PushPiece *piece)
{
    size_t wanted = piece->length;
    return wanted == 0 || (body_read(body, piece->offset, batch->bytes + piece->start, wanted, &piece->length, NULL) &&
                           piece->length == wanted);
}

static void go_on(PushRange *range, const PushPiece *piece, bool ends_message)
{
    range->bytes -= MIN(range->bytes, piece->length);
    range->offset = ends_message ? 0 : piece->offset + piece->length;
    if (ends_message) {
        range->after_uid = piece->uid;
        range->messages--;
    }
}

/* False when the batch is full. */
static bool load_piece(PushBatch *batch, const Coming *coming, PushRange *range)
{
    uint64_t left = coming->body ? body_size(coming->body) - range->offset : 0;
    size_t room = BATCH_BYTES - batch->used;
    if (left > room && batch->used > 0)
        return false;
    PushPiece piece = {coming->uid, range->offset, batch->used, (size_t)MIN(left, room)};
    bool ends_message = piece.length == left;
    if (!read_piece(batch, coming->body, &piece)) {
        piece.length = 0;
        ends_message = true;
    }
    g_array_append_val(batch->pieces, piece);
    batch->used += piece.length;
    go_on(range, &piece, ends_message);
    return ends_message;
}

void push_batch_load(PushBatch *batch, Repository *repository, PushRange *range)
{
    g_autoptr(GArray) coming = look_up(repository, range);
    batch->mailbox = range->mailbox;
    batch->used = 0;
    g_array_set_size(batch->pieces, 0);
    for (unsigned i = 0; i < coming->len && !is_at_end(range); i++)
        if (!load_piece(batch, &g_array_index(coming, Coming, i), range))
            break;
    batch->is_last = coming->len == 0 || is_at_end(range);
}

bool push_batch_is_near(Repository *repository, const PushRange *range, uint32_t uid)
{
    MessageScan scan;
    MessageRow row;
    unsigned between = 0;
    g_autoptr(View) view = view_acquire(repository, NULL);
    if (!begin_scan(&scan, view, range))
        return false;
    while (between <= NEAR_MESSAGES && message_scan_next(&scan, &row, NULL) && row.uid < uid)
        between++;
    message_scan_end(&scan);
    return between <= NEAR_MESSAGES;
}

static Body *look_up_end(Repository *repository, const PushRange *range)
{
    MessageScan scan;
    MessageRow row;
    Body *body = NULL;
    g_autoptr(View) view = view_acquire(repository, NULL);
    if (!begin_scan(&scan, view, range))
        return NULL;
    bool found = true;
    for (PushRange left = *range; found && !is_at_end(&left); left.messages--) {
        found = message_scan_next(&scan, &row, NULL);
        left.bytes -= MIN(left.bytes, row.size);
    }
    if (found)
        body = open_body(view, &row);
    message_scan_end(&scan);
    return body;
}

void push_batch_prepare(Repository *repository, const PushRange *range)
{
    uint8_t byte;
    size_t got;
    g_autoptr(Body) body = look_up_end(repository, range);
    if (body)
        body_read(body, 0, &byte, 1, &got, NULL);
}
