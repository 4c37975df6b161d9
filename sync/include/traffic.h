/* How many bytes of messages each account had from its server today: REPO/traffic, a key file. Providers that allow so
 * much a day count over all runs, so we do. Losing the file costs no more than a wrong count. */
#ifndef MB_TRAFFIC_H
#define MB_TRAFFIC_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t bytes;  /* read */
    uint64_t budget; /* of them, that might have been read when they were noted */
} TrafficDay;

/* Today is the day in UTC. All 0 when nothing is known. */
TrafficDay traffic_today(const char *repository_path, const char *account);
bool traffic_note(const char *repository_path, const char *account, const TrafficDay *today, GError **error);

#endif
