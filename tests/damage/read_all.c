/* read_all REPOSITORY: reads every message of every snapshot, as `ls` and `cat` do, and prints a line for each: its
 * path and the SHA-256 of what was read, or "error". Ends with 0, also where something is damaged. */
#include <glib.h>
#include <stdio.h>

#include "body.h"
#include "tree.h"

typedef struct {
    Repository *repository;
    Tree *tree;
} Reading;

typedef struct {
    char *name;
    TreeAttributes attributes;
} Entry;

static void entry_clear(void *data)
{
    g_free(((Entry *)data)->name);
}

static bool collect(const char *name, const TreeAttributes *attributes, uint64_t next_offset, void *user)
{
    (void)next_offset;
    Entry entry = {.name = g_strdup(name), .attributes = *attributes};
    g_array_append_val((GArray *)user, entry);
    return true;
}

/* In pieces, as a mount reads: body_stream() would compare the hash itself. */
static bool read_pieces(Body *body, GChecksum *checksum, GError **error)
{
    char piece[4096];
    size_t got = 0;
    for (uint64_t offset = 0; body_read(body, offset, piece, sizeof piece, &got, error); offset += got) {
        if (got == 0)
            return true;
        g_checksum_update(checksum, (const guchar *)piece, (gssize)got);
    }
    return false;
}

static char *read_message(Reading *reading, uint64_t node)
{
    MessageRow row;
    g_autoptr(GError) error = NULL;
    g_autoptr(View) view = view_acquire(reading->repository, &error);
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    if (!view || !view_message_properties(view, tree_mailbox(node), tree_uid(node), &row, &error))
        return g_strdup("error");
    g_autoptr(Body) body = body_open(view, &row.id, &error);
    g_clear_pointer(&view, view_release);
    if (!body || !read_pieces(body, checksum, &error))
        return g_strdup("error");
    return g_strdup(g_checksum_get_string(checksum));
}

static void list_directory(Reading *reading, const char *path, uint64_t node, GArray *entries)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(View) view = view_acquire(reading->repository, &error);
    if (!view || !tree_list(reading->tree, view, node, 0, collect, entries, &error))
        printf("%s error\n", path);
}

static void read_directory(Reading *reading, const char *path, uint64_t node, GQueue *directories)
{
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    g_array_set_clear_func(entries, entry_clear);
    list_directory(reading, path, node, entries);
    for (guint i = 0; i < entries->len; i++) {
        const Entry *entry = &g_array_index(entries, Entry, i);
        g_autofree char *child = g_strdup_printf("%s/%s", path, entry->name);
        if (entry->attributes.kind == TREE_IS_MESSAGE) {
            g_autofree char *sum = read_message(reading, entry->attributes.node);
            printf("%s %s\n", child, sum);
        } else if (entry->attributes.kind != TREE_IS_LATEST) {
            g_queue_push_tail(directories, g_steal_pointer(&child));
            g_queue_push_tail(directories, g_memdup2(&entry->attributes.node, sizeof(uint64_t)));
        }
    }
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Repository) repository = argc == 2 ? repository_open(argv[1], &error) : NULL;
    if (!repository) {
        printf("unusable %s\n", error ? error->message : "");
        return 0;
    }
    for (const char *const *notice = repository_notices(repository); *notice; notice++)
        printf("notice %s\n", *notice);
    g_autoptr(Tree) tree = tree_new(repository);
    Reading reading = {.repository = repository, .tree = tree};
    g_autoptr(GQueue) directories = g_queue_new();
    g_queue_push_tail(directories, g_strdup(""));
    g_queue_push_tail(directories, g_memdup2(&(uint64_t){TREE_ROOT}, sizeof(uint64_t)));
    while (!g_queue_is_empty(directories)) {
        g_autofree char *path = g_queue_pop_head(directories);
        g_autofree uint64_t *node = g_queue_pop_head(directories);
        read_directory(&reading, path, *node, directories);
    }
    return 0;
}
