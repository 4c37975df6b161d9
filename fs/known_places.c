#include "known_places.h"

#include <stdbool.h>

#include "view.h"

typedef struct {
    int64_t mtime;
    uint32_t links;
    GHashTable *children; /* names */
} Place;

struct KnownPlaces {
    Repository *repository;
    Tree *tree;
    GHashTable *places; /* node number (guint64*) to Place* */
};

static void place_free(void *data)
{
    Place *place = data;
    g_hash_table_unref(place->children);
    g_free(place);
}

static void clear_change(void *data)
{
    PlaceChange *change = data;
    g_free(change->gone);
}

KnownPlaces *known_places_new(Repository *repository, Tree *tree)
{
    KnownPlaces *places = g_new0(KnownPlaces, 1);
    places->repository = repository;
    places->tree = tree;
    places->places = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, place_free);
    return places;
}

void known_places_free(KnownPlaces *places)
{
    g_hash_table_unref(places->places);
    g_free(places);
}

static void add_change(GArray *changes, uint64_t node, const char *gone)
{
    PlaceChange change = {node, g_strdup(gone)};
    g_array_append_val(changes, change);
}

typedef struct {
    GHashTable *names;
    GArray *changes;
} Children;

static bool take_child(const char *name, const TreeAttributes *attributes, uint64_t next_offset G_GNUC_UNUSED,
                       void *user)
{
    Children *children = user;
    g_hash_table_add(children->names, g_strdup(name));
    if (attributes->kind == TREE_IS_LATEST)
        add_change(children->changes, attributes->node, NULL);
    return true;
}

static void add_gone(GArray *changes, uint64_t node, GHashTable *before, GHashTable *now)
{
    GHashTableIter iterator;
    void *name;
    g_hash_table_iter_init(&iterator, before);
    while (g_hash_table_iter_next(&iterator, &name, NULL))
        if (!g_hash_table_contains(now, name))
            add_change(changes, node, name);
}

static bool list_again(KnownPlaces *places, View *view, const TreeAttributes *attributes, GArray *changes,
                       GError **error)
{
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Children children = {names, changes};
    Place *before = g_hash_table_lookup(places->places, &attributes->node);
    if (!tree_list(places->tree, view, attributes->node, 0, take_child, &children, error))
        return false;
    add_change(changes, attributes->node, NULL);
    if (before)
        add_gone(changes, attributes->node, before->children, names);
    Place *now = g_new0(Place, 1);
    *now = (Place){attributes->mtime, attributes->links, g_steal_pointer(&names)};
    g_hash_table_replace(places->places, g_memdup2(&attributes->node, sizeof(attributes->node)), now);
    return true;
}

/* A snapshot that comes or goes changes the number of links or the date of the newest: only then is it listed. */
static bool update_place(KnownPlaces *places, View *view, const TreeAttributes *attributes, GArray *changes,
                         GError **error)
{
    const Place *known = g_hash_table_lookup(places->places, &attributes->node);
    if (known && known->mtime == attributes->mtime && known->links == attributes->links)
        return true;
    return list_again(places, view, attributes, changes, error);
}

static bool take_account(const char *name G_GNUC_UNUSED, const TreeAttributes *attributes,
                         uint64_t next_offset G_GNUC_UNUSED, void *user)
{
    g_array_append_vals(user, attributes, 1);
    return true;
}

static bool update_all(KnownPlaces *places, View *view, GArray *changes, GError **error)
{
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(TreeAttributes));
    TreeAttributes root;
    if (!tree_attributes(places->tree, view, TREE_ROOT, &root, error))
        return false;
    g_array_append_val(found, root);
    if (!tree_list(places->tree, view, TREE_ROOT, 0, take_account, found, error))
        return false;
    for (unsigned i = 0; i < found->len; i++)
        if (!update_place(places, view, &g_array_index(found, TreeAttributes, i), changes, error))
            return false;
    return true;
}

GArray *known_places_update(KnownPlaces *places, GError **error)
{
    g_autoptr(GArray) changes = g_array_new(FALSE, FALSE, sizeof(PlaceChange));
    g_array_set_clear_func(changes, clear_change);
    g_autoptr(View) view = view_acquire(places->repository, error);
    if (!view || !update_all(places, view, changes, error))
        return NULL;
    return g_steal_pointer(&changes);
}
