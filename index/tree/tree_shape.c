#include "tree_shape.h"

#include <string.h>

#include "tree_style.h"

struct TreeShape {
    gint references;
    SnapshotInfo snapshot;
    GArray *directories;   /* ShapeDirectory, by parent, then mailbox */
    GHashTable *by_number; /* mailbox -> ShapeDirectory */
    GHashTable *by_name;   /* ShapeDirectory as its own key: parent and name */
};

static guint hash_by_name(const void *key)
{
    const ShapeDirectory *directory = key;
    return g_str_hash(directory->name) ^ directory->parent;
}

static gboolean equal_by_name(const void *a, const void *b)
{
    const ShapeDirectory *left = a, *right = b;
    return left->parent == right->parent && g_str_equal(left->name, right->name);
}

static int compare_directories(const void *a, const void *b)
{
    const ShapeDirectory *left = a, *right = b;
    if (left->parent != right->parent)
        return left->parent < right->parent ? -1 : 1;
    return (left->mailbox > right->mailbox) - (left->mailbox < right->mailbox);
}

static void clear_directory(void *directory)
{
    g_free(((ShapeDirectory *)directory)->name);
}

static GHashTable *index_raw_names(const GPtrArray *mailboxes)
{
    GHashTable *names = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    for (guint i = 0; i < mailboxes->len; i++) {
        const MailboxInfo *info = g_ptr_array_index(mailboxes, i);
        g_hash_table_insert(names, g_bytes_new_static(info->name, info->name_length), GUINT_TO_POINTER(info->mailbox));
    }
    return names;
}

/* The nearest level above that is itself a mailbox of the snapshot; *start is where the rest of the name begins. */
static uint32_t find_parent(GHashTable *raw_names, const MailboxInfo *info, size_t *start)
{
    *start = 0;
    if (info->delimiter == '\0')
        return 0;
    for (size_t end = info->name_length; end-- > 0;) {
        if (info->name[end] != (uint8_t)info->delimiter)
            continue;
        g_autoptr(GBytes) prefix = g_bytes_new_static(info->name, end);
        uint32_t parent = GPOINTER_TO_UINT(g_hash_table_lookup(raw_names, prefix));
        if (parent != 0 && parent != info->mailbox) {
            *start = end + 1;
            return parent;
        }
    }
    return 0;
}

static void add_directories(TreeShape *shape, const TreeStyle *style, const GPtrArray *mailboxes)
{
    g_autoptr(GHashTable) raw_names = index_raw_names(mailboxes);
    for (guint i = 0; i < mailboxes->len; i++) {
        const MailboxInfo *info = g_ptr_array_index(mailboxes, i);
        size_t start;
        ShapeDirectory directory = {.mailbox = info->mailbox, .parent = find_parent(raw_names, info, &start)};
        directory.name = tree_directory_name(style, info->name + start, info->name_length - start);
        g_array_append_val(shape->directories, directory);
    }
    g_array_sort(shape->directories, compare_directories);
}

/* False when another directory of its parent has that name. */
static bool take_name(GHashTable *taken, const TreeStyle *style, const ShapeDirectory *directory)
{
    g_autofree char *key = tree_directory_key(style, directory->name);
    return g_hash_table_add(taken, g_strdup_printf("%u/%s", directory->parent, key));
}

/* Two mailboxes may come to one name, in 8-bit and in modified UTF-7, or to names that look alike: the later one then
 * bears its number too, twice when a mailbox is called like that. */
static void tell_twins_apart(TreeShape *shape, const TreeStyle *style)
{
    g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < shape->directories->len; i++) {
        ShapeDirectory *directory = &g_array_index(shape->directories, ShapeDirectory, i);
        while (!take_name(taken, style, directory)) {
            char *plain = directory->name;
            directory->name = g_strdup_printf("%s~%u", plain, directory->mailbox);
            g_free(plain);
        }
    }
}

static void index_directories(TreeShape *shape)
{
    for (guint i = 0; i < shape->directories->len; i++) {
        ShapeDirectory *directory = &g_array_index(shape->directories, ShapeDirectory, i);
        g_hash_table_add(shape->by_name, directory);
        g_hash_table_insert(shape->by_number, GUINT_TO_POINTER(directory->mailbox), directory);
    }
}

TreeShape *tree_shape_new(const TreeStyle *style, const SnapshotInfo *snapshot, const GPtrArray *mailboxes)
{
    TreeShape *shape = g_new0(TreeShape, 1);
    shape->references = 1;
    shape->snapshot = *snapshot;
    shape->directories = g_array_sized_new(FALSE, FALSE, sizeof(ShapeDirectory), mailboxes->len);
    g_array_set_clear_func(shape->directories, clear_directory);
    shape->by_number = g_hash_table_new(NULL, NULL);
    shape->by_name = g_hash_table_new(hash_by_name, equal_by_name);
    add_directories(shape, style, mailboxes);
    tell_twins_apart(shape, style);
    index_directories(shape);
    return shape;
}

TreeShape *tree_shape_ref(TreeShape *shape)
{
    g_atomic_int_inc(&shape->references);
    return shape;
}

void tree_shape_unref(TreeShape *shape)
{
    if (!shape || !g_atomic_int_dec_and_test(&shape->references))
        return;
    g_hash_table_unref(shape->by_number);
    g_hash_table_unref(shape->by_name);
    g_array_unref(shape->directories);
    g_free(shape);
}

const SnapshotInfo *tree_shape_snapshot(const TreeShape *shape)
{
    return &shape->snapshot;
}

const ShapeDirectory *tree_shape_directory(const TreeShape *shape, uint32_t mailbox)
{
    return g_hash_table_lookup(shape->by_number, GUINT_TO_POINTER(mailbox));
}

const ShapeDirectory *tree_shape_child(const TreeShape *shape, uint32_t parent, const char *name)
{
    ShapeDirectory wanted = {.parent = parent, .name = (char *)name};
    return g_hash_table_lookup(shape->by_name, &wanted);
}

const ShapeDirectory *tree_shape_next_child(const TreeShape *shape, uint32_t parent, uint32_t after)
{
    ShapeDirectory wanted = {.parent = parent, .mailbox = after};
    guint low = 0, high = shape->directories->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (compare_directories(&g_array_index(shape->directories, ShapeDirectory, middle), &wanted) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == shape->directories->len)
        return NULL;
    const ShapeDirectory *next = &g_array_index(shape->directories, ShapeDirectory, low);
    return next->parent == parent ? next : NULL;
}
