/* That an index was verified is remembered beside it, in a file `verified`, so that one that nobody has changed since
 * need not be verified at each opening.
 *
 * The mark names what the file was: inode, size, times of change, LMDB's transaction. Any write to it through the
 * system, also of the same bytes, gives it another time of change, which no call can set. What the mark cannot see is a
 * medium that gives other bytes than were written: therefore it counts for one boot and one day only, and a
 * verification reads from the medium. It also ends with the boot because a power cut may take back bytes and leave
 * times. */
#ifndef MB_CATALOG_MARK_H
#define MB_CATALOG_MARK_H

#include <stdbool.h>
#include <stdint.h>

/* What there is now: two that are equal are of the same bytes. NULL when it cannot be told. Caller frees. */
char *catalog_mark_state(int fd, uint64_t generation);

/* Now, as the mark counts time: seconds since the system was started. */
int64_t catalog_mark_now(void);

/* Was an index in this state verified lately? *verified_at tells when. `directory` is a descriptor of that of the
 * index.
 */
bool catalog_mark_holds(int directory, const char *state, int64_t *verified_at);

/* Where it cannot be written, the index is verified again next time. */
void catalog_mark_write(int directory, const char *state, int64_t verified_at);

#endif
