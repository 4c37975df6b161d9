/* Directory listings: READDIR and READDIRPLUS answers, filled to the last entry that fits. */
#ifndef MB_MOUNT_DIRECTORY_H
#define MB_MOUNT_DIRECTORY_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mount_context.h"

typedef struct {
    fuse_req_t request;
    uint64_t node;
    uint64_t offset; /* as an earlier answer gave it, or 0 */
    size_t size;     /* how many bytes the kernel has room for */
    bool plus;       /* with attributes */
} DirectoryRequest;

/* Sets *listing (caller frees) and *length; 0 at the end of the directory. */
bool mount_directory_list(const MountContext *context, const DirectoryRequest *request, char **listing, size_t *length,
                          GError **error);

#endif
