/* The tokenizer: whatever is asked of it in whatever order, it stays inside its bytes, hands out nothing from outside,
 * and a failure is for good. The first octets choose what is asked, the rest is asked about. */
#include <stdlib.h>

#include "exact_copy.h"
#include "imap_lexer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { QUESTIONS = 16 };

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_inside(const ImapLexer *lexer, const uint8_t *start, ImapData taken)
{
    check(taken.length == 0 || (taken.bytes >= start && taken.bytes + taken.length <= lexer->end));
}

static ImapData take_nstring(ImapLexer *lexer)
{
    ImapData string;
    check(imap_lexer_nstring(lexer, &string) || string.length == 0);
    return string;
}

static void ask(ImapLexer *lexer, unsigned question)
{
    const uint8_t *before = lexer->at;
    switch (question % 10) {
    case 0:
        check_inside(lexer, before, imap_lexer_word(lexer));
        break;
    case 1:
        check_inside(lexer, before, imap_lexer_item_name(lexer));
        break;
    case 2:
        check_inside(lexer, before, imap_lexer_string(lexer));
        break;
    case 3:
        check_inside(lexer, before, imap_lexer_astring(lexer));
        break;
    case 4:
        check_inside(lexer, before, take_nstring(lexer));
        break;
    case 5:
        imap_lexer_number(lexer);
        break;
    case 6:
        imap_lexer_number32(lexer);
        break;
    case 7:
        imap_lexer_list_end(lexer);
        break;
    case 8:
        imap_lexer_skip_value(lexer);
        break;
    default:
        imap_lexer_expect(lexer, ' ');
        break;
    }
    check(lexer->at >= before && lexer->at <= lexer->end);
    check(!lexer->too_much || lexer->failed);
    check(!lexer->failed || imap_lexer_at_end(lexer));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < QUESTIONS)
        return 0;
    g_autofree uint8_t *bytes = exact_copy(data + QUESTIONS, size - QUESTIONS);
    ImapLexer lexer = imap_lexer_of(bytes, size - QUESTIONS);
    for (size_t i = 0; i < QUESTIONS; i++) {
        bool failed = lexer.failed;
        ask(&lexer, data[i]);
        check(!failed || lexer.failed);
    }
    return 0;
}
