#include "imap_vanished.h"

static bool take_earlier(ImapLexer *lexer)
{
    if (!imap_lexer_accept(lexer, '('))
        return false;
    if (!imap_data_is(imap_lexer_word(lexer), "EARLIER"))
        imap_lexer_fail(lexer);
    imap_lexer_expect(lexer, ')');
    imap_lexer_expect(lexer, ' ');
    return true;
}

void imap_vanished_parse(ImapLexer *lexer, GArray *ranges, ImapVanished *vanished)
{
    g_array_set_size(ranges, 0);
    imap_lexer_expect(lexer, ' ');
    vanished->earlier = take_earlier(lexer);
    imap_uid_ranges_take(lexer, ranges);
    imap_lexer_skip_spaces(lexer);
    if (!imap_lexer_at_end(lexer))
        imap_lexer_fail(lexer);
    vanished->uids = imap_uid_ranges_of(ranges);
}
