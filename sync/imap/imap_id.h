/* One ID response (RFC 2971): what the server says that it is. */
#ifndef MB_IMAP_ID_H
#define MB_IMAP_ID_H

#include "imap_data.h"
#include "imap_lexer.h"

typedef struct {
    ImapData name; /* empty: not told; so is the version */
    ImapData version;
} ImapId;

/* Reads what follows "* ID ". */
void imap_id_parse(ImapLexer *lexer, ImapId *id);

#endif
