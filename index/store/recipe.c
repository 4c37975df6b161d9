#include "recipe.h"

#include <string.h>

#include "cursor.h"
#include "error.h"
#include "mb_limits.h"

Recipe *recipe_new(void)
{
    Recipe *recipe = g_new0(Recipe, 1);
    recipe->spans = g_array_new(FALSE, FALSE, sizeof(RecipeSpan));
    return recipe;
}

void recipe_free(Recipe *recipe)
{
    if (!recipe)
        return;
    g_array_unref(recipe->spans);
    g_free(recipe);
}

void recipe_add(Recipe *recipe, const RecipeSpan *span)
{
    RecipeSpan placed = *span;
    placed.shown = span->kind == SPAN_LITERAL ? span->stored : base64_encoded_length(span->form, span->stored);
    if (placed.shown == 0)
        return;
    placed.shown_start = recipe->shown;
    placed.text_start = recipe->text;
    recipe->shown += placed.shown;
    if (span->kind != SPAN_PART)
        recipe->text += span->stored;
    g_array_append_val(recipe->spans, placed);
}

GByteArray *recipe_encode(const Recipe *recipe)
{
    g_autoptr(GByteArray) spans = g_byte_array_new();
    put_varint(spans, recipe->spans->len);
    for (guint i = 0; i < recipe->spans->len; i++) {
        const RecipeSpan *span = &g_array_index(recipe->spans, RecipeSpan, i);
        put_u8(spans, (uint8_t)span->kind);
        put_varint(spans, span->stored);
        if (span->kind == SPAN_LITERAL)
            continue;
        put_varint(spans, span->form.line_length);
        put_u8(spans, span->form.crlf);
        if (span->kind == SPAN_PART)
            put_bytes(spans, span->part.bytes, CONTENT_ID_SIZE);
    }
    GByteArray *out = g_byte_array_new();
    put_sized(out, spans->data, spans->len);
    return out;
}

static bool take_form(Reader *in, RecipeSpan *span)
{
    span->form.line_length = take_varint(in);
    span->form.crlf = take_bool(in);
    return !in->failed && span->form.line_length > 0 && span->form.line_length % 4 == 0 &&
           span->form.line_length <= LIMIT_MESSAGE_BYTES;
}

static bool take_span(Reader *in, RecipeSpan *span)
{
    *span = (RecipeSpan){.kind = take_u8(in)};
    span->stored = take_varint(in);
    if (in->failed || span->kind > SPAN_PART || span->stored == 0 || span->stored > LIMIT_MESSAGE_BYTES)
        return false;
    if (span->kind == SPAN_LITERAL)
        return true;
    if (!take_form(in, span))
        return false;
    const uint8_t *part = span->kind == SPAN_PART ? take_bytes(in, CONTENT_ID_SIZE) : NULL;
    if (part)
        memcpy(span->part.bytes, part, CONTENT_ID_SIZE);
    return !in->failed;
}

static bool take_spans(Reader *in, Recipe *recipe)
{
    uint64_t count = take_varint(in);
    if (in->failed || count > LIMIT_RECIPE_SPANS)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        RecipeSpan span;
        if (!take_span(in, &span))
            return false;
        recipe_add(recipe, &span);
        if (recipe->shown > LIMIT_MESSAGE_BYTES)
            return false;
    }
    return reader_done(in);
}

Recipe *recipe_decode(const void *bytes, size_t length, uint64_t blob_length, uint64_t *header_length, GError **error)
{
    Reader in = reader_of(bytes, length);
    uint64_t spans_length = take_varint(&in);
    if (!in.failed && spans_length <= LIMIT_RECIPE_BYTES && spans_length > reader_left(&in) && length < blob_length) {
        mb_error_set(error, MB_ERROR_AGAIN, "a recipe goes on");
        return NULL;
    }
    const uint8_t *encoded = spans_length <= reader_left(&in) ? take_bytes(&in, (size_t)spans_length) : NULL;
    g_autoptr(Recipe) recipe = recipe_new();
    *header_length = (uint64_t)(in.at - (const uint8_t *)bytes);
    Reader spans = reader_of(encoded, encoded ? (size_t)spans_length : 0);
    if (!encoded || !take_spans(&spans, recipe) || recipe->text != blob_length - *header_length) {
        mb_error_set(error, MB_ERROR_CORRUPT, "a recipe makes no sense");
        return NULL;
    }
    return g_steal_pointer(&recipe);
}

unsigned recipe_find(const Recipe *recipe, uint64_t offset)
{
    unsigned low = 0, high = recipe->spans->len - 1;
    while (low < high) {
        unsigned middle = low + (high - low + 1) / 2;
        if (g_array_index(recipe->spans, RecipeSpan, middle).shown_start <= offset)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}
