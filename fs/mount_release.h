/* A process beside the mount that frees the mountpoint, and removes the directory of temporary files, when the mount's
 * process has ended or was killed. It holds no mail, and waits on a pipe until that is closed. What it then finds alive
 * at the mountpoint is not ours, and stays.
 *
 * libfuse's auto_unmount does the same by fusermount3, but takes its rights from there too, so that root cannot use it
 * everywhere, and unmounts whatever is at that path by then. */
#ifndef MB_MOUNT_RELEASE_H
#define MB_MOUNT_RELEASE_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

typedef struct {
    pid_t process;
    int pipe;
    char *scratch; /* that directory; NULL: none could be made, and what is too large for memory cannot be shown */
} MountRelease;

/* Forks; to be called before any thread is started. */
bool mount_release_begin(const char *mountpoint, MountRelease *release, GError **error);

/* From now on there is something to free. */
void mount_release_mounted(const MountRelease *release);
/* Somebody has unmounted it: the mountpoint is not to be touched any more, which may be an automount's. */
void mount_release_unmounted(const MountRelease *release);

/* The mount has ended: waits until the mountpoint is free. */
void mount_release_finish(MountRelease *release);

#endif
