/* Takes a message apart: base64 that comes back bit for bit is decoded; what is large becomes a part of its own, so
 * that an attachment is stored once whatever mail brings it. */
#ifndef MB_DISSECT_H
#define MB_DISSECT_H

#include <glib.h>
#include <stdbool.h>

#include "recipe.h"
#include "spool.h"

/* A part that the recipe names, among the decoded bytes. */
typedef struct {
    ContentId id;
    uint64_t start;
    uint64_t length;
} DissectedPart;

typedef struct {
    Recipe *recipe;
    Spool *text;    /* what the recipe's literal and inline spans take from */
    Spool *decoded; /* the bytes of the parts */
    GArray *parts;  /* DissectedPart, one for each SPAN_PART, in order */
} Dissection;

void dissection_free(Dissection *dissection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dissection, dissection_free)

/* NULL without *error when the message is best kept as it is. The result is proven: put together again it is the
 * message. `directory` is for spools. Holds pieces of bounded size only, whatever the message's. */
Dissection *dissect(Spool *message, const char *directory, GError **error);

#endif
