/* UID sets (RFC 9051 sequence-set), built from sorted arrays. */
#ifndef MB_IMAP_UID_SET_H
#define MB_IMAP_UID_SET_H

#include <stddef.h>
#include <stdint.h>

/* Writes `uids` (sorted, each once, none 0) from index *next on as one set in shortest form, "1:4,7", of at most
 * `max_uids` UIDs and about `max_bytes` characters, always at least one UID; *next then stands behind the last one
 * taken. Caller frees with g_free(). NULL when *next is `count`. */
char *imap_uid_set_chunk(const uint32_t *uids, size_t count, size_t *next, size_t max_uids, size_t max_bytes);

#endif
