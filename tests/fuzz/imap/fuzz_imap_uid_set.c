/* Sets of UIDs, both ways: what is written as sets for a server is, read as a server's set, the same UIDs again, each
 * once and in order; a VANISHED with it tells the same. The first octet is how many UIDs and bytes a set may have, then
 * come the gaps between the UIDs. */
#include <stdlib.h>
#include <string.h>

#include "imap_uid_set.h"
#include "imap_vanished.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* A gap is one octet, or four for a wide one. */
static GArray *uids_of(const uint8_t *data, size_t size)
{
    GArray *uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    uint64_t uid = 0;
    for (size_t i = 0; i < size; i++) {
        bool wide = data[i] == UINT8_MAX && size - i > 4;
        uint32_t gap = data[i];
        if (wide)
            memcpy(&gap, data + i + 1, sizeof gap);
        i += wide ? sizeof gap : 0;
        uid += MAX(gap, 1);
        if (uid > UINT32_MAX)
            break;
        uint32_t next = (uint32_t)uid;
        g_array_append_val(uids, next);
    }
    return uids;
}

static void check_same(const uint32_t *uids, size_t count, const ImapUidRanges *told)
{
    size_t at = 0;
    for (size_t i = 0; i < told->count; i++)
        for (uint64_t uid = told->ranges[i].first; uid <= told->ranges[i].last; uid++)
            check(at < count && uids[at++] == uid);
    check(at == count);
}

static void check_set(const char *set, const uint32_t *uids, size_t count)
{
    g_autofree char *text = g_strconcat(" (EARLIER) ", set, NULL);
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(ImapUidRange));
    ImapLexer lexer = imap_lexer_of((uint8_t *)text, strlen(text));
    ImapVanished vanished;
    imap_vanished_parse(&lexer, ranges, &vanished);
    check(!lexer.failed && vanished.earlier);
    check_same(uids, count, &vanished.uids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    g_autoptr(GArray) array = uids_of(data + 1, size - 1);
    const uint32_t *uids = (const uint32_t *)(const void *)array->data;
    size_t most = data[0];
    for (size_t next = 0, start = 0; next < array->len; start = next) {
        g_autofree char *set = imap_uid_set_chunk(uids, array->len, &next, most, 4 * most);
        check(next > start && next - start <= MAX(most, 1));
        check_set(set, uids + start, next - start);
    }
    return 0;
}
