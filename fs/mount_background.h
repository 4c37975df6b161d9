/* Going to the background so that whoever called learns whether it worked: the caller waits until the daemon says that
 * it is ready, or has ended with words on the terminal and a status of its own. */
#ifndef MB_MOUNT_BACKGROUND_H
#define MB_MOUNT_BACKGROUND_H

#include <glib.h>
#include <stdbool.h>

/* Forks; to be called before any thread is started. Returns in the daemon only: *ready is what
 * mount_background_ready() wants. The caller's process ends here, when the daemon is ready or has ended. */
bool mount_background_begin(int *ready, GError **error);

/* Lets the caller end with 0, and leaves its terminal and directory. */
bool mount_background_ready(int ready, GError **error);

#endif
