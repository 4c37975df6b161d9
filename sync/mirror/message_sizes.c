#include "message_sizes.h"

#include "mb_limits.h"
#include "message_description.h"

enum { MESSAGES_AT_ONCE = 4000, HEADER_BYTES = 16 << 10 };

static int compare_uids(const void *a, const void *b)
{
    uint32_t left = ((const MessageDescription *)a)->uid, right = ((const MessageDescription *)b)->uid;
    return (left > right) - (left < right);
}

static bool find_size(const GArray *descriptions, uint32_t uid, uint64_t *size)
{
    MessageDescription wanted = {.uid = uid};
    guint index;
    if (!g_array_binary_search((GArray *)descriptions, &wanted, compare_uids, &index))
        return false;
    *size = MIN(g_array_index(descriptions, MessageDescription, index).size, LIMIT_MESSAGE_BYTES);
    return true;
}

/* Adds the sizes of some, and what they come to, to `sizes` and *sum. */
static bool add_sizes(ImapClient *client, const GArray *uids, GArray *sizes, uint64_t at_most, uint64_t *sum,
                      GError **error)
{
    g_autoptr(KeywordTable) keywords = keyword_table_new();
    g_autoptr(GArray) descriptions = message_descriptions(client, uids, IMAP_ITEM_SIZE, 0, keywords, error);
    if (!descriptions)
        return false;
    g_array_sort(descriptions, compare_uids);
    for (guint i = 0; i < uids->len; i++) {
        uint64_t told = 0, size = LIMIT_MESSAGE_BYTES;
        if (find_size(descriptions, g_array_index(uids, uint32_t, i), &told))
            size = told;
        size = MIN(size, at_most);
        *sum += MIN(told, at_most);
        g_array_append_val(sizes, size);
    }
    return true;
}

GArray *message_sizes(ImapClient *client, const uint32_t *uids, size_t count, uint64_t enough, bool headers_only,
                      GError **error)
{
    g_autoptr(GArray) sizes = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    uint64_t at_most = headers_only ? HEADER_BYTES : LIMIT_MESSAGE_BYTES;
    for (uint64_t sum = 0; sizes->len < count && sum < enough;) {
        g_autoptr(GArray) some = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        g_array_append_vals(some, uids + sizes->len, (guint)MIN(count - sizes->len, MESSAGES_AT_ONCE));
        if (!add_sizes(client, some, sizes, at_most, &sum, error))
            return NULL;
    }
    return g_steal_pointer(&sizes);
}
