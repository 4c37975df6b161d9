#include "tree.h"

#include <string.h>

#include "error.h"
#include "tree_private.h"

#define SHAPES_AT_MOST 64

static Tree *make(Repository *repository)
{
    Tree *tree = g_new0(Tree, 1);
    tree->repository = repository;
    g_mutex_init(&tree->mutex);
    tree->shapes = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)tree_shape_unref);
    tree->attachments = attachment_places_new();
    return tree;
}

Tree *tree_new(Repository *repository)
{
    return make(repository);
}

static bool set_root(Tree *tree, View *view, const TreeOptions *options, GError **error)
{
    g_autoptr(AccountInfo) account = view_account_by_name(view, options->account, error);
    int64_t time;
    SnapshotInfo snapshot;
    if (!account)
        return false;
    tree->root_number = account->account;
    tree->root_kind = options->snapshot ? ROOT_NEWEST : ROOT_ACCOUNT;
    if (!options->snapshot || g_str_equal(options->snapshot, "latest"))
        return true;
    if (!tree_snapshot_name_time(&tree->style, options->snapshot, &time) ||
        !view_snapshot_by_time(view, account->account, time, &snapshot, NULL))
        return mb_error_set(error, MB_ERROR_INVALID, "account %s has no snapshot %s", account->name, options->snapshot);
    tree->root_number = snapshot.snapshot;
    tree->root_kind = ROOT_SNAPSHOT;
    return true;
}

static bool find_root(Tree *tree, const TreeOptions *options, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (!options->account && options->snapshot)
        return mb_error_set(error, MB_ERROR_INVALID, "snapshot=%s needs account= beside it", options->snapshot);
    if (!options->account)
        return true;
    g_autoptr(View) view = view_acquire(tree->repository, error);
    if (!view)
        return false;
    if (set_root(tree, view, options, &failure))
        return true;
    if (g_error_matches(failure, MB_ERROR, MB_ERROR_NOT_FOUND))
        return mb_error_set(error, MB_ERROR_INVALID, "%s", failure->message);
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

Tree *tree_new_shown(Repository *repository, const TreeOptions *options, GError **error)
{
    g_autoptr(Tree) tree = make(repository);
    bool made = tree_style_init(&tree->style, options, error) && find_root(tree, options, error);
    return made ? g_steal_pointer(&tree) : NULL;
}

void tree_free(Tree *tree)
{
    if (!tree)
        return;
    attachment_places_free(tree->attachments);
    g_hash_table_unref(tree->shapes);
    g_mutex_clear(&tree->mutex);
    tree_style_clear(&tree->style);
    g_free(tree);
}

static bool not_there(GError **error)
{
    return mb_error_set(error, MB_ERROR_NOT_FOUND, "no such file or directory");
}

bool tree_place(const Tree *tree, View *view, uint64_t node, uint64_t *place, GError **error)
{
    *place = node;
    if (node != TREE_ROOT || tree->root_kind == ROOT_WHOLE)
        return true;
    if (tree->root_kind == ROOT_ACCOUNT)
        *place = node_of_account(tree->root_number);
    if (tree->root_kind == ROOT_SNAPSHOT)
        *place = node_of_directory(tree->root_number, 0);
    if (tree->root_kind != ROOT_NEWEST)
        return true;
    g_autoptr(AccountInfo) account = view_account(view, tree->root_number, error);
    if (!account)
        return false;
    *place = node_of_directory(account->newest_snapshot, 0);
    return account->newest_snapshot != 0 || not_there(error);
}

bool tree_children_move(const Tree *tree, uint64_t node)
{
    return node == TREE_ROOT && tree->root_kind == ROOT_NEWEST;
}

/* Within a snapshot nothing changes, so a shape once built stays true, as long as the snapshot is not forgotten. */
TreeShape *tree_shape_of(Tree *tree, View *view, uint32_t snapshot, GError **error)
{
    SnapshotInfo info;
    if (!view_snapshot(view, snapshot, &info, error))
        return NULL;
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&tree->mutex);
    TreeShape *shape = g_hash_table_lookup(tree->shapes, GUINT_TO_POINTER(snapshot));
    if (shape)
        return tree_shape_ref(shape);
    g_autoptr(GPtrArray) mailboxes = view_mailboxes(view, info.account, snapshot, error);
    if (!mailboxes)
        return NULL;
    if (g_hash_table_size(tree->shapes) >= SHAPES_AT_MOST)
        g_hash_table_remove_all(tree->shapes);
    shape = tree_shape_new(&tree->style, &info, mailboxes);
    g_hash_table_insert(tree->shapes, GUINT_TO_POINTER(snapshot), shape);
    return tree_shape_ref(shape);
}

const char *tree_part_name(MaildirPart part)
{
    static const char *const names[] = {[PART_CUR] = "cur", [PART_NEW] = "new", [PART_TMP] = "tmp"};
    return part < G_N_ELEMENTS(names) ? names[part] : NULL;
}

bool tree_shows_parts(const Tree *tree, uint64_t directory)
{
    return tree->style.layout == LAYOUT_MAILDIR && tree_mailbox(directory) != 0 && node_part(directory) == PART_MAILBOX;
}

bool tree_shows_messages(const Tree *tree, uint64_t directory)
{
    MaildirPart wanted = tree->style.layout == LAYOUT_MAILDIR ? PART_CUR : PART_MAILBOX;
    return tree_mailbox(directory) != 0 && node_part(directory) == wanted;
}

static TreeAttributes plain_attributes(uint64_t node, int64_t mtime)
{
    return (TreeAttributes){.node = node, .kind = tree_kind(node), .mtime = mtime, .links = 1};
}

TreeAttributes tree_directory_attributes(uint64_t node, int64_t mtime)
{
    return plain_attributes(node, mtime);
}

TreeAttributes tree_message_attributes(const MessageRow *row)
{
    TreeAttributes attributes = plain_attributes(tree_message_node(row->mailbox, row->uid), row->internaldate);
    attributes.size = row->size;
    return attributes;
}

bool tree_account_attributes(View *view, const AccountInfo *account, TreeAttributes *attributes, GError **error)
{
    SnapshotInfo newest = {0};
    if (account->newest_snapshot != 0 && !view_snapshot(view, account->newest_snapshot, &newest, error))
        return false;
    *attributes = plain_attributes(node_of_account(account->account), newest.time);
    return true;
}

static bool newest_snapshot(View *view, uint32_t account, SnapshotInfo *newest, GError **error)
{
    g_autoptr(AccountInfo) info = view_account(view, account, error);
    if (!info)
        return false;
    return info->newest_snapshot != 0 ? view_snapshot(view, info->newest_snapshot, newest, error) : not_there(error);
}

static void link_attributes(const Tree *tree, const SnapshotInfo *target, TreeAttributes *attributes)
{
    g_autofree char *name = tree_snapshot_name(&tree->style, target->time);
    *attributes = plain_attributes(node_of_latest(target->snapshot), target->time);
    attributes->size = strlen(name);
    attributes->moves = true;
}

bool tree_latest_attributes(const Tree *tree, View *view, uint32_t account, TreeAttributes *attributes, GError **error)
{
    SnapshotInfo newest = {0};
    if (!newest_snapshot(view, account, &newest, error))
        return false;
    link_attributes(tree, &newest, attributes);
    return true;
}

static bool root_attributes(View *view, TreeAttributes *attributes, GError **error)
{
    g_autoptr(GPtrArray) accounts = view_accounts(view, error);
    if (!accounts)
        return false;
    *attributes = plain_attributes(TREE_ROOT, 0);
    for (guint i = 0; i < accounts->len; i++) {
        TreeAttributes account;
        if (!tree_account_attributes(view, g_ptr_array_index(accounts, i), &account, error))
            return false;
        attributes->mtime = MAX(attributes->mtime, account.mtime);
    }
    return true;
}

static bool snapshot_directory_attributes(Tree *tree, View *view, uint64_t node, TreeAttributes *attributes,
                                          GError **error)
{
    g_autoptr(TreeShape) shape = tree_shape_of(tree, view, tree_snapshot(node), error);
    if (!shape)
        return false;
    if (tree_mailbox(node) != 0 && !tree_shape_directory(shape, tree_mailbox(node)))
        return not_there(error);
    *attributes = plain_attributes(node, tree_shape_snapshot(shape)->time);
    return true;
}

static bool message_attributes(View *view, uint64_t node, TreeAttributes *attributes, GError **error)
{
    MessageRow row;
    if (!view_message_properties(view, tree_mailbox(node), tree_uid(node), &row, error))
        return false;
    *attributes = tree_message_attributes(&row);
    return true;
}

static bool attachment_attributes(Tree *tree, View *view, uint64_t node, TreeAttributes *attributes, GError **error)
{
    uint64_t message;
    if (!tree_attachments_of(tree, node, &message, error) || !message_attributes(view, message, attributes, error))
        return false;
    *attributes = plain_attributes(node, attributes->mtime);
    return true;
}

static bool place_attributes(Tree *tree, View *view, uint64_t node, TreeAttributes *attributes, GError **error)
{
    g_autoptr(AccountInfo) account = NULL;
    SnapshotInfo target;
    switch (tree_kind(node)) {
    case TREE_IS_ROOT:
        return root_attributes(view, attributes, error);
    case TREE_IS_ACCOUNT:
        account = view_account(view, tree_account(node), error);
        return account && tree_account_attributes(view, account, attributes, error);
    case TREE_IS_LATEST:
        if (!view_snapshot(view, tree_snapshot(node), &target, error))
            return false;
        link_attributes(tree, &target, attributes);
        return true;
    case TREE_IS_DIRECTORY:
        return snapshot_directory_attributes(tree, view, node, attributes, error);
    case TREE_IS_MESSAGE:
        return message_attributes(view, node, attributes, error);
    case TREE_IS_ATTACHMENTS:
    case TREE_IS_ATTACHMENT:
        return attachment_attributes(tree, view, node, attributes, error);
    case TREE_NONE:
        break;
    }
    return not_there(error);
}

bool tree_attributes(Tree *tree, View *view, uint64_t node, TreeAttributes *attributes, GError **error)
{
    uint64_t place;
    if (!tree_place(tree, view, node, &place, error) || !place_attributes(tree, view, place, attributes, error))
        return false;
    attributes->node = node;
    attributes->kind = tree_kind(node);
    return true;
}

static bool lookup_account(View *view, const char *name, TreeAttributes *attributes, GError **error)
{
    g_autoptr(AccountInfo) account = view_account_by_name(view, name, error);
    return account && tree_account_attributes(view, account, attributes, error);
}

static bool lookup_snapshot(const Tree *tree, View *view, uint32_t account, const char *name,
                            TreeAttributes *attributes, GError **error)
{
    if (g_str_equal(name, "latest"))
        return tree_latest_attributes(tree, view, account, attributes, error);
    int64_t time;
    SnapshotInfo info;
    if (!tree_snapshot_name_time(&tree->style, name, &time))
        return not_there(error);
    if (!view_snapshot_by_time(view, account, time, &info, error))
        return false;
    *attributes = plain_attributes(node_of_directory(info.snapshot, 0), info.time);
    return true;
}

static bool lookup_attachments(Tree *tree, uint64_t directory, const MessageRow *row, TreeAttributes *attributes,
                               GError **error)
{
    const AttachmentPlace place = {directory, tree_message_node(row->mailbox, row->uid)};
    uint32_t number;
    if (!attachment_places_take(tree->attachments, &place, &number, error))
        return false;
    *attributes = plain_attributes(node_of_attachments(number), row->internaldate);
    return true;
}

/* A message, or the directory of its attachments. */
static bool lookup_message(Tree *tree, View *view, uint64_t parent, const char *name, TreeAttributes *attributes,
                           GError **error)
{
    uint32_t of_attachments = tree_attachments_name_uid(&tree->style, name);
    uint32_t uid = of_attachments ? of_attachments : tree_message_name_uid(&tree->style, name);
    MessageRow row;
    if (uid == 0 || !tree_shows_messages(tree, parent))
        return not_there(error);
    if (!view_message(view, tree_mailbox(parent), uid, tree_snapshot(parent), &row, error))
        return false;
    char right_name[TREE_NAME_SIZE] = "";
    (of_attachments ? tree_attachments_name : tree_message_name)(&tree->style, &row, right_name);
    if (!g_str_equal(name, right_name))
        return not_there(error);
    if (of_attachments)
        return lookup_attachments(tree, parent, &row, attributes, error);
    *attributes = tree_message_attributes(&row);
    return true;
}

static const ShapeDirectory *find_subdirectory(const TreeShape *shape, uint64_t parent, const char *name)
{
    return node_part(parent) == PART_MAILBOX ? tree_shape_child(shape, tree_mailbox(parent), name) : NULL;
}

static MaildirPart find_part(const Tree *tree, uint64_t parent, const char *name)
{
    const char *known;
    for (MaildirPart part = PART_CUR; tree_shows_parts(tree, parent) && (known = tree_part_name(part)); part++)
        if (g_str_equal(name, known))
            return part;
    return PART_MAILBOX;
}

static bool lookup_in_snapshot(Tree *tree, View *view, uint64_t parent, const char *name, TreeAttributes *attributes,
                               GError **error)
{
    g_autoptr(TreeShape) shape = tree_shape_of(tree, view, tree_snapshot(parent), error);
    if (!shape)
        return false;
    const ShapeDirectory *child = find_subdirectory(shape, parent, name);
    MaildirPart part = find_part(tree, parent, name);
    if (!child && part == PART_MAILBOX)
        return lookup_message(tree, view, parent, name, attributes, error);
    uint64_t node = child ? node_of_directory(tree_snapshot(parent), child->mailbox) : node_of_part(parent, part);
    *attributes = plain_attributes(node, tree_shape_snapshot(shape)->time);
    return true;
}

static bool lookup_in_place(Tree *tree, View *view, uint64_t parent, const char *name, TreeAttributes *attributes,
                            GError **error)
{
    switch (tree_kind(parent)) {
    case TREE_IS_ROOT:
        return lookup_account(view, name, attributes, error);
    case TREE_IS_ACCOUNT:
        return lookup_snapshot(tree, view, tree_account(parent), name, attributes, error);
    case TREE_IS_DIRECTORY:
        return lookup_in_snapshot(tree, view, parent, name, attributes, error);
    default:
        return not_there(error);
    }
}

bool tree_lookup(Tree *tree, View *view, uint64_t parent, const char *name, TreeAttributes *attributes, GError **error)
{
    uint64_t place;
    if (!tree_place(tree, view, parent, &place, error) || !lookup_in_place(tree, view, place, name, attributes, error))
        return false;
    attributes->moves |= tree_children_move(tree, parent);
    return true;
}

static bool parent_in_snapshot(Tree *tree, View *view, uint64_t node, uint64_t *parent, GError **error)
{
    g_autoptr(TreeShape) shape = tree_shape_of(tree, view, tree_snapshot(node), error);
    if (!shape)
        return false;
    if (node_part(node) != PART_MAILBOX) {
        *parent = node_without_part(node);
        return true;
    }
    if (tree_mailbox(node) == 0) {
        *parent = node_of_account(tree_shape_snapshot(shape)->account);
        return true;
    }
    const ShapeDirectory *directory = tree_shape_directory(shape, tree_mailbox(node));
    if (!directory)
        return not_there(error);
    *parent = node_of_directory(tree_snapshot(node), directory->parent);
    return true;
}

static bool parent_of_attachments(Tree *tree, uint64_t node, uint64_t *parent, GError **error)
{
    AttachmentPlace place;
    if (!attachment_places_find(tree->attachments, node_attachments_place(node), &place, error))
        return false;
    *parent = place.directory;
    return true;
}

/* Where the root begins further down, what lies above is the root. */
static uint64_t as_seen_from_root(const Tree *tree, uint64_t node)
{
    bool is_snapshot = tree_kind(node) == TREE_IS_DIRECTORY && tree_mailbox(node) == 0;
    bool above = tree->root_kind != ROOT_WHOLE && tree_kind(node) == TREE_IS_ACCOUNT;
    return above || (is_snapshot && tree->root_kind >= ROOT_SNAPSHOT) ? TREE_ROOT : node;
}

bool tree_parent(Tree *tree, View *view, uint64_t node, uint64_t *parent, GError **error)
{
    *parent = TREE_ROOT;
    switch (tree_kind(node)) {
    case TREE_IS_ROOT:
    case TREE_IS_ACCOUNT:
        return true;
    case TREE_IS_DIRECTORY:
        if (!parent_in_snapshot(tree, view, node, parent, error))
            return false;
        break;
    case TREE_IS_ATTACHMENTS:
        if (!parent_of_attachments(tree, node, parent, error))
            return false;
        break;
    default:
        return not_there(error);
    }
    *parent = as_seen_from_root(tree, *parent);
    return true;
}

char *tree_link_target(const Tree *tree, View *view, uint64_t node, GError **error)
{
    SnapshotInfo target;
    if (tree_kind(node) != TREE_IS_LATEST) {
        not_there(error);
        return NULL;
    }
    return view_snapshot(view, tree_snapshot(node), &target, error) ? tree_snapshot_name(&tree->style, target.time)
                                                                    : NULL;
}

bool tree_attachments_of(Tree *tree, uint64_t node, uint64_t *message, GError **error)
{
    AttachmentPlace place;
    if (!attachment_places_find(tree->attachments, node_attachments_place(node), &place, error))
        return false;
    *message = place.message;
    return true;
}

/* One step of a walk; a `latest` becomes the snapshot it points to. */
static bool walk_step(Tree *tree, View *view, const char *name, TreeAttributes *attributes, GError **error)
{
    if (!tree_lookup(tree, view, attributes->node, name, attributes, error))
        return false;
    if (attributes->kind == TREE_IS_ATTACHMENTS)
        return not_there(error);
    if (attributes->kind == TREE_IS_LATEST)
        *attributes = plain_attributes(node_of_directory(tree_snapshot(attributes->node), 0), attributes->mtime);
    return true;
}

bool tree_walk(Tree *tree, View *view, const char *path, TreeAttributes *attributes, GError **error)
{
    if (!tree_attributes(tree, view, TREE_ROOT, attributes, error))
        return false;
    g_auto(GStrv) names = g_strsplit(path, "/", -1);
    for (char **name = names; *name; name++)
        if (**name && !walk_step(tree, view, *name, attributes, error)) {
            g_prefix_error(error, "%s: ", path);
            return false;
        }
    return true;
}
