/* When a run of each account last came to its end: REPO/seen, a key file. A run that finds nothing new writes nothing
 * else. Losing the file costs one look at everything. */
#ifndef MB_LAST_SEEN_H
#define MB_LAST_SEEN_H

#include <stdint.h>

/* Seconds since 1970. 0 when it is not known. */
int64_t last_seen(const char *repository_path, const char *account);
/* The caller holds the writer's lock. What cannot be written is not known next time. */
void last_seen_note(const char *repository_path, const char *account, int64_t time);

#endif
