#include "imap_flags.h"

#include <stdlib.h>
#include <string.h>

#include "mb_limits.h"

#define FLAG_RECENT (1u << 31) /* known here, so that it does not become a keyword */

static uint32_t system_flag(ImapData name)
{
    static const struct {
        const char *name;
        uint32_t flag;
    } system[] = {
        {"\\Seen", IMAP_FLAG_SEEN},       {"\\Answered", IMAP_FLAG_ANSWERED}, {"\\Flagged", IMAP_FLAG_FLAGGED},
        {"\\Deleted", IMAP_FLAG_DELETED}, {"\\Draft", IMAP_FLAG_DRAFT},       {"\\Recent", FLAG_RECENT},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(system); i++)
        if (imap_data_is(name, system[i].name))
            return system[i].flag;
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    const ImapData *left = a;
    const ImapData *right = b;
    int order = memcmp(left->bytes, right->bytes, MIN(left->length, right->length));
    return order ? order : (left->length > right->length) - (left->length < right->length);
}

static void join(ImapData *names, size_t count, GString *keywords)
{
    g_string_truncate(keywords, 0);
    if (count > 1)
        qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && compare_names(&names[i - 1], &names[i]) == 0)
            continue;
        if (i > 0)
            g_string_append_c(keywords, ' ');
        g_string_append_len(keywords, (const char *)names[i].bytes, (gssize)names[i].length);
    }
}

uint32_t imap_flags_parse(ImapLexer *lexer, GString *keywords)
{
    ImapData names[LIMIT_FLAGS_PER_MESSAGE];
    size_t count = 0;
    uint32_t flags = 0;
    imap_lexer_expect(lexer, '(');
    while (!imap_lexer_list_end(lexer)) {
        ImapData name = imap_lexer_word(lexer);
        uint32_t known = system_flag(name);
        flags |= known;
        if (known)
            continue;
        if (count == G_N_ELEMENTS(names) || name.length > LIMIT_FLAG_BYTES)
            imap_lexer_fail_limit(lexer);
        else
            names[count++] = name;
    }
    join(names, lexer->failed ? 0 : count, keywords);
    return flags & ~FLAG_RECENT;
}
