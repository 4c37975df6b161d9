/* The mount: a repository as a read-only FUSE file system. */
#ifndef MB_MOUNT_H
#define MB_MOUNT_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#include "tree_options.h"

typedef struct {
    const char *repository_path;
    const char *mountpoint;
    const char *fuse_options; /* what -o gave that is FUSE's own ("allow_other"); comma-separated, or NULL */
    TreeOptions tree;         /* what is shown, and how */
    bool extended_attributes; /* user.mailbackup.*: what is known of a message beside its bytes */
    bool owner_given;         /* everything belongs to `owner` instead of who mounts; */
    bool group_given;         /* and to `group` */
    uid_t owner;
    gid_t group;
    unsigned cache_mb; /* memory that decompressed mail may take, in MiB; 0: a default */
    bool no_push;      /* nothing is put into the page cache before it is asked for */
    bool nonempty;     /* a mountpoint that holds something is covered, not refused */
    bool foreground;
    bool debug; /* libfuse prints every request; implies foreground */
} MountOptions;

/* Mounts, goes to the background unless told otherwise, serves until unmounted or told to stop by SIGTERM, SIGINT or
 * SIGHUP. Returns when the mount has ended (in the background process); the foreground caller of a daemon exits with 0
 * once the mount is ready, or with the daemon's status when it ended before that. A mountpoint left behind by a mount
 * that was killed is recognised and freed first. While it serves, what a user should know (a damaged message) goes to
 * syslog, in the foreground also to stderr; SIGUSR1 puts the requests counted so far there.
 *
 * MB_ERROR_NOT_FOUND: there is no repository; MB_ERROR_INVALID: the mountpoint or an option cannot be used;
 * MB_ERROR_EXISTS: it is in use by another mailbackupfs. */
bool mount_run(const MountOptions *options, GError **error);

#endif
