/* SEARCH and ESEARCH responses (RFC 9051 7.3.4, RFC 4731) as ranges of UIDs. */
#ifndef MB_IMAP_SEARCH_H
#define MB_IMAP_SEARCH_H

#include "imap_uid_ranges.h"

/* Read what follows "* SEARCH" and "* ESEARCH"; `ranges`, a GArray of ImapUidRange, is the memory of the result. */
void imap_search_parse(ImapLexer *lexer, GArray *ranges);
void imap_esearch_parse(ImapLexer *lexer, GArray *ranges);

#endif
