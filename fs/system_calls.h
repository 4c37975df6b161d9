/* What a process can still ask the kernel for, after it has given up all else for good: seccomp(2), by libseccomp. */
#ifndef MB_SYSTEM_CALLS_H
#define MB_SYSTEM_CALLS_H

#include <glib.h>
#include <stdbool.h>

/* Leaves what a program needs that reads and writes its files, maps memory, runs threads, waits, and speaks to a socket
 * of this machine. No other program can be started (EPERM), no process traced, nothing mounted, no network reached;
 * what nobody has thought of does not exist (ENOSYS). For all threads. MB_ERROR_SYSTEM when the kernel refuses. */
bool system_calls_restrict(GError **error);

#endif
