/* Sets that are read hold what they may hold; sets that are built say exactly the UIDs they were built from. */
#include <stdlib.h>
#include <string.h>

#include "imap_uid_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static GArray *parse(const void *set, size_t length)
{
    g_autofree uint8_t *copy = g_memdup2(set, MAX(length, 1));
    ImapLexer lexer = imap_lexer_of(copy, length);
    GArray *ranges = imap_uid_set_parse(&lexer);
    for (guint i = 0; ranges && i < ranges->len; i++) {
        ImapUidRange range = g_array_index(ranges, ImapUidRange, i);
        if (range.first == 0 || range.last < range.first)
            abort();
    }
    return ranges;
}

static size_t check_chunk(const char *set, const GArray *uids, size_t seen)
{
    g_autoptr(GArray) ranges = parse(set, strlen(set));
    if (!ranges)
        abort();
    for (guint i = 0; i < ranges->len; i++) {
        ImapUidRange range = g_array_index(ranges, ImapUidRange, i);
        for (uint32_t uid = range.first; uid <= range.last; uid++)
            if (seen >= uids->len || g_array_index(uids, uint32_t, seen++) != uid)
                abort();
    }
    return seen;
}

/* The octets as gaps between UIDs. */
static GArray *uids_of(const uint8_t *data, size_t size)
{
    GArray *uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    uint32_t uid = 0;
    for (size_t i = 0; i < size; i++) {
        uid += 1u + data[i] % 4;
        g_array_append_val(uids, uid);
    }
    return uids;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    GArray *ranges = parse(data, size);
    g_clear_pointer(&ranges, g_array_unref);
    g_autoptr(GArray) uids = uids_of(data + 2, size - 2);
    size_t next = 0;
    size_t seen = 0;
    char *set;
    while ((set = imap_uid_set_chunk((const uint32_t *)(void *)uids->data, uids->len, &next, data[0], data[1]))) {
        seen = check_chunk(set, uids, seen);
        g_free(set);
    }
    if (seen != uids->len)
        abort();
    return 0;
}
