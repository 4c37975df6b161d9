#include "tree.h"

#include <string.h>

#include "error.h"
#include "text.h"
#include "tree_names.h"
#include "tree_shape.h"

#define SHAPES_AT_MOST 64

/* Offsets in listings: below OFFSET_LATEST the number of an account, snapshot or mailbox, from there on messages. */
#define OFFSET_LATEST ((uint64_t)1 << 32)
#define OFFSET_MESSAGES ((uint64_t)1 << 32)

struct Tree {
    Repository *repository;
    GMutex mutex;
    GHashTable *shapes; /* snapshot -> TreeShape */
};

Tree *tree_new(Repository *repository)
{
    Tree *tree = g_new0(Tree, 1);
    tree->repository = repository;
    g_mutex_init(&tree->mutex);
    tree->shapes = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)tree_shape_unref);
    return tree;
}

void tree_free(Tree *tree)
{
    if (!tree)
        return;
    g_hash_table_unref(tree->shapes);
    g_mutex_clear(&tree->mutex);
    g_free(tree);
}

static uint64_t node_of(TreeKind kind, uint32_t high, uint32_t low)
{
    static const uint64_t marks[] = {[TREE_IS_LATEST] = UINT64_C(1) << 59,
                                     [TREE_IS_ACCOUNT] = UINT64_C(1) << 60,
                                     [TREE_IS_DIRECTORY] = UINT64_C(1) << 61,
                                     [TREE_IS_MESSAGE] = UINT64_C(1) << 62};
    return marks[kind] + ((uint64_t)high << 32) + low;
}

static uint64_t node_of_directory(uint32_t snapshot, uint32_t mailbox)
{
    return node_of(TREE_IS_DIRECTORY, snapshot, mailbox);
}

TreeKind tree_kind(uint64_t node)
{
    if (node == TREE_ROOT)
        return TREE_IS_ROOT;
    if (node >> 62 == 1)
        return TREE_IS_MESSAGE;
    if (node >> 61 == 1)
        return TREE_IS_DIRECTORY;
    if (node >> 32 == (uint64_t)1 << 28)
        return TREE_IS_ACCOUNT;
    if (node >> 32 == (uint64_t)1 << 27)
        return TREE_IS_LATEST;
    return TREE_NONE;
}

uint32_t tree_account(uint64_t node)
{
    return (uint32_t)node;
}

uint32_t tree_snapshot(uint64_t node)
{
    return tree_kind(node) == TREE_IS_LATEST ? (uint32_t)node : (uint32_t)(node >> 32) & 0x1fffffff;
}

uint32_t tree_mailbox(uint64_t node)
{
    return tree_kind(node) == TREE_IS_MESSAGE ? (uint32_t)(node >> 32) & 0x3fffffff : (uint32_t)node;
}

uint32_t tree_uid(uint64_t node)
{
    return (uint32_t)node;
}

static bool not_there(GError **error)
{
    mb_error_set(error, MB_ERROR_NOT_FOUND, "no such file or directory");
    return false;
}

/* Within a snapshot nothing changes, so a shape once built stays true. */
static TreeShape *shape_of(Tree *tree, View *view, uint32_t snapshot, GError **error)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&tree->mutex);
    TreeShape *shape = g_hash_table_lookup(tree->shapes, GUINT_TO_POINTER(snapshot));
    if (shape)
        return tree_shape_ref(shape);
    SnapshotInfo info;
    if (!view_snapshot(view, snapshot, &info, error))
        return NULL;
    g_autoptr(GPtrArray) mailboxes = view_mailboxes(view, info.account, snapshot, error);
    if (!mailboxes)
        return NULL;
    if (g_hash_table_size(tree->shapes) >= SHAPES_AT_MOST)
        g_hash_table_remove_all(tree->shapes);
    shape = tree_shape_new(&info, mailboxes);
    g_hash_table_insert(tree->shapes, GUINT_TO_POINTER(snapshot), shape);
    return tree_shape_ref(shape);
}

static TreeAttributes directory_attributes(uint64_t node, TreeKind kind, int64_t mtime)
{
    return (TreeAttributes){.node = node, .kind = kind, .mtime = mtime, .links = 1};
}

static TreeAttributes message_attributes(const MessageRow *row)
{
    return (TreeAttributes){.node = node_of(TREE_IS_MESSAGE, row->mailbox, row->uid),
                            .kind = TREE_IS_MESSAGE,
                            .size = row->size,
                            .mtime = row->internaldate,
                            .links = 1};
}

static bool account_attributes(View *view, const AccountInfo *account, TreeAttributes *attributes, GError **error)
{
    SnapshotInfo newest = {0};
    if (account->newest_snapshot != 0 && !view_snapshot(view, account->newest_snapshot, &newest, error))
        return false;
    *attributes = directory_attributes(node_of(TREE_IS_ACCOUNT, 0, account->account), TREE_IS_ACCOUNT, newest.time);
    return true;
}

static bool newest_snapshot(View *view, uint32_t account, SnapshotInfo *newest, GError **error)
{
    g_autoptr(AccountInfo) info = view_account(view, account, error);
    if (!info)
        return false;
    return info->newest_snapshot != 0 ? view_snapshot(view, info->newest_snapshot, newest, error) : not_there(error);
}

static void link_attributes(const SnapshotInfo *target, TreeAttributes *attributes)
{
    g_autofree char *name = text_snapshot_name(target->time);
    *attributes = directory_attributes(node_of(TREE_IS_LATEST, 0, target->snapshot), TREE_IS_LATEST, target->time);
    attributes->size = strlen(name);
}

static bool latest_attributes(View *view, uint32_t account, TreeAttributes *attributes, GError **error)
{
    SnapshotInfo newest;
    if (!newest_snapshot(view, account, &newest, error))
        return false;
    link_attributes(&newest, attributes);
    return true;
}

static bool root_attributes(View *view, TreeAttributes *attributes, GError **error)
{
    g_autoptr(GPtrArray) accounts = view_accounts(view, error);
    if (!accounts)
        return false;
    *attributes = directory_attributes(TREE_ROOT, TREE_IS_ROOT, 0);
    for (guint i = 0; i < accounts->len; i++) {
        TreeAttributes account;
        if (!account_attributes(view, g_ptr_array_index(accounts, i), &account, error))
            return false;
        attributes->mtime = MAX(attributes->mtime, account.mtime);
    }
    return true;
}

static bool snapshot_directory_attributes(Tree *tree, View *view, uint64_t node, TreeAttributes *attributes,
                                          GError **error)
{
    g_autoptr(TreeShape) shape = shape_of(tree, view, tree_snapshot(node), error);
    if (!shape)
        return false;
    if (tree_mailbox(node) != 0 && !tree_shape_directory(shape, tree_mailbox(node)))
        return not_there(error);
    *attributes = directory_attributes(node, TREE_IS_DIRECTORY, tree_shape_snapshot(shape)->time);
    return true;
}

bool tree_attributes(Tree *tree, View *view, uint64_t node, TreeAttributes *attributes, GError **error)
{
    g_autoptr(AccountInfo) account = NULL;
    SnapshotInfo target;
    MessageRow row;
    switch (tree_kind(node)) {
    case TREE_IS_ROOT:
        return root_attributes(view, attributes, error);
    case TREE_IS_ACCOUNT:
        account = view_account(view, tree_account(node), error);
        return account && account_attributes(view, account, attributes, error);
    case TREE_IS_LATEST:
        if (!view_snapshot(view, tree_snapshot(node), &target, error))
            return false;
        link_attributes(&target, attributes);
        return true;
    case TREE_IS_DIRECTORY:
        return snapshot_directory_attributes(tree, view, node, attributes, error);
    case TREE_IS_MESSAGE:
        if (!view_message_properties(view, tree_mailbox(node), tree_uid(node), &row, error))
            return false;
        *attributes = message_attributes(&row);
        return true;
    case TREE_NONE:
        break;
    }
    return not_there(error);
}

static bool lookup_account(View *view, const char *name, TreeAttributes *attributes, GError **error)
{
    g_autoptr(AccountInfo) account = view_account_by_name(view, name, error);
    return account && account_attributes(view, account, attributes, error);
}

static bool lookup_snapshot(View *view, uint32_t account, const char *name, TreeAttributes *attributes, GError **error)
{
    if (g_str_equal(name, "latest"))
        return latest_attributes(view, account, attributes, error);
    int64_t time;
    SnapshotInfo info;
    if (!tree_snapshot_name_time(name, &time))
        return not_there(error);
    if (!view_snapshot_by_time(view, account, time, &info, error))
        return false;
    *attributes = directory_attributes(node_of_directory(info.snapshot, 0), TREE_IS_DIRECTORY, info.time);
    return true;
}

static bool lookup_message(View *view, uint64_t parent, const char *name, TreeAttributes *attributes, GError **error)
{
    uint32_t uid = tree_message_name_uid(name);
    MessageRow row;
    if (uid == 0)
        return not_there(error);
    if (!view_message(view, tree_mailbox(parent), uid, tree_snapshot(parent), &row, error))
        return false;
    char right_name[TREE_NAME_SIZE];
    tree_message_name(&row, right_name);
    if (!g_str_equal(name, right_name))
        return not_there(error);
    *attributes = message_attributes(&row);
    return true;
}

static bool lookup_in_snapshot(Tree *tree, View *view, uint64_t parent, const char *name, TreeAttributes *attributes,
                               GError **error)
{
    g_autoptr(TreeShape) shape = shape_of(tree, view, tree_snapshot(parent), error);
    if (!shape)
        return false;
    const ShapeDirectory *child = tree_shape_child(shape, tree_mailbox(parent), name);
    if (!child)
        return lookup_message(view, parent, name, attributes, error);
    uint64_t node = node_of_directory(tree_snapshot(parent), child->mailbox);
    *attributes = directory_attributes(node, TREE_IS_DIRECTORY, tree_shape_snapshot(shape)->time);
    return true;
}

bool tree_lookup(Tree *tree, View *view, uint64_t parent, const char *name, TreeAttributes *attributes, GError **error)
{
    switch (tree_kind(parent)) {
    case TREE_IS_ROOT:
        return lookup_account(view, name, attributes, error);
    case TREE_IS_ACCOUNT:
        return lookup_snapshot(view, tree_account(parent), name, attributes, error);
    case TREE_IS_DIRECTORY:
        return lookup_in_snapshot(tree, view, parent, name, attributes, error);
    default:
        return not_there(error);
    }
}

static bool parent_of_directory(Tree *tree, View *view, uint64_t node, uint64_t *parent, GError **error)
{
    g_autoptr(TreeShape) shape = shape_of(tree, view, tree_snapshot(node), error);
    if (!shape)
        return false;
    if (tree_mailbox(node) == 0) {
        *parent = node_of(TREE_IS_ACCOUNT, 0, tree_shape_snapshot(shape)->account);
        return true;
    }
    const ShapeDirectory *directory = tree_shape_directory(shape, tree_mailbox(node));
    if (!directory)
        return not_there(error);
    *parent = node_of_directory(tree_snapshot(node), directory->parent);
    return true;
}

bool tree_parent(Tree *tree, View *view, uint64_t node, uint64_t *parent, GError **error)
{
    switch (tree_kind(node)) {
    case TREE_IS_ROOT:
    case TREE_IS_ACCOUNT:
        *parent = TREE_ROOT;
        return true;
    case TREE_IS_DIRECTORY:
        return parent_of_directory(tree, view, node, parent, error);
    default:
        return not_there(error);
    }
}

char *tree_link_target(View *view, uint64_t node, GError **error)
{
    SnapshotInfo target;
    if (tree_kind(node) != TREE_IS_LATEST) {
        not_there(error);
        return NULL;
    }
    return view_snapshot(view, tree_snapshot(node), &target, error) ? text_snapshot_name(target.time) : NULL;
}

/* A listing under way. */
typedef struct {
    TreeVisit visit;
    void *user;
    uint64_t offset;
} Listing;

static bool list_root(View *view, const Listing *listing, GError **error)
{
    g_autoptr(GPtrArray) accounts = view_accounts(view, error);
    if (!accounts)
        return false;
    for (guint i = 0; i < accounts->len; i++) {
        const AccountInfo *account = g_ptr_array_index(accounts, i);
        TreeAttributes attributes;
        if (account->account <= listing->offset)
            continue;
        if (!account_attributes(view, account, &attributes, error))
            return false;
        if (!listing->visit(account->name, &attributes, account->account, listing->user))
            return true;
    }
    return true;
}

static bool list_account(View *view, uint32_t account, const Listing *listing, GError **error)
{
    g_autoptr(GArray) snapshots = view_snapshots(view, account, error);
    if (!snapshots)
        return false;
    for (guint i = 0; i < snapshots->len; i++) {
        const SnapshotInfo *info = &g_array_index(snapshots, SnapshotInfo, i);
        if (info->snapshot <= listing->offset)
            continue;
        g_autofree char *name = text_snapshot_name(info->time);
        TreeAttributes attributes =
            directory_attributes(node_of_directory(info->snapshot, 0), TREE_IS_DIRECTORY, info->time);
        if (!listing->visit(name, &attributes, info->snapshot, listing->user))
            return true;
    }
    TreeAttributes latest;
    if (snapshots->len == 0 || listing->offset >= OFFSET_LATEST)
        return true;
    if (!latest_attributes(view, account, &latest, error))
        return false;
    listing->visit("latest", &latest, OFFSET_LATEST, listing->user);
    return true;
}

/* False when the visitor had enough. */
static bool list_subdirectories(const TreeShape *shape, uint64_t directory, const Listing *listing)
{
    uint32_t after = (uint32_t)listing->offset;
    const ShapeDirectory *child;
    while ((child = tree_shape_next_child(shape, tree_mailbox(directory), after))) {
        after = child->mailbox;
        TreeAttributes attributes = directory_attributes(node_of_directory(tree_snapshot(directory), child->mailbox),
                                                         TREE_IS_DIRECTORY, tree_shape_snapshot(shape)->time);
        if (!listing->visit(child->name, &attributes, after, listing->user))
            return false;
    }
    return true;
}

static bool list_messages(View *view, uint64_t directory, const Listing *listing, GError **error)
{
    uint64_t first_uid = listing->offset > OFFSET_MESSAGES ? listing->offset - OFFSET_MESSAGES + 1 : 1;
    MessageScan scan;
    if (first_uid > UINT32_MAX)
        return true;
    if (!message_scan_begin(&scan, view, tree_mailbox(directory), tree_snapshot(directory), (uint32_t)first_uid, error))
        return false;
    MessageRow row;
    g_autoptr(GError) failure = NULL;
    bool wanted = true;
    while (wanted && message_scan_next(&scan, &row, &failure)) {
        char name[TREE_NAME_SIZE];
        TreeAttributes attributes = message_attributes(&row);
        tree_message_name(&row, name);
        wanted = listing->visit(name, &attributes, OFFSET_MESSAGES + row.uid, listing->user);
    }
    message_scan_end(&scan);
    if (!failure)
        return true;
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

static bool list_in_snapshot(Tree *tree, View *view, uint64_t directory, const Listing *listing, GError **error)
{
    g_autoptr(TreeShape) shape = shape_of(tree, view, tree_snapshot(directory), error);
    if (!shape)
        return false;
    if (listing->offset < OFFSET_MESSAGES && !list_subdirectories(shape, directory, listing))
        return true;
    return tree_mailbox(directory) == 0 || list_messages(view, directory, listing, error);
}

bool tree_list(Tree *tree, View *view, uint64_t directory, uint64_t offset, TreeVisit visit, void *user, GError **error)
{
    Listing listing = {.visit = visit, .user = user, .offset = offset};
    switch (tree_kind(directory)) {
    case TREE_IS_ROOT:
        return list_root(view, &listing, error);
    case TREE_IS_ACCOUNT:
        return list_account(view, tree_account(directory), &listing, error);
    case TREE_IS_DIRECTORY:
        return list_in_snapshot(tree, view, directory, &listing, error);
    default:
        return not_there(error);
    }
}

/* One step of a walk; a `latest` becomes the snapshot it points to. */
static bool walk_step(Tree *tree, View *view, const char *name, TreeAttributes *attributes, GError **error)
{
    if (!tree_lookup(tree, view, attributes->node, name, attributes, error))
        return false;
    if (attributes->kind == TREE_IS_LATEST)
        *attributes = directory_attributes(node_of_directory(tree_snapshot(attributes->node), 0), TREE_IS_DIRECTORY,
                                           attributes->mtime);
    return true;
}

bool tree_walk(Tree *tree, View *view, const char *path, TreeAttributes *attributes, GError **error)
{
    if (!root_attributes(view, attributes, error))
        return false;
    g_auto(GStrv) names = g_strsplit(path, "/", -1);
    for (char **name = names; *name; name++)
        if (**name && !walk_step(tree, view, *name, attributes, error)) {
            g_prefix_error(error, "%s: ", path);
            return false;
        }
    return true;
}
