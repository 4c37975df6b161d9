/* The parser of each untagged response by itself. The first octet chooses which; the rest is what follows its name.
 * What a parser understood is inside its limits and points nowhere but into the bytes it was given. */
#include <stdlib.h>
#include <string.h>

#include "exact_copy.h"
#include "imap_capability.h"
#include "imap_date.h"
#include "imap_fetch.h"
#include "imap_flags.h"
#include "imap_id.h"
#include "imap_list.h"
#include "imap_namespace.h"
#include "imap_quota.h"
#include "imap_response.h"
#include "imap_search.h"
#include "imap_status.h"
#include "imap_vanished.h"
#include "mb_limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_inside(const ImapLexer *lexer, const uint8_t *start, ImapData taken)
{
    check(taken.length == 0 || (taken.bytes >= start && taken.bytes + taken.length <= lexer->end));
}

static void read_list(ImapLexer *lexer)
{
    const uint8_t *start = lexer->at;
    ImapList list;
    imap_list_parse(lexer, &list);
    check_inside(lexer, start, (ImapData){.bytes = list.name, .length = list.name_length});
    check(lexer->failed || list.name_length <= LIMIT_MAILBOX_NAME_BYTES);
}

static void read_status(ImapLexer *lexer)
{
    const uint8_t *start = lexer->at;
    ImapStatus status;
    imap_status_parse(lexer, &status);
    check_inside(lexer, start, (ImapData){.bytes = status.name, .length = status.name_length});
    check_inside(lexer, start, status.mailboxid);
    check(lexer->failed || status.name_length <= LIMIT_MAILBOX_NAME_BYTES);
}

static void read_fetch(ImapLexer *lexer)
{
    const uint8_t *start = lexer->at;
    g_autoptr(GString) keywords = g_string_new(NULL);
    ImapFetch fetch = {0};
    ImapData body;
    imap_fetch_parse(lexer, keywords, &fetch, &body);
    check_inside(lexer, start, body);
    check_inside(lexer, start, fetch.origin);
    check(strlen(fetch.keywords) <= (size_t)LIMIT_FLAGS_PER_MESSAGE * (LIMIT_FLAG_BYTES + 1));
}

static void read_flags(ImapLexer *lexer)
{
    g_autoptr(GString) keywords = g_string_new(NULL);
    imap_flags_parse(lexer, keywords);
    check(keywords->len <= (size_t)LIMIT_FLAGS_PER_MESSAGE * (LIMIT_FLAG_BYTES + 1));
}

static void read_ranges(ImapLexer *lexer, void (*parse)(ImapLexer *lexer, GArray *ranges))
{
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(ImapUidRange));
    parse(lexer, ranges);
    ImapUidRanges uids = imap_uid_ranges_of(ranges);
    for (size_t i = 0; i < uids.count; i++)
        check(uids.ranges[i].first > 0 && uids.ranges[i].first <= uids.ranges[i].last);
}

static void parse_vanished(ImapLexer *lexer, GArray *ranges)
{
    ImapVanished vanished;
    imap_vanished_parse(lexer, ranges, &vanished);
    check(lexer->failed || vanished.uids.count > 0);
}

static void read_search(ImapLexer *lexer)
{
    read_ranges(lexer, imap_search_parse);
}

static void read_esearch(ImapLexer *lexer)
{
    read_ranges(lexer, imap_esearch_parse);
}

static void read_vanished(ImapLexer *lexer)
{
    read_ranges(lexer, parse_vanished);
}

static void read_text(ImapLexer *lexer)
{
    ImapResponseText text = imap_response_text_parse(lexer);
    check(text.text && (!text.capabilities || text.code == IMAP_CODE_CAPABILITY));
    imap_response_text_clear(&text);
}

static void read_capability(ImapLexer *lexer)
{
    g_autofree char *capabilities = imap_capability_parse(lexer);
    g_autofree char *mechanisms = imap_capability_mechanisms(capabilities);
    check(mechanisms && strlen(mechanisms) < strlen(capabilities));
}

static void read_id(ImapLexer *lexer)
{
    const uint8_t *start = lexer->at;
    ImapId id;
    imap_id_parse(lexer, &id);
    check_inside(lexer, start, id.name);
    check_inside(lexer, start, id.version);
}

static void read_quota(ImapLexer *lexer)
{
    const uint8_t *start = lexer->at;
    ImapQuota quota;
    imap_quota_parse(lexer, &quota);
    check_inside(lexer, start, quota.root);
}

static void read_namespaces(ImapLexer *lexer)
{
    const uint8_t *start = lexer->at;
    ImapNamespaces namespaces;
    imap_namespaces_parse(lexer, &namespaces);
    check(namespaces.count <= LIMIT_NAMESPACES);
    for (unsigned i = 0; i < namespaces.count; i++)
        check_inside(lexer, start, namespaces.all[i].prefix);
}

static void read_date(ImapLexer *lexer)
{
    int64_t time;
    imap_date_parse((ImapData){.bytes = lexer->at, .length = (size_t)(lexer->end - lexer->at)}, &time);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(ImapLexer * lexer) = {
        read_list,   read_status,  read_fetch,    read_flags, read_text,  read_capability, read_date,
        read_search, read_esearch, read_vanished, read_id,    read_quota, read_namespaces,
    };
    if (size == 0)
        return 0;
    g_autofree uint8_t *bytes = exact_copy(data + 1, size - 1);
    ImapLexer lexer = imap_lexer_of(bytes, size - 1);
    readers[data[0] % G_N_ELEMENTS(readers)](&lexer);
    check(lexer.at <= lexer.end);
    return 0;
}
