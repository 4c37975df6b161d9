/* Messages as people want them: as text, and as the files attached to them. They are made when somebody asks, from the
 * stored bytes; the last few are kept, the large ones in an unlinked temporary file, so memory is bounded. Lengths of
 * texts are remembered, since a directory can tell no size that is not known. Thread-safe. */
#ifndef MB_RENDERINGS_H
#define MB_RENDERINGS_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "repository.h"

typedef enum {
    RENDER_TEXT,        /* one file: UTF-8 */
    RENDER_ATTACHMENTS, /* its parts, decoded */
} RenderingKind;

typedef struct Renderings Renderings;
typedef struct Rendering Rendering; /* reference-counted */

/* `repository` is borrowed and must outlive it. `directory` is where temporary files are made. */
Renderings *renderings_new(Repository *repository, const char *directory);
void renderings_free(Renderings *renderings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Renderings, renderings_free)

/* Of a message by its node (tree.h). The caller holds no View. Errors as those of body_read(). */
Rendering *renderings_take(Renderings *renderings, RenderingKind kind, uint64_t message, GError **error);
void rendering_unref(Rendering *rendering);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rendering, rendering_unref)

/* True when the length of this message's text is known already. */
bool renderings_known_size(Renderings *renderings, uint64_t message, uint64_t *size);

unsigned rendering_files(const Rendering *rendering);
/* Of the file with number `index`, from 0. The name is safe, and lives as long as the rendering. */
const char *rendering_name(const Rendering *rendering, unsigned index);
uint64_t rendering_size(const Rendering *rendering, unsigned index);

/* Copies up to `length` bytes from `offset` on; *got tells how many there were. */
bool rendering_read(Rendering *rendering, unsigned index, uint64_t offset, void *data, size_t length, size_t *got,
                    GError **error);

#endif
