/* Extended attributes user.mailbackup.*, when the user wants them: else the kernel hears ENOSYS once and never asks
 * again, which keeps `ls -l` from asking for each file. */
#ifndef MB_MOUNT_XATTR_H
#define MB_MOUNT_XATTR_H

#include <fuse_lowlevel.h>

void operation_getxattr(fuse_req_t request, fuse_ino_t node, const char *name, size_t size);
void operation_listxattr(fuse_req_t request, fuse_ino_t node, size_t size);

#endif
