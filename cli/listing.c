#include "listing.h"

#include <string.h>

#include "view.h"

enum { PAGE_ENTRIES = 4096 };

struct Listing {
    Repository *repository;
    Tree *tree;
    uint64_t directory;
    char *only; /* the name of the one message that is listed; or NULL */
    uint64_t offset;
    bool ended;
};

static void entry_free(void *data)
{
    ListingEntry *entry = data;
    g_free(entry->name);
    g_free(entry->target);
    g_free(entry->keywords);
    g_free(entry);
}

static void add_entry(GPtrArray *entries, const char *name, const TreeAttributes *attributes)
{
    ListingEntry *entry = g_new0(ListingEntry, 1);
    entry->name = g_strdup(name);
    entry->attributes = *attributes;
    g_ptr_array_add(entries, entry);
}

/* A message node does not know in which snapshot it was reached; its directory does. */
static bool split_message_path(const char *path, char **directory, char **name)
{
    g_autofree char *trimmed = g_strdup(path);
    for (size_t length = strlen(trimmed); length && trimmed[length - 1] == '/'; length--)
        trimmed[length - 1] = '\0';
    const char *slash = strrchr(trimmed, '/');
    if (!slash)
        return false;
    *directory = g_strndup(trimmed, (size_t)(slash - trimmed));
    *name = g_strdup(slash + 1);
    return true;
}

static bool find(Listing *listing, const char *path, GError **error)
{
    TreeAttributes found;
    g_autofree char *directory = NULL;
    g_autoptr(View) view = view_acquire(listing->repository, error);
    if (!view || !tree_walk(listing->tree, view, path, &found, error))
        return false;
    if (found.kind == TREE_IS_MESSAGE && split_message_path(path, &directory, &listing->only) &&
        !tree_walk(listing->tree, view, directory, &found, error))
        return false;
    listing->directory = found.node;
    return true;
}

Listing *listing_open(Repository *repository, const char *path, GError **error)
{
    g_autoptr(Listing) listing = g_new0(Listing, 1);
    listing->repository = repository;
    listing->tree = tree_new(repository);
    return find(listing, path, error) ? g_steal_pointer(&listing) : NULL;
}

void listing_free(Listing *listing)
{
    if (!listing)
        return;
    tree_free(listing->tree);
    g_free(listing->only);
    g_free(listing);
}

typedef struct {
    Listing *listing;
    GPtrArray *entries;
} Page;

static bool on_child(const char *name, const TreeAttributes *attributes, uint64_t next_offset, void *user)
{
    Page *page = user;
    if (page->entries->len == PAGE_ENTRIES) {
        page->listing->ended = false;
        return false;
    }
    add_entry(page->entries, name, attributes);
    page->listing->offset = next_offset;
    return true;
}

static bool read_page(Listing *listing, View *view, GPtrArray *entries, GError **error)
{
    listing->ended = true; /* unless a child is left over */
    if (listing->only) {
        TreeAttributes attributes;
        if (!tree_lookup(listing->tree, view, listing->directory, listing->only, &attributes, error))
            return false;
        add_entry(entries, listing->only, &attributes);
        return true;
    }
    Page page = {.listing = listing, .entries = entries};
    return tree_list(listing->tree, view, listing->directory, listing->offset, on_child, &page, error);
}

static int rank(const ListingEntry *entry)
{
    switch (entry->attributes.kind) {
    case TREE_IS_LATEST:
        return 1;
    case TREE_IS_MESSAGE:
        return 2;
    default:
        return 0;
    }
}

/* Directories by name, then the link, then messages in the order they have. */
static int compare(const void *a, const void *b)
{
    const ListingEntry *left = *(ListingEntry *const *)a, *right = *(ListingEntry *const *)b;
    if (rank(left) != rank(right))
        return rank(left) - rank(right);
    if (rank(left) == 0)
        return g_utf8_collate(left->name, right->name);
    return left->attributes.node < right->attributes.node ? -1 : left->attributes.node > right->attributes.node;
}

static bool add_details(const Listing *listing, View *view, ListingEntry *entry, GError **error)
{
    uint64_t node = entry->attributes.node;
    MessageRow row;
    if (entry->attributes.kind != TREE_IS_MESSAGE)
        return true;
    if (!view_message(view, tree_mailbox(node), tree_uid(node), tree_snapshot(listing->directory), &row, error))
        return false;
    entry->flags = row.flags;
    entry->keywords = g_strndup(row.keywords, row.keywords_length);
    entry->id = row.id;
    return true;
}

static bool complete_entries(Listing *listing, View *view, GPtrArray *entries, bool details, GError **error)
{
    for (unsigned i = 0; i < entries->len; i++) {
        ListingEntry *entry = g_ptr_array_index(entries, i);
        if (entry->attributes.kind == TREE_IS_LATEST) {
            entry->target = tree_link_target(listing->tree, view, entry->attributes.node, error);
            if (!entry->target)
                return false;
        }
        if (details && !add_details(listing, view, entry, error))
            return false;
    }
    return true;
}

GPtrArray *listing_next(Listing *listing, bool details, GError **error)
{
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(entry_free);
    if (listing->ended)
        return g_steal_pointer(&entries);
    g_autoptr(View) view = view_acquire(listing->repository, error);
    if (!view || !read_page(listing, view, entries, error) || !complete_entries(listing, view, entries, details, error))
        return NULL;
    g_ptr_array_sort(entries, compare);
    return g_steal_pointer(&entries);
}
