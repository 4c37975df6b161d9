#include "renderings.h"

#include "body.h"
#include "mail_attachments.h"
#include "mail_text.h"
#include "mb_limits.h"
#include "spool.h"
#include "tree.h"
#include "view.h"

#define KEPT 8u
#define KEPT_MEMORY_BYTES ((size_t)512 << 10) /* of each; the rest of them lies in a file */
#define LARGE_BYTES ((uint64_t)256 << 10)

struct Rendering {
    gint references;
    GMutex lock; /* a spool is not thread-safe */
    Spool *spool;
    GArray *files; /* MailFile */
};

typedef struct {
    RenderingKind kind;
    uint64_t message; /* 0: the place is empty */
    uint64_t used;    /* when, by the clock of the cache */
    Rendering *rendering;
} Kept;

struct Renderings {
    Repository *repository;
    char *directory;
    GMutex one_large; /* held while a large message is taken apart, so that several do not need memory at once */
    GMutex lock;      /* of what follows */
    Kept kept[KEPT];
    uint64_t clock;
    GHashTable *sizes; /* message -> length of its text, both as pointers */
};

G_STATIC_ASSERT(sizeof(void *) == sizeof(uint64_t));

Renderings *renderings_new(Repository *repository, const char *directory)
{
    Renderings *renderings = g_new0(Renderings, 1);
    renderings->repository = repository;
    renderings->directory = g_strdup(directory);
    g_mutex_init(&renderings->lock);
    g_mutex_init(&renderings->one_large);
    renderings->sizes = g_hash_table_new(NULL, NULL);
    return renderings;
}

void renderings_free(Renderings *renderings)
{
    if (!renderings)
        return;
    for (unsigned i = 0; i < KEPT; i++)
        rendering_unref(renderings->kept[i].rendering);
    g_free(renderings->directory);
    g_hash_table_unref(renderings->sizes);
    g_mutex_clear(&renderings->lock);
    g_mutex_clear(&renderings->one_large);
    g_free(renderings);
}

static Rendering *rendering_new(const Renderings *renderings)
{
    Rendering *rendering = g_new0(Rendering, 1);
    rendering->references = 1;
    g_mutex_init(&rendering->lock);
    rendering->spool = spool_new(renderings->directory);
    spool_keep_at_most(rendering->spool, KEPT_MEMORY_BYTES);
    return rendering;
}

void rendering_unref(Rendering *rendering)
{
    if (!rendering || !g_atomic_int_dec_and_test(&rendering->references))
        return;
    g_clear_pointer(&rendering->files, g_array_unref);
    spool_free(rendering->spool);
    g_mutex_clear(&rendering->lock);
    g_free(rendering);
}

static Rendering *rendering_ref(Rendering *rendering)
{
    g_atomic_int_inc(&rendering->references);
    return rendering;
}

static bool read_body(void *user, uint64_t offset, void *data, size_t length, size_t *got, GError **error)
{
    return body_read(user, offset, data, length, got, error);
}

static Body *open_message(Repository *repository, uint64_t message, GError **error)
{
    MessageRow row;
    g_autoptr(View) view = view_acquire(repository, error);
    if (!view || !view_message_properties(view, tree_mailbox(message), tree_uid(message), &row, error))
        return NULL;
    return body_open(view, &row.id, error);
}

static bool render_text(Rendering *rendering, const MailSource *source, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (!mail_text_render(source, text, error))
        return false;
    MailFile file = {.size = text->len};
    rendering->files = mail_files_new();
    g_array_append_val(rendering->files, file);
    return spool_append(rendering->spool, text->str, text->len, error);
}

static Rendering *render_body(const Renderings *renderings, RenderingKind kind, Body *body, GError **error)
{
    const MailSource source = {body_size(body), read_body, body};
    g_autoptr(Rendering) rendering = rendering_new(renderings);
    if (kind == RENDER_TEXT)
        return render_text(rendering, &source, error) ? g_steal_pointer(&rendering) : NULL;
    rendering->files = mail_attachments(&source, rendering->spool, error);
    return rendering->files ? g_steal_pointer(&rendering) : NULL;
}

static Rendering *render(Renderings *renderings, RenderingKind kind, uint64_t message, GError **error)
{
    g_autoptr(Body) body = open_message(renderings->repository, message, error);
    if (!body)
        return NULL;
    bool is_large = body_size(body) > LARGE_BYTES;
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = is_large ? g_mutex_locker_new(&renderings->one_large) : NULL;
    return render_body(renderings, kind, body, error);
}

static Rendering *find_kept(Renderings *renderings, RenderingKind kind, uint64_t message)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&renderings->lock);
    for (unsigned i = 0; i < KEPT; i++) {
        Kept *kept = &renderings->kept[i];
        if (kept->message == message && kept->kind == kind) {
            kept->used = ++renderings->clock;
            return rendering_ref(kept->rendering);
        }
    }
    return NULL;
}

static void remember_size(Renderings *renderings, uint64_t message, uint64_t size)
{
    if (g_hash_table_size(renderings->sizes) >= LIMIT_KNOWN_TEXT_SIZES)
        g_hash_table_remove_all(renderings->sizes);
    g_hash_table_insert(renderings->sizes, GSIZE_TO_POINTER(message), GSIZE_TO_POINTER(size));
}

/* In the place of what was not used for longest. */
static void keep(Renderings *renderings, RenderingKind kind, uint64_t message, Rendering *rendering)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&renderings->lock);
    Kept *oldest = &renderings->kept[0];
    for (unsigned i = 1; i < KEPT; i++)
        if (renderings->kept[i].used < oldest->used)
            oldest = &renderings->kept[i];
    rendering_unref(oldest->rendering);
    *oldest = (Kept){kind, message, ++renderings->clock, rendering_ref(rendering)};
    if (kind == RENDER_TEXT)
        remember_size(renderings, message, rendering_size(rendering, 0));
}

Rendering *renderings_take(Renderings *renderings, RenderingKind kind, uint64_t message, GError **error)
{
    Rendering *rendering = find_kept(renderings, kind, message);
    if (rendering)
        return rendering;
    rendering = render(renderings, kind, message, error);
    if (rendering)
        keep(renderings, kind, message, rendering);
    return rendering;
}

bool renderings_known_size(Renderings *renderings, uint64_t message, uint64_t *size)
{
    void *known;
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&renderings->lock);
    if (!g_hash_table_lookup_extended(renderings->sizes, GSIZE_TO_POINTER(message), NULL, &known))
        return false;
    *size = GPOINTER_TO_SIZE(known);
    return true;
}

unsigned rendering_files(const Rendering *rendering)
{
    return rendering->files->len;
}

const char *rendering_name(const Rendering *rendering, unsigned index)
{
    return g_array_index(rendering->files, MailFile, index).name;
}

uint64_t rendering_size(const Rendering *rendering, unsigned index)
{
    return g_array_index(rendering->files, MailFile, index).size;
}

bool rendering_read(Rendering *rendering, unsigned index, uint64_t offset, void *data, size_t length, size_t *got,
                    GError **error)
{
    const MailFile *file = &g_array_index(rendering->files, MailFile, index);
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&rendering->lock);
    *got = 0;
    if (offset >= file->size)
        return true;
    return spool_read(rendering->spool, file->start + offset, data, (size_t)MIN((uint64_t)length, file->size - offset),
                      got, error);
}
