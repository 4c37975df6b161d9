/* Threads of the mount beside those of libfuse. */
#ifndef MB_MOUNT_THREAD_H
#define MB_MOUNT_THREAD_H

#include <glib.h>

/* Starts a thread that gets no signals: those that end the mount are the main thread's. */
GThread *mount_thread_start(const char *name, GThreadFunc run, void *user, GError **error);

#endif
