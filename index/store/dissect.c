#include "dissect.h"

#include <string.h>

#include "digest.h"
#include "error.h"
#include "mb_limits.h"

#define PIECE_BYTES ((size_t)16 << 10)
/* Below this, decoding saves nothing worth a span. */
#define INLINE_DECODED_BYTES 200
/* Below this a part of its own costs more (an id here, in its frame and in the index) than storing it twice. */
#define PART_DECODED_BYTES 1500

typedef struct {
    Spool *message;
    Dissection *result;
    uint8_t text[PIECE_BYTES];    /* a piece of the message */
    uint8_t decoded[PIECE_BYTES]; /* the same, decoded */
} Work;

void dissection_free(Dissection *dissection)
{
    if (!dissection)
        return;
    recipe_free(dissection->recipe);
    spool_free(dissection->text);
    spool_free(dissection->decoded);
    g_array_unref(dissection->parts);
    g_free(dissection);
}

static void note_run(const Base64Run *run, void *user)
{
    GArray *runs = user;
    if (run->decoded >= INLINE_DECODED_BYTES && runs->len < LIMIT_RECIPE_SPANS / 2 - 1)
        g_array_append_vals(runs, run, 1);
}

/* A piece of the message, up to `end`. NULL with *error set. */
static const uint8_t *piece_of(Work *work, uint64_t start, uint64_t end, size_t *got, GError **error)
{
    return spool_peek(work->message, start, work->text, (size_t)MIN((uint64_t)PIECE_BYTES, end - start), got, error);
}

/* All runs of base64 that are worth decoding: a GArray of Base64Run. */
static GArray *find_runs(Work *work, GError **error)
{
    g_autoptr(GArray) runs = g_array_new(FALSE, FALSE, sizeof(Base64Run));
    Base64Scanner scanner = {0};
    uint64_t end = spool_size(work->message);
    size_t got;
    for (uint64_t offset = 0; offset < end; offset += got) {
        const uint8_t *piece = piece_of(work, offset, end, &got, error);
        if (!piece)
            return NULL;
        base64_scan(&scanner, piece, got, note_run, runs);
    }
    base64_scan_end(&scanner, note_run, runs);
    return g_steal_pointer(&runs);
}

static bool add_literal(Work *work, uint64_t start, uint64_t end, GError **error)
{
    RecipeSpan span = {.kind = SPAN_LITERAL, .stored = end - start};
    recipe_add(work->result->recipe, &span);
    for (size_t got; start < end; start += got) {
        const uint8_t *piece = piece_of(work, start, end, &got, error);
        if (!piece || !spool_append(work->result->text, piece, got, error))
            return false;
    }
    return true;
}

/* Decodes a run to the end of the decoded bytes; *exact is false when it would not come back as it is. */
static bool decode_run(Work *work, const Base64Run *run, bool *exact, GError **error)
{
    Base64Decoder decoder = {0};
    uint64_t end = run->start + run->length;
    size_t got;
    for (uint64_t offset = run->start; offset < end; offset += got) {
        const uint8_t *piece = piece_of(work, offset, end, &got, error);
        size_t decoded = piece ? base64_decode(&decoder, piece, got, work->decoded) : 0;
        if (!piece || !spool_append(work->result->decoded, work->decoded, decoded, error))
            return false;
    }
    *exact = !decoder.failed;
    return true;
}

typedef bool (*PieceSink)(const uint8_t *piece, size_t length, void *user, GError **error);

/* Hands decoded bytes over piece by piece. */
static bool read_decoded(Work *work, uint64_t start, uint64_t length, PieceSink sink, void *user, GError **error)
{
    size_t got;
    for (uint64_t done = 0; done < length; done += got) {
        const uint8_t *piece = spool_peek(work->result->decoded, start + done, work->decoded,
                                          MIN(PIECE_BYTES, length - done), &got, error);
        if (!piece || !sink(piece, got, user, error))
            return false;
    }
    return true;
}

static bool append_to_spool(const uint8_t *piece, size_t length, void *spool, GError **error)
{
    return spool_append(spool, piece, length, error);
}

static bool add_to_digest(const uint8_t *piece, size_t length, void *digest, GError **error G_GNUC_UNUSED)
{
    digest_update(digest, piece, length);
    return true;
}

static bool add_inline(Work *work, const Base64Run *run, uint64_t start, GError **error)
{
    RecipeSpan span = {.kind = SPAN_INLINE, .stored = run->decoded, .form = run->form};
    recipe_add(work->result->recipe, &span);
    return read_decoded(work, start, run->decoded, append_to_spool, work->result->text, error);
}

static bool add_part(Work *work, const Base64Run *run, uint64_t start, GError **error)
{
    DissectedPart part = {.start = start, .length = run->decoded};
    g_autoptr(Digest) digest = digest_new();
    if (!read_decoded(work, start, run->decoded, add_to_digest, digest, error))
        return false;
    digest_finish(digest, &part.id);
    g_array_append_val(work->result->parts, part);
    RecipeSpan span = {.kind = SPAN_PART, .stored = run->decoded, .form = run->form, .part = part.id};
    recipe_add(work->result->recipe, &span);
    return true;
}

static bool add_run(Work *work, const Base64Run *run, GError **error)
{
    uint64_t start = spool_size(work->result->decoded);
    bool exact;
    if (!decode_run(work, run, &exact, error))
        return false;
    if (!exact)
        return add_literal(work, run->start, run->start + run->length, error);
    return run->decoded < PART_DECODED_BYTES ? add_inline(work, run, start, error) : add_part(work, run, start, error);
}

static bool take_apart(Work *work, const GArray *runs, GError **error)
{
    uint64_t done = 0;
    for (guint i = 0; i < runs->len; i++) {
        const Base64Run *run = &g_array_index(runs, Base64Run, i);
        if (!add_literal(work, done, run->start, error) || !add_run(work, run, error))
            return false;
        done = run->start + run->length;
    }
    return add_literal(work, done, spool_size(work->message), error);
}

/* Where a span's bytes are while the message is put together for the proof. */
typedef struct {
    Spool *spool;
    uint64_t start;
} SpanSource;

static bool read_source(void *user, uint64_t offset, uint8_t *bytes, size_t length, GError **error)
{
    const SpanSource *source = user;
    size_t got;
    return spool_read(source->spool, source->start + offset, bytes, length, &got, error);
}

/* `length` bytes of what a span shows, from `offset` in it. NULL with *error set. */
static const uint8_t *show_span(Work *work, const RecipeSpan *span, SpanSource *source, uint64_t offset, size_t length,
                                GError **error)
{
    size_t got;
    if (span->kind == SPAN_LITERAL)
        return spool_peek(source->spool, source->start + offset, work->decoded, length, &got, error);
    return base64_encode_range(span->form, span->stored, offset, (char *)work->decoded, length, read_source, source,
                               error)
               ? work->decoded
               : NULL;
}

/* Compares what a span shows with the message from `start` on. */
static bool prove_span(Work *work, const RecipeSpan *span, SpanSource *source, uint64_t start, bool *same,
                       GError **error)
{
    size_t got;
    for (uint64_t offset = 0; offset < span->shown && *same; offset += got) {
        size_t length = (size_t)MIN((uint64_t)PIECE_BYTES, span->shown - offset);
        const uint8_t *piece = piece_of(work, start + offset, start + offset + length, &got, error);
        const uint8_t *shown = piece ? show_span(work, span, source, offset, length, error) : NULL;
        if (!shown)
            return false;
        *same = got == length && memcmp(piece, shown, length) == 0;
    }
    return true;
}

/* The literal is given up only for what was seen to lead back to it. */
static bool prove(Work *work, bool *same, GError **error)
{
    const Dissection *result = work->result;
    guint next_part = 0;
    uint64_t shown = 0;
    *same = true;
    for (guint i = 0; i < result->recipe->spans->len && *same; i++) {
        const RecipeSpan *span = &g_array_index(result->recipe->spans, RecipeSpan, i);
        SpanSource source = {.spool = result->text, .start = span->text_start};
        if (span->kind == SPAN_PART)
            source = (SpanSource){.spool = result->decoded,
                                  .start = g_array_index(result->parts, DissectedPart, next_part++).start};
        if (!prove_span(work, span, &source, shown, same, error))
            return false;
        shown += span->shown;
    }
    *same = *same && shown == spool_size(work->message);
    return true;
}

/* With room for what the runs lead to expect. */
static Dissection *dissection_new(const char *directory, uint64_t message_bytes, const GArray *runs)
{
    uint64_t encoded = 0, decoded = 0;
    for (guint i = 0; i < runs->len; i++) {
        encoded += g_array_index(runs, Base64Run, i).length;
        decoded += g_array_index(runs, Base64Run, i).decoded;
    }
    Dissection *dissection = g_new0(Dissection, 1);
    dissection->recipe = recipe_new();
    dissection->text = spool_new(directory);
    dissection->decoded = spool_new(directory);
    dissection->parts = g_array_new(FALSE, FALSE, sizeof(DissectedPart));
    spool_expect(dissection->text, message_bytes - encoded);
    spool_expect(dissection->decoded, decoded);
    return dissection;
}

Dissection *dissect(Spool *message, const char *directory, GError **error)
{
    Work work;
    work.message = message;
    g_autoptr(GArray) runs = find_runs(&work, error);
    if (!runs || runs->len == 0)
        return NULL;
    g_autoptr(Dissection) result = dissection_new(directory, spool_size(message), runs);
    work.result = result;
    bool same;
    if (!take_apart(&work, runs, error) || !prove(&work, &same, error) || !same)
        return NULL;
    return g_steal_pointer(&result);
}
