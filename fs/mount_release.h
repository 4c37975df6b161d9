/* A process beside the mount that frees the mountpoint when the mount's process is killed. It holds no mail, waits on a
 * pipe, and ends when that is closed.
 *
 * libfuse's auto_unmount does the same by fusermount3, but takes its rights from there too, so that root cannot use it
 * everywhere, and unmounts whatever is at that path by then. */
#ifndef MB_MOUNT_RELEASE_H
#define MB_MOUNT_RELEASE_H

#include <glib.h>
#include <stdbool.h>

/* Forks; to be called before any thread is started. *release is what mount_release_dismiss() wants. */
bool mount_release_begin(const char *mountpoint, int *release, GError **error);

/* The mount has ended as it should: there is nothing to free. */
void mount_release_dismiss(int release);

#endif
