/* Shows new snapshots in a live mount: a thread that sees the repository change (inotify on its catalog, and a look
 * every second in case that is not to be had) and takes back what the kernel remembers of the root and of accounts.
 * Notifications to the kernel may wait for requests, so they never come from a thread that serves them.
 *
 * The same thread answers SIGUSR1 by logging the requests counted so far. */
#ifndef MB_MOUNT_WATCH_H
#define MB_MOUNT_WATCH_H

#include <glib.h>
#include <stdbool.h>

#include "mount_context.h"

typedef struct MountWatch MountWatch;

/* Blocks SIGUSR1, SIGTERM, SIGINT and SIGHUP in the calling thread, which must be the one that runs the session's loop,
 * and so in those it starts later; takes care of them from now on. `context` is borrowed. */
MountWatch *mount_watch_start(MountContext *context, GError **error);

/* Tells the thread to end. It may be waiting for the kernel until the session is unmounted. */
void mount_watch_stop(MountWatch *watch);

/* Waits for the end of the thread, after mount_watch_stop() and fuse_session_unmount(). */
void mount_watch_free(MountWatch *watch);

#endif
