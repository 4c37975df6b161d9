#include "imap_search.h"

void imap_search_parse(ImapLexer *lexer, GArray *ranges)
{
    g_array_set_size(ranges, 0);
    for (imap_lexer_skip_spaces(lexer); g_ascii_isdigit((char)imap_lexer_peek(lexer)); imap_lexer_skip_spaces(lexer))
        imap_uid_range_take(lexer, ranges);
    if (!imap_lexer_at_end(lexer))
        imap_lexer_skip_value(lexer); /* (MODSEQ n), RFC 7162 */
}

/* A result is a name and a value; of all there are only ALL matters here. */
static void take_result(ImapLexer *lexer, GArray *ranges)
{
    ImapData name = imap_lexer_word(lexer);
    if (imap_data_is(name, "UID"))
        return;
    imap_lexer_expect(lexer, ' ');
    if (imap_data_is(name, "ALL"))
        imap_uid_ranges_take(lexer, ranges);
    else
        imap_lexer_skip_value(lexer);
}

void imap_esearch_parse(ImapLexer *lexer, GArray *ranges)
{
    g_array_set_size(ranges, 0);
    imap_lexer_skip_spaces(lexer);
    if (imap_lexer_peek(lexer) == '(')
        imap_lexer_skip_value(lexer); /* the tag it belongs to */
    for (imap_lexer_skip_spaces(lexer); !imap_lexer_at_end(lexer); imap_lexer_skip_spaces(lexer))
        take_result(lexer, ranges);
}
