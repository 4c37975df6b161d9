/* How a message is put together from text and parts: spans in the order of its bytes. Pure; any thread.
 *
 * A recipe blob is the encoded spans, then the text that the literal and inline spans take from. docs/format.md. */
#ifndef MB_RECIPE_H
#define MB_RECIPE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base64_lines.h"
#include "content_id.h"

typedef enum {
    SPAN_LITERAL = 0, /* bytes of the recipe's text as they are */
    SPAN_INLINE = 1,  /* bytes of the recipe's text, shown as base64 */
    SPAN_PART = 2,    /* the bytes of a part blob, shown as base64 */
} SpanKind;

typedef struct {
    SpanKind kind;
    uint64_t stored; /* bytes it takes from the text, or the length of the part */
    Base64Form form; /* not of a literal */
    ContentId part;
    /* What follows from the spans before; not encoded. */
    uint64_t shown;       /* bytes of the message */
    uint64_t shown_start; /* where in the message */
    uint64_t text_start;  /* where in the text; not of a part */
} RecipeSpan;

typedef struct {
    GArray *spans;  /* RecipeSpan */
    uint64_t shown; /* the length of the message */
    uint64_t text;  /* bytes of text */
} Recipe;

Recipe *recipe_new(void);
void recipe_free(Recipe *recipe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recipe, recipe_free)

/* Adds a span at the end; sets what follows from the spans before. A span that shows nothing is left out. */
void recipe_add(Recipe *recipe, const RecipeSpan *span);

/* The encoded spans; the text comes behind them. Caller frees. */
GByteArray *recipe_encode(const Recipe *recipe);
/* Reads the spans from the start of a recipe blob of `blob_length` bytes, of which the first `length` are given;
 * *header_length tells where the text begins. MB_ERROR_CORRUPT when they make no sense, MB_ERROR_AGAIN when they go on
 * behind the bytes given. */
Recipe *recipe_decode(const void *bytes, size_t length, uint64_t blob_length, uint64_t *header_length, GError **error);

/* The index of the span that shows the byte at `offset`, which must be below recipe->shown. */
unsigned recipe_find(const Recipe *recipe, uint64_t offset);

#endif
