#include "imap_uid_ranges.h"

void imap_uid_range_take(ImapLexer *lexer, GArray *ranges)
{
    uint32_t first = imap_lexer_number32(lexer);
    uint32_t last = imap_lexer_accept(lexer, ':') ? imap_lexer_number32(lexer) : first;
    ImapUidRange range = {.first = MIN(first, last), .last = MAX(first, last)};
    if (range.first == 0)
        imap_lexer_fail(lexer);
    if (!lexer->failed)
        g_array_append_val(ranges, range);
}

void imap_uid_ranges_take(ImapLexer *lexer, GArray *ranges)
{
    do
        imap_uid_range_take(lexer, ranges);
    while (imap_lexer_accept(lexer, ','));
}

ImapUidRanges imap_uid_ranges_of(const GArray *ranges)
{
    return (ImapUidRanges){.ranges = (const ImapUidRange *)(const void *)ranges->data, .count = ranges->len};
}
