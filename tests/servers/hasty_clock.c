/* Preloaded into a program: its own clock, not that of its libraries, runs ahead with every look at it. So batches,
 * which are committed when they have grown old, are small ones; CLOCK_STEP_US says by how much. CLOCK_DAYS moves its
 * calendar. */
#include <glib.h>
#include <stdlib.h>
#include <time.h>

static gint64 setting(const char *name)
{
    const char *value = getenv(name);
    return value ? g_ascii_strtoll(value, NULL, 10) : 0;
}

static gint64 microseconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (gint64)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

gint64 g_get_monotonic_time(void)
{
    static gint looks;
    return microseconds(CLOCK_MONOTONIC) + g_atomic_int_add(&looks, 1) * setting("CLOCK_STEP_US");
}

gint64 g_get_real_time(void)
{
    return microseconds(CLOCK_REALTIME) + setting("CLOCK_DAYS") * 24 * 3600 * G_USEC_PER_SEC;
}

GDateTime *g_date_time_new_now_utc(void)
{
    return g_date_time_new_from_unix_utc(g_get_real_time() / G_USEC_PER_SEC);
}
