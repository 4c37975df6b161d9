#include "error.h"
#include "tree_private.h"

/* Offsets in listings: below OFFSET_LATEST the number of an account, snapshot or mailbox, from there on messages. */
#define OFFSET_LATEST ((uint64_t)1 << 32)
#define OFFSET_MESSAGES ((uint64_t)1 << 32)
#define OFFSET_PARTS ((uint64_t)1 << 32)

/* A listing under way. */
typedef struct {
    TreeVisit visit;
    void *user;
    uint64_t offset;
    bool moving; /* what is listed may lead elsewhere tomorrow */
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
        if (!tree_account_attributes(view, account, &attributes, error))
            return false;
        if (!listing->visit(account->name, &attributes, account->account, listing->user))
            return true;
    }
    return true;
}

static bool list_account(const Tree *tree, View *view, uint32_t account, const Listing *listing, GError **error)
{
    g_autoptr(GArray) snapshots = view_snapshots(view, account, error);
    if (!snapshots)
        return false;
    for (guint i = 0; i < snapshots->len; i++) {
        const SnapshotInfo *info = &g_array_index(snapshots, SnapshotInfo, i);
        if (info->snapshot <= listing->offset)
            continue;
        g_autofree char *name = tree_snapshot_name(&tree->style, info->time);
        TreeAttributes attributes = tree_directory_attributes(node_of_directory(info->snapshot, 0), info->time);
        if (!listing->visit(name, &attributes, info->snapshot, listing->user))
            return true;
    }
    TreeAttributes latest;
    if (snapshots->len == 0 || listing->offset >= OFFSET_LATEST)
        return true;
    if (!tree_latest_attributes(tree, view, account, &latest, error))
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
        TreeAttributes attributes = tree_directory_attributes(
            node_of_directory(tree_snapshot(directory), child->mailbox), tree_shape_snapshot(shape)->time);
        attributes.moves = listing->moving;
        if (!listing->visit(child->name, &attributes, after, listing->user))
            return false;
    }
    return true;
}

static void list_parts(const TreeShape *shape, uint64_t directory, const Listing *listing)
{
    uint64_t taken = listing->offset > OFFSET_PARTS ? listing->offset - OFFSET_PARTS : 0;
    const char *name;
    for (MaildirPart part = (MaildirPart)(taken + 1); (name = tree_part_name(part)); part++) {
        TreeAttributes attributes =
            tree_directory_attributes(node_of_part(directory, part), tree_shape_snapshot(shape)->time);
        if (!listing->visit(name, &attributes, OFFSET_PARTS + part, listing->user))
            return;
    }
}

static bool list_messages(const Tree *tree, View *view, uint64_t directory, const Listing *listing, GError **error)
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
        TreeAttributes attributes = tree_message_attributes(&row);
        tree_message_name(&tree->style, &row, name);
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
    g_autoptr(TreeShape) shape = tree_shape_of(tree, view, tree_snapshot(directory), error);
    if (!shape)
        return false;
    if (listing->offset < OFFSET_MESSAGES && node_part(directory) == PART_MAILBOX &&
        !list_subdirectories(shape, directory, listing))
        return true;
    if (tree_shows_parts(tree, directory))
        list_parts(shape, directory, listing);
    return !tree_shows_messages(tree, directory) || list_messages(tree, view, directory, listing, error);
}

bool tree_list(Tree *tree, View *view, uint64_t directory, uint64_t offset, TreeVisit visit, void *user, GError **error)
{
    const Listing listing = {visit, user, offset, tree_children_move(tree, directory)};
    uint64_t place;
    if (!tree_place(tree, view, directory, &place, error))
        return false;
    switch (tree_kind(place)) {
    case TREE_IS_ROOT:
        return list_root(view, &listing, error);
    case TREE_IS_ACCOUNT:
        return list_account(tree, view, tree_account(place), &listing, error);
    case TREE_IS_DIRECTORY:
        return list_in_snapshot(tree, view, place, &listing, error);
    default:
        return mb_error_set(error, MB_ERROR_NOT_FOUND, "no such directory");
    }
}
