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
    char *bytes;     /* where the listing goes */
    size_t size;     /* the room there: as much as the kernel asked for */
    bool plus;       /* with attributes */
} DirectoryRequest;

/* *length is how many bytes there are to answer with; 0 at the end of the directory. */
bool mount_directory_list(const MountContext *context, const DirectoryRequest *request, size_t *length, GError **error);

#endif
