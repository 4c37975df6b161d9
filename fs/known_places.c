#include "known_places.h"

#include <stdbool.h>

#include "view.h"

typedef struct {
    uint64_t node;
    int64_t mtime;
    GHashTable *children; /* names */
} Place;

struct KnownPlaces {
    Repository *repository;
    Tree *tree;
    GHashTable *places; /* by node number, which is in them */
};

static Place *place_new(const TreeAttributes *attributes)
{
    Place *place = g_new0(Place, 1);
    place->node = attributes->node;
    place->mtime = attributes->mtime;
    place->children = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return place;
}

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
    places->places = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, place_free);
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

static bool take_child(const char *name, const TreeAttributes *attributes G_GNUC_UNUSED,
                       uint64_t next_offset G_GNUC_UNUSED, void *user)
{
    Place *place = user;
    g_hash_table_add(place->children, g_strdup(name));
    return true;
}

/* How many names of `before` are no more in `now`. */
static unsigned add_gone(GArray *changes, const Place *before, const Place *now)
{
    unsigned known = changes->len;
    GHashTableIter iterator;
    void *name;
    g_hash_table_iter_init(&iterator, before->children);
    while (g_hash_table_iter_next(&iterator, &name, NULL))
        if (!g_hash_table_contains(now->children, name))
            add_change(changes, now->node, name);
    return changes->len - known;
}

static void compare(const Place *before, const Place *now, GArray *changes)
{
    bool gone = before && add_gone(changes, before, now) > 0;
    if (!before || gone || before->mtime != now->mtime ||
        g_hash_table_size(before->children) != g_hash_table_size(now->children))
        add_change(changes, now->node, NULL);
}

static bool update_place(KnownPlaces *places, View *view, const TreeAttributes *attributes, GArray *changes,
                         GError **error)
{
    Place *now = place_new(attributes);
    if (!tree_list(places->tree, view, now->node, 0, take_child, now, error)) {
        place_free(now);
        return false;
    }
    compare(g_hash_table_lookup(places->places, &now->node), now, changes);
    g_hash_table_replace(places->places, &now->node, now);
    return true;
}

static bool take_account(const char *name G_GNUC_UNUSED, const TreeAttributes *attributes,
                         uint64_t next_offset G_GNUC_UNUSED, void *user)
{
    if (attributes->kind == TREE_IS_ACCOUNT)
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
