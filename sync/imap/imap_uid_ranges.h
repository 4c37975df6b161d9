/* Sets of UIDs as servers send them (RFC 9051 sequence-set): ranges, however wide, never counted out. */
#ifndef MB_IMAP_UID_RANGES_H
#define MB_IMAP_UID_RANGES_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

#include "imap_lexer.h"

typedef struct {
    uint32_t first; /* never 0 */
    uint32_t last;  /* not below `first` */
} ImapUidRange;

/* In the server's order; they may touch and overlap. */
typedef struct {
    const ImapUidRange *ranges;
    size_t count;
} ImapUidRanges;

/* Both take what is next and append it to `ranges`, a GArray of ImapUidRange. */
void imap_uid_range_take(ImapLexer *lexer, GArray *ranges);
/* "1:4,7". "*" is not known here: no server may say it. */
void imap_uid_ranges_take(ImapLexer *lexer, GArray *ranges);

/* What is in the array, valid until it changes. */
ImapUidRanges imap_uid_ranges_of(const GArray *ranges);

#endif
