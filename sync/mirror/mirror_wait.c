#include "mirror_wait.h"

#include <poll.h>

#include "error.h"

bool mirror_wait(GCancellable *cancellable, unsigned milliseconds, GError **error)
{
    int64_t deadline_us = g_get_monotonic_time() + (int64_t)milliseconds * 1000;
    int fd = milliseconds > 0 ? g_cancellable_get_fd(cancellable) : -1; /* -1 without one: poll() passes over it */
    for (int64_t left_us;
         (left_us = deadline_us - g_get_monotonic_time()) > 0 && !g_cancellable_is_cancelled(cancellable);)
        poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, (int)MIN((left_us + 999) / 1000, G_MAXINT));
    if (fd >= 0)
        g_cancellable_release_fd(cancellable);
    return !g_cancellable_is_cancelled(cancellable) || mb_error_set(error, MB_ERROR_CANCELLED, "stopped");
}
