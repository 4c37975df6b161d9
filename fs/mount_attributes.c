#include "mount_attributes.h"

#include <stdbool.h>
#include <string.h>

#define TIMEOUT_FOREVER_S 1e9
#define TIMEOUT_MUTABLE_S 0.001

/* glibc asks for directory entries in pieces of st_blksize: a folder of 100,000 takes 21 requests instead of 565. */
#define DIRECTORY_BLOCK_BYTES (1 << 20)
#define FILE_BLOCK_BYTES 4096
#define STAT_BLOCK_BYTES 512 /* the unit of st_blocks */

bool mount_is_mutable(uint64_t node)
{
    TreeKind kind = tree_kind(node);
    return kind == TREE_IS_ROOT || kind == TREE_IS_ACCOUNT;
}

double mount_attribute_timeout(uint64_t node)
{
    return mount_is_mutable(node) ? TIMEOUT_MUTABLE_S : TIMEOUT_FOREVER_S;
}

static mode_t mode_of(TreeKind kind)
{
    switch (kind) {
    case TREE_IS_MESSAGE:
    case TREE_IS_ATTACHMENT:
        return S_IFREG | 0400;
    case TREE_IS_LATEST:
        return S_IFLNK | 0777;
    default:
        return S_IFDIR | 0500;
    }
}

void mount_fill_stat(const MountContext *context, const TreeAttributes *attributes, struct stat *stat)
{
    mode_t mode = mode_of(attributes->kind);
    *stat = (struct stat){
        .st_ino = attributes->node,
        .st_mode = mode,
        .st_nlink = attributes->links,
        .st_uid = context->owner,
        .st_gid = context->group,
        .st_size = (off_t)attributes->size,
        .st_blksize = S_ISDIR(mode) ? DIRECTORY_BLOCK_BYTES : FILE_BLOCK_BYTES,
        .st_blocks = (blkcnt_t)((attributes->size + STAT_BLOCK_BYTES - 1) / STAT_BLOCK_BYTES),
        .st_atim.tv_sec = attributes->mtime,
        .st_mtim.tv_sec = attributes->mtime,
        .st_ctim.tv_sec = attributes->mtime,
    };
}

void mount_fill_entry(const MountContext *context, const TreeAttributes *attributes, struct fuse_entry_param *entry)
{
    /* A name means the same node as long as it exists, unless it moves. */
    *entry = (struct fuse_entry_param){
        .ino = attributes->node,
        .attr_timeout = mount_attribute_timeout(attributes->node),
        .entry_timeout = attributes->moves ? TIMEOUT_MUTABLE_S : TIMEOUT_FOREVER_S,
    };
    mount_fill_stat(context, attributes, &entry->attr);
}

void mount_fill_absent(struct fuse_entry_param *entry)
{
    *entry = (struct fuse_entry_param){.entry_timeout = TIMEOUT_FOREVER_S};
}
