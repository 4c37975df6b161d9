/* The clock of the code under test, which a test can make run ahead. */
#ifndef MB_TEST_LEAPING_CLOCK_H
#define MB_TEST_LEAPING_CLOCK_H

#include <glib.h>

/* By so much g_get_monotonic_time() runs ahead with each look at it. */
extern _Atomic gint64 leaping_clock_step_us;

#endif
