#include "mount_operations.h"

#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <sys/statvfs.h>

#include "body.h"
#include "error.h"
#include "listing_ahead.h"
#include "mount_attachments.h"
#include "mount_attributes.h"
#include "mount_content.h"
#include "mount_context.h"
#include "mount_directory.h"
#include "mount_xattr.h"

#define MAX_BACKGROUND 64 /* read-ahead counts as background; above the threshold the kernel drops it */
#define CONGESTION_THRESHOLD 48
#define TIME_GRANULARITY_NS 1000000000u /* whole seconds are all that INTERNALDATE has */
#define STATFS_BLOCK_BYTES 4096

static MountContext *context_of(fuse_req_t request)
{
    return fuse_req_userdata(request);
}

static int errno_of(const GError *error)
{
    return g_error_matches(error, MB_ERROR, MB_ERROR_NOT_FOUND) ? ENOENT : EIO;
}

/* What is damaged is named by the message it belongs to. */
static uint64_t damaged_node(const MountContext *context, fuse_ino_t node)
{
    uint64_t message = node;
    TreeKind kind = tree_kind(node);
    if (kind == TREE_IS_ATTACHMENTS || kind == TREE_IS_ATTACHMENT)
        tree_attachments_of(context->tree, node, &message, NULL);
    return message;
}

/* What is not there is an answer; anything else is damage, and logged. */
static void reply_error(fuse_req_t request, fuse_ino_t node, const GError *error)
{
    MountContext *context = context_of(request);
    int errnum = errno_of(error);
    fuse_reply_err(request, errnum);
    if (errnum != ENOENT)
        damage_log_node(context->damage, damaged_node(context, node), error);
}

static void operation_init(void *user G_GNUC_UNUSED, struct fuse_conn_info *connection)
{
    /* Always with attributes: the kernel's guess turns them off for programs that list first and open later. */
    connection->want &= ~(unsigned)(FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_SPLICE_READ |
                                    FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
    connection->want |= connection->capable & (FUSE_CAP_EXPLICIT_INVAL_DATA | FUSE_CAP_CACHE_SYMLINKS);
    connection->max_background = MAX_BACKGROUND;
    connection->congestion_threshold = CONGESTION_THRESHOLD;
    connection->time_gran = TIME_GRANULARITY_NS;
}

static bool find_in_tree(MountContext *context, fuse_ino_t parent, const char *name, TreeAttributes *attributes,
                         GError **error)
{
    g_autoptr(View) view = view_acquire(context->repository, error);
    return view && tree_lookup(context->tree, view, parent, name, attributes, error);
}

static bool find_child(MountContext *context, fuse_ino_t parent, const char *name, struct fuse_entry_param *entry,
                       GError **error)
{
    TreeAttributes attributes;
    bool found = tree_kind(parent) == TREE_IS_ATTACHMENTS
                     ? mount_attachments_lookup(context, parent, name, &attributes, error)
                     : find_in_tree(context, parent, name, &attributes, error);
    if (!found || !mount_content_measure(context, &attributes, error))
        return false;
    mount_fill_entry(context, &attributes, entry);
    return true;
}

static void operation_lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
    struct fuse_entry_param entry;
    g_autoptr(GError) error = NULL;
    bool found = find_child(context_of(request), parent, name, &entry, &error);
    if (!found && errno_of(error) == ENOENT && !mount_is_mutable(parent)) {
        mount_fill_absent(&entry);
        found = true;
    }
    if (found)
        fuse_reply_entry(request, &entry);
    else
        reply_error(request, parent, error);
}

static bool find_attributes(MountContext *context, fuse_ino_t node, struct stat *stat, GError **error)
{
    TreeAttributes attributes;
    g_autoptr(View) view = view_acquire(context->repository, error);
    if (!view || !tree_attributes(context->tree, view, node, &attributes, error))
        return false;
    g_clear_pointer(&view, view_release);
    if (!mount_content_measure(context, &attributes, error))
        return false;
    mount_fill_stat(context, &attributes, stat);
    return true;
}

static void operation_getattr(fuse_req_t request, fuse_ino_t node, struct fuse_file_info *file G_GNUC_UNUSED)
{
    struct stat stat;
    g_autoptr(GError) error = NULL;
    if (find_attributes(context_of(request), node, &stat, &error))
        fuse_reply_attr(request, &stat, mount_attribute_timeout(node));
    else
        reply_error(request, node, error);
}

static char *find_link_target(MountContext *context, fuse_ino_t node, GError **error)
{
    g_autoptr(View) view = view_acquire(context->repository, error);
    return view ? tree_link_target(context->tree, view, node, error) : NULL;
}

static void operation_readlink(fuse_req_t request, fuse_ino_t node)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *target = find_link_target(context_of(request), node, &error);
    if (target)
        fuse_reply_readlink(request, target);
    else
        reply_error(request, node, error);
}

/* Once the kernel has heard ENOSYS, files and directories are opened without asking, and what is cached of them stays
 * cached. */
static void operation_open(fuse_req_t request, fuse_ino_t node G_GNUC_UNUSED, struct fuse_file_info *file G_GNUC_UNUSED)
{
    fuse_reply_err(request, ENOSYS);
}

/* A listing begins with a short piece: while the kernel digests it the next one is made, which it takes twice as long
 * for as we do. */
#define FIRST_PIECE_BYTES ((size_t)32 << 10)
#define PIECE_GROWTH 2u

static void list(fuse_req_t request, fuse_ino_t node, size_t size, off_t offset, bool plus)
{
    MountContext *context = context_of(request);
    DirectoryRequest directory = {node, (uint64_t)offset, size, offset == 0 ? FIRST_PIECE_BYTES : size, plus};
    g_autoptr(GError) error = NULL;
    g_autoptr(DirectoryAnswer) answer = listing_ahead_take(context->listing_ahead, &directory);
    if (!answer)
        answer = mount_directory_list(context, &directory, &error);
    if (!answer) {
        reply_error(request, node, error);
        return;
    }
    directory.offset = answer->next_offset;
    directory.enough = answer->length * PIECE_GROWTH;
    bool goes_on = answer->is_full && tree_kind(node) == TREE_IS_DIRECTORY &&
                   listing_ahead_begin(context->listing_ahead, &directory);
    fuse_reply_buf(request, answer->bytes, answer->length);
    if (plus && context->push && tree_kind(node) == TREE_IS_DIRECTORY)
        push_ahead_listed(context->push, node);
    if (goes_on)
        listing_ahead_end(context->listing_ahead, mount_directory_list(context, &directory, NULL));
}

static void operation_readdir(fuse_req_t request, fuse_ino_t node, size_t size, off_t offset,
                              struct fuse_file_info *file G_GNUC_UNUSED)
{
    list(request, node, size, offset, false);
}

static void operation_readdirplus(fuse_req_t request, fuse_ino_t node, size_t size, off_t offset,
                                  struct fuse_file_info *file G_GNUC_UNUSED)
{
    list(request, node, size, offset, true);
}

static Body *open_message(Repository *repository, fuse_ino_t node, GError **error)
{
    MessageRow row;
    g_autoptr(View) view = view_acquire(repository, error);
    if (!view || !view_message_properties(view, tree_mailbox(node), tree_uid(node), &row, error))
        return NULL;
    return body_open(view, &row.id, error);
}

/* All of the range: where an answer is short the kernel would take the file to end, and show zeros. */
static bool read_range(Body *body, uint64_t offset, char *data, size_t length, GError **error)
{
    for (size_t done = 0, got; done < length; done += got) {
        if (!body_read(body, offset + done, data + done, length - done, &got, error))
            return false;
        if (got == 0)
            return mb_error_set(error, MB_ERROR_CORRUPT, "it ends before its size");
    }
    return true;
}

static bool read_message(Repository *repository, fuse_ino_t node, uint64_t offset, size_t size, GByteArray *data,
                         GError **error)
{
    g_autoptr(Body) body = open_message(repository, node, error);
    if (!body)
        return false;
    uint64_t left = offset < body_size(body) ? body_size(body) - offset : 0;
    g_byte_array_set_size(data, (unsigned)MIN(left, size));
    return read_range(body, offset, (char *)data->data, data->len, error);
}

/* NULL unless this is how somebody begins to read a message. */
static PushAhead *pusher_for(const MountContext *context, fuse_ino_t node, off_t offset)
{
    return offset == 0 && tree_kind(node) == TREE_IS_MESSAGE ? context->push : NULL;
}

static void operation_read(fuse_req_t request, fuse_ino_t node, size_t size, off_t offset,
                           struct fuse_file_info *file G_GNUC_UNUSED)
{
    MountContext *context = context_of(request);
    PushAhead *push = pusher_for(context, node, offset);
    g_autoptr(GByteArray) data = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    bool done = mount_content_is_made(context, node)
                    ? mount_content_read(context, node, (uint64_t)offset, size, data, &error)
                    : read_message(context->repository, node, (uint64_t)offset, size, data, &error);
    if (push && done)
        push_ahead_asked(push, node);
    if (done)
        fuse_reply_buf(request, (const char *)data->data, data->len);
    else
        reply_error(request, node, error);
}

/* Messages of the newest snapshots. */
static bool count_files(View *view, uint64_t *files, GError **error)
{
    g_autoptr(GPtrArray) accounts = view_accounts(view, error);
    *files = 0;
    for (unsigned i = 0; accounts && i < accounts->len; i++) {
        const AccountInfo *account = accounts->pdata[i];
        SnapshotInfo snapshot;
        if (account->newest_snapshot == 0)
            continue;
        if (!view_snapshot(view, account->newest_snapshot, &snapshot, error))
            return false;
        *files += snapshot.messages;
    }
    return accounts != NULL;
}

static bool measure(MountContext *context, struct statvfs *statistics, GError **error)
{
    uint64_t bytes;
    uint64_t files;
    g_autoptr(View) view = view_acquire(context->repository, error);
    if (!view || !count_files(view, &files, error))
        return false;
    g_clear_pointer(&view, view_release);
    if (!repository_disk_usage(context->repository, &bytes, error))
        return false;
    *statistics = (struct statvfs){
        .f_bsize = STATFS_BLOCK_BYTES,
        .f_frsize = STATFS_BLOCK_BYTES,
        .f_blocks = (bytes + STATFS_BLOCK_BYTES - 1) / STATFS_BLOCK_BYTES,
        .f_files = files,
        .f_namemax = TREE_NAME_SIZE - 1,
    };
    return true;
}

static void operation_statfs(fuse_req_t request, fuse_ino_t node)
{
    struct statvfs statistics;
    g_autoptr(GError) error = NULL;
    if (measure(context_of(request), &statistics, &error))
        fuse_reply_statfs(request, &statistics);
    else
        reply_error(request, node, error);
}

/* Node numbers are computed, so nothing is kept that could be forgotten. */
static void operation_forget(fuse_req_t request, fuse_ino_t node G_GNUC_UNUSED, uint64_t lookups G_GNUC_UNUSED)
{
    fuse_reply_none(request);
}

static void operation_forget_multi(fuse_req_t request, size_t count G_GNUC_UNUSED,
                                   struct fuse_forget_data *forgets G_GNUC_UNUSED)
{
    fuse_reply_none(request);
}

/* What is not here libfuse answers with ENOSYS, which makes the kernel ask once only: flush. */
const struct fuse_lowlevel_ops mount_operations = {
    .init = operation_init,
    .lookup = operation_lookup,
    .forget = operation_forget,
    .forget_multi = operation_forget_multi,
    .getattr = operation_getattr,
    .readlink = operation_readlink,
    .open = operation_open,
    .opendir = operation_open,
    .read = operation_read,
    .readdir = operation_readdir,
    .readdirplus = operation_readdirplus,
    .statfs = operation_statfs,
    .getxattr = operation_getxattr,
    .listxattr = operation_listxattr,
};
