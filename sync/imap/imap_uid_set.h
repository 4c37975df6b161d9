/* UID sets (RFC 9051 sequence-set): built from sorted arrays, read as ranges that are never expanded. */
#ifndef MB_IMAP_UID_SET_H
#define MB_IMAP_UID_SET_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "imap_lexer.h"

/* Writes `uids` (sorted, each once, none 0) from index *next on as one set in shortest form, "1:4,7", of at most
 * `max_uids` UIDs and about `max_bytes` characters, always at least one UID; *next then stands behind the last one
 * taken. Caller frees with g_free(). NULL when *next is `count`. */
char *imap_uid_set_chunk(const uint32_t *uids, size_t count, size_t *next, size_t max_uids, size_t max_bytes);

typedef struct {
    uint32_t first;
    uint32_t last; /* never below first */
} ImapUidRange;

/* Takes a set without "*": a GArray of ImapUidRange in the set's order. NULL when the lexer failed, because it is no
 * set or has more than LIMIT_UID_SET_RANGES ranges. */
GArray *imap_uid_set_parse(ImapLexer *lexer);

#endif
