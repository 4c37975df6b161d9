/* The capabilities of a server, as one string: each in upper case with a space before and behind it. */
#ifndef MB_IMAP_CAPABILITY_H
#define MB_IMAP_CAPABILITY_H

#include <stdbool.h>

#include "imap_lexer.h"

/* Takes the words up to the end; with IMAP4rev2 alone, those that it implies come along. Caller frees with g_free(). */
char *imap_capability_parse(ImapLexer *lexer);

/* Case does not matter. `capabilities` may be NULL: unknown, so nothing is there. */
bool imap_capability_has(const char *capabilities, const char *name);

/* What follows AUTH=, separated by single spaces, in the server's order. Caller frees with g_free(). */
char *imap_capability_mechanisms(const char *capabilities);

#endif
