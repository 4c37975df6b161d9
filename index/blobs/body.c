#include "body.h"

#include <string.h>

#include "blob_reader.h"
#include "body_private.h"
#include "catalog_query.h"
#include "digest.h"
#include "error.h"
#include "mb_limits.h"
#include "recipe.h"
#include "repository_private.h"

#define RECIPE_HEAD_BYTES ((size_t)4096) /* holds the spans of all but odd messages */
#define STREAM_BYTES ((size_t)1 << 20)

struct Body {
    Repository *repository;
    ContentId id;
    uint64_t size;
    GArray *extents;      /* of the message or of its recipe */
    Recipe *recipe;       /* NULL: stored as it is */
    uint64_t text_offset; /* of the recipe's text in its blob */
    GPtrArray *parts;     /* extents (GArray) of the part of each span, NULL for others */
};

static void free_extents(void *extents)
{
    if (extents)
        g_array_unref(extents);
}

static GArray *find_part(View *view, const ContentId *id, uint64_t length, GError **error)
{
    GArray *extents = NULL;
    CatalogAnswer answer = catalog_blob(view->txn, BLOB_PART, id, &extents, error);
    if (answer == CATALOG_FOUND && blob_length(extents) == length)
        return extents;
    free_extents(extents);
    char hex[CONTENT_ID_HEX_SIZE];
    content_id_hex(id, hex);
    if (answer != CATALOG_FAILED)
        mb_error_set(error, MB_ERROR_CORRUPT, "part %s is not in the repository", hex);
    return NULL;
}

static bool find_parts(Body *body, View *view, GError **error)
{
    body->parts = g_ptr_array_new_with_free_func(free_extents);
    for (guint i = 0; i < body->recipe->spans->len; i++) {
        const RecipeSpan *span = &g_array_index(body->recipe->spans, RecipeSpan, i);
        GArray *extents = span->kind == SPAN_PART ? find_part(view, &span->part, span->stored, error) : NULL;
        if (span->kind == SPAN_PART && !extents)
            return false;
        g_ptr_array_add(body->parts, extents);
    }
    return true;
}

static Recipe *read_recipe(Body *body, size_t head, GError **error)
{
    uint64_t blob = blob_length(body->extents);
    size_t length = (size_t)MIN((uint64_t)head, blob);
    g_autofree uint8_t *bytes = g_malloc(MAX(length, 1));
    return blob_read(body->repository, body->extents, 0, bytes, length, error)
               ? recipe_decode(bytes, length, blob, &body->text_offset, error)
               : NULL;
}

static bool load_recipe(Body *body, View *view, GError **error)
{
    g_autoptr(GError) longer = NULL;
    body->recipe = read_recipe(body, RECIPE_HEAD_BYTES, &longer);
    if (g_error_matches(longer, MB_ERROR, MB_ERROR_AGAIN))
        body->recipe = read_recipe(body, LIMIT_RECIPE_BYTES, error);
    else if (longer)
        g_propagate_error(error, g_steal_pointer(&longer));
    if (!body->recipe)
        return false;
    body->size = body->recipe->shown;
    return find_parts(body, view, error);
}

static bool not_stored(const ContentId *id, GError **error)
{
    char hex[CONTENT_ID_HEX_SIZE];
    content_id_hex(id, hex);
    return mb_error_set(error, MB_ERROR_CORRUPT, "the bytes of message %s are not in the repository", hex);
}

static bool find_message(Body *body, View *view, GError **error)
{
    CatalogAnswer whole = catalog_blob(view->txn, BLOB_MESSAGE, &body->id, &body->extents, error);
    if (whole == CATALOG_FOUND)
        body->size = blob_length(body->extents);
    if (whole != CATALOG_ABSENT)
        return whole == CATALOG_FOUND;
    CatalogAnswer recipe = catalog_blob(view->txn, BLOB_RECIPE, &body->id, &body->extents, error);
    if (recipe == CATALOG_ABSENT)
        return not_stored(&body->id, error);
    return recipe == CATALOG_FOUND && load_recipe(body, view, error);
}

static Body *open_now(View *view, const ContentId *id, GError **error)
{
    g_autoptr(Body) body = g_new0(Body, 1);
    body->repository = view->repository;
    body->id = *id;
    return find_message(body, view, error) ? g_steal_pointer(&body) : NULL;
}

/* A pack that is gone was emptied before: the present catalog knows where its blobs are. */
static Body *find_moved(Repository *repository, const ContentId *id, GError **error)
{
    g_autoptr(View) view = repository_refresh(repository, error) ? view_acquire(repository, error) : NULL;
    return view ? open_now(view, id, error) : NULL;
}

/* A pack that is still gone is damage, not an answer. */
static void settle_missing(GError *missing, GError **error)
{
    if (g_error_matches(missing, MB_ERROR, MB_ERROR_NOT_FOUND))
        missing->code = MB_ERROR_CORRUPT;
    g_propagate_error(error, missing);
}

Body *body_open(View *view, const ContentId *id, GError **error)
{
    GError *reason = NULL;
    Body *body = open_now(view, id, &reason);
    if (!body && g_error_matches(reason, MB_ERROR, MB_ERROR_NOT_FOUND)) {
        g_clear_error(&reason);
        body = find_moved(view->repository, id, &reason);
    }
    if (!body)
        settle_missing(reason, error);
    return body;
}

void body_free(Body *body)
{
    if (!body)
        return;
    free_extents(body->extents);
    recipe_free(body->recipe);
    if (body->parts)
        g_ptr_array_unref(body->parts);
    g_free(body);
}

uint64_t body_size(const Body *body)
{
    return body->size;
}

void body_add_parts(const Body *body, GArray *ids)
{
    for (guint i = 0; body->recipe && i < body->recipe->spans->len; i++) {
        const RecipeSpan *span = &g_array_index(body->recipe->spans, RecipeSpan, i);
        if (span->kind == SPAN_PART)
            g_array_append_val(ids, span->part);
    }
}

/* Where the stored bytes of a span are. */
typedef struct {
    Repository *repository;
    const GArray *extents;
    uint64_t start;
} SpanSource;

static bool read_source(void *user, uint64_t offset, uint8_t *bytes, size_t length, GError **error)
{
    const SpanSource *source = user;
    return blob_read(source->repository, source->extents, source->start + offset, bytes, length, error);
}

static bool read_span(Body *body, guint index, uint64_t offset, uint8_t *out, size_t length, GError **error)
{
    const RecipeSpan *span = &g_array_index(body->recipe->spans, RecipeSpan, index);
    SpanSource source = {.repository = body->repository, .extents = body->extents};
    source.start = body->text_offset + span->text_start;
    if (span->kind == SPAN_LITERAL)
        return read_source(&source, offset, out, length, error);
    if (span->kind == SPAN_PART)
        source = (SpanSource){.repository = body->repository, .extents = body->parts->pdata[index]};
    return base64_encode_range(span->form, span->stored, offset, (char *)out, length, read_source, &source, error);
}

static bool read_recipe_range(Body *body, uint64_t offset, uint8_t *out, size_t length, GError **error)
{
    for (guint index = length > 0 ? recipe_find(body->recipe, offset) : 0; length > 0; index++) {
        const RecipeSpan *span = &g_array_index(body->recipe->spans, RecipeSpan, index);
        uint64_t skip = offset - span->shown_start;
        size_t part = (size_t)MIN((uint64_t)length, span->shown - skip);
        if (!read_span(body, index, skip, out, part, error))
            return false;
        out += part;
        offset += part;
        length -= part;
    }
    return true;
}

static bool read_now(Body *body, uint64_t offset, void *data, size_t length, size_t *got, GError **error)
{
    uint64_t left = offset < body->size ? body->size - offset : 0;
    *got = (size_t)MIN((uint64_t)length, left);
    if (*got == 0)
        return true;
    return body->recipe ? read_recipe_range(body, offset, data, *got, error)
                        : blob_read(body->repository, body->extents, offset, data, *got, error);
}

bool body_read(Body *body, uint64_t offset, void *data, size_t length, size_t *got, GError **error)
{
    GError *reason = NULL;
    if (read_now(body, offset, data, length, got, &reason))
        return true;
    if (g_error_matches(reason, MB_ERROR, MB_ERROR_NOT_FOUND)) {
        g_clear_error(&reason);
        g_autoptr(Body) moved = find_moved(body->repository, &body->id, &reason);
        if (moved && read_now(moved, offset, data, length, got, &reason))
            return true;
    }
    settle_missing(reason, error);
    return false;
}

static bool verify(const Body *body, Digest *digest, GError **error)
{
    ContentId found;
    digest_finish(digest, &found);
    if (content_id_equal(&found, &body->id))
        return true;
    char hex[CONTENT_ID_HEX_SIZE];
    content_id_hex(&body->id, hex);
    return mb_error_set(error, MB_ERROR_CORRUPT, "message %s has another SHA-256 than its name says", hex);
}

bool body_stream(Body *body, BodySink sink, void *user, GError **error)
{
    g_autoptr(Digest) digest = digest_new();
    g_autofree uint8_t *buffer = g_malloc(STREAM_BYTES);
    size_t got;
    for (uint64_t offset = 0; offset < body->size; offset += got) {
        if (!body_read(body, offset, buffer, STREAM_BYTES, &got, error))
            return false;
        digest_update(digest, buffer, got);
        if (sink && !sink(buffer, got, user, error))
            return false;
    }
    return verify(body, digest, error);
}
