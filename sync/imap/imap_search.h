/* SEARCH and ESEARCH responses (RFC 9051 7.3.4, RFC 4731) as ranges of UIDs, however wide: nothing is ever counted out.
 */
#ifndef MB_IMAP_SEARCH_H
#define MB_IMAP_SEARCH_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

#include "imap_lexer.h"

typedef struct {
    uint32_t first;
    uint32_t last; /* not below `first` */
} ImapUidRange;

/* In the server's order; they may touch and overlap. */
typedef struct {
    const ImapUidRange *ranges;
    size_t count;
} ImapSearch;

/* Read what follows "* SEARCH" and "* ESEARCH"; `ranges`, a GArray of ImapUidRange, is the memory of the result. */
void imap_search_parse(ImapLexer *lexer, GArray *ranges);
void imap_esearch_parse(ImapLexer *lexer, GArray *ranges);

#endif
