/* A cursor over one complete response, its literals included (RFC 9051 9).
 *
 * The first thing that is not as asked for marks the lexer failed; from then on it stands at its end, numbers are 0 and
 * octets empty. So a parser reads all it wants and asks once. Quoted strings lose their backslashes in place, which is
 * why the bytes are not const; what is handed out points into them. */
#ifndef MB_IMAP_LEXER_H
#define MB_IMAP_LEXER_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "imap_data.h"

typedef struct {
    uint8_t *at;
    uint8_t *end;
    bool failed;
    bool too_much; /* failed because of a limit */
} ImapLexer;

ImapLexer imap_lexer_of(uint8_t *bytes, size_t length);

void imap_lexer_fail(ImapLexer *lexer);
/* For what is above a limit of mb_limits.h. */
void imap_lexer_fail_limit(ImapLexer *lexer);

bool imap_lexer_at_end(const ImapLexer *lexer);
/* The octet that comes next; 0 at the end. */
uint8_t imap_lexer_peek(const ImapLexer *lexer);
/* Takes the next octet when it is `octet`, and tells whether it was. */
bool imap_lexer_accept(ImapLexer *lexer, char octet);
void imap_lexer_expect(ImapLexer *lexer, char octet);
void imap_lexer_skip_spaces(ImapLexer *lexer);

/* At least one octet up to a space, a parenthesis, a control character or the end: an atom, a flag, or what servers
 * send in their place (raw UTF-8, brackets). */
ImapData imap_lexer_word(ImapLexer *lexer);
/* A word whose [...] may hold spaces and parentheses: "BODY[HEADER.FIELDS (TO)]". */
ImapData imap_lexer_item_name(ImapLexer *lexer);
/* A quoted string or a literal. */
ImapData imap_lexer_string(ImapLexer *lexer);
/* A string, or a word. */
ImapData imap_lexer_astring(ImapLexer *lexer);
/* A string, or NIL: then false. */
bool imap_lexer_nstring(ImapLexer *lexer, ImapData *string);

/* Digits only; fails above the largest value. */
uint64_t imap_lexer_number(ImapLexer *lexer);
uint32_t imap_lexer_number32(ImapLexer *lexer);

/* Inside a list whose "(" was taken: takes spaces, and the ")" when it is there. True also on failure, so that
 * `while (!imap_lexer_list_end(lexer))` ends. */
bool imap_lexer_list_end(ImapLexer *lexer);

/* Takes any one value: word, string, or list of LIMIT_RESPONSE_DEPTH levels at most. */
void imap_lexer_skip_value(ImapLexer *lexer);

#endif
