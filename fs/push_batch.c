#include "push_batch.h"

#define BATCH_BYTES ((size_t)1 << 20)
#define BATCH_MESSAGES 64u
#define MESSAGE_BYTES_AT_MOST ((uint64_t)8 << 20)
#define NEAR_MESSAGES 8u

static void clear_piece(void *piece)
{
    body_free(((PushPiece *)piece)->body);
}

PushBatch *push_batch_new(void)
{
    PushBatch *batch = g_new0(PushBatch, 1);
    batch->pieces = g_array_new(FALSE, FALSE, sizeof(PushPiece));
    g_array_set_clear_func(batch->pieces, clear_piece);
    return batch;
}

void push_batch_free(PushBatch *batch)
{
    g_array_unref(batch->pieces);
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

static bool is_at_end(const PushRange *range)
{
    return range->messages == 0 || range->bytes == 0 || range->is_last;
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

static void plan_piece(PushBatch *batch, View *view, const MessageRow *row, PushRange *range)
{
    g_autoptr(Body) body = open_body(view, row);
    uint64_t left = body ? body_size(body) - range->offset : 0;
    PushPiece piece = {row->uid, range->offset, (size_t)MIN(left, PUSH_PIECE_BYTES), g_steal_pointer(&body)};
    g_array_append_val(batch->pieces, piece);
    batch->bytes += piece.length;
    go_on(range, &piece, piece.length == left);
}

static bool has_room(const PushBatch *batch, const PushRange *range)
{
    return batch->pieces->len < BATCH_MESSAGES && batch->bytes < BATCH_BYTES && range->offset == 0;
}

static void plan_pieces(PushBatch *batch, Repository *repository, PushRange *range)
{
    MessageScan scan;
    MessageRow row;
    g_autoptr(View) view = view_acquire(repository, NULL);
    range->is_last = !begin_scan(&scan, view, range);
    if (range->is_last)
        return;
    do {
        range->is_last = !message_scan_next(&scan, &row, NULL);
        if (!range->is_last)
            plan_piece(batch, view, &row, range);
    } while (has_room(batch, range) && !is_at_end(range));
    message_scan_end(&scan);
}

void push_batch_plan(PushBatch *batch, Repository *repository, PushRange *range)
{
    batch->mailbox = range->mailbox;
    batch->bytes = 0;
    g_array_set_size(batch->pieces, 0);
    plan_pieces(batch, repository, range);
    batch->is_last = is_at_end(range);
    for (unsigned i = 0; i < batch->pieces->len; i++) {
        const PushPiece *piece = &g_array_index(batch->pieces, PushPiece, i);
        if (piece->body && piece->length == body_size(piece->body))
            body_prepare(piece->body, NULL);
    }
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
