#include "imap_search.h"

static void take_range(ImapLexer *lexer, GArray *ranges)
{
    uint32_t first = imap_lexer_number32(lexer);
    uint32_t last = imap_lexer_accept(lexer, ':') ? imap_lexer_number32(lexer) : first;
    ImapUidRange range = {.first = MIN(first, last), .last = MAX(first, last)};
    if (range.first == 0)
        imap_lexer_fail(lexer);
    if (!lexer->failed)
        g_array_append_val(ranges, range);
}

static void take_set(ImapLexer *lexer, GArray *ranges)
{
    do
        take_range(lexer, ranges);
    while (imap_lexer_accept(lexer, ','));
}

void imap_search_parse(ImapLexer *lexer, GArray *ranges)
{
    g_array_set_size(ranges, 0);
    for (imap_lexer_skip_spaces(lexer); g_ascii_isdigit((char)imap_lexer_peek(lexer)); imap_lexer_skip_spaces(lexer))
        take_range(lexer, ranges);
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
        take_set(lexer, ranges);
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
