#include "message_listing.h"

struct KeywordTable {
    GHashTable *numbers; /* text to number */
    GPtrArray *texts;    /* borrowed from the hash table */
};

KeywordTable *keyword_table_new(void)
{
    KeywordTable *table = g_new0(KeywordTable, 1);
    table->numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    table->texts = g_ptr_array_new();
    return table;
}

void keyword_table_free(KeywordTable *table)
{
    if (!table)
        return;
    g_hash_table_unref(table->numbers);
    g_ptr_array_unref(table->texts);
    g_free(table);
}

uint32_t keyword_table_number(KeywordTable *table, const char *keywords, size_t length)
{
    g_autofree char *text = g_strndup(keywords, length);
    void *number;
    if (g_hash_table_lookup_extended(table->numbers, text, NULL, &number))
        return GPOINTER_TO_UINT(number);
    g_ptr_array_add(table->texts, text);
    g_hash_table_insert(table->numbers, g_steal_pointer(&text), GUINT_TO_POINTER(table->texts->len - 1));
    return table->texts->len - 1;
}

const char *keyword_table_text(const KeywordTable *table, uint32_t number)
{
    return table->texts->pdata[number];
}

static int compare_uids(const void *a, const void *b)
{
    uint32_t left = ((const ListedMessage *)a)->uid;
    uint32_t right = ((const ListedMessage *)b)->uid;
    return (left > right) - (left < right);
}

void message_listing_sort(GArray *listing)
{
    g_array_sort(listing, compare_uids); /* stable */
    guint kept = 0;
    ListedMessage *messages = (ListedMessage *)(void *)listing->data;
    for (guint i = 0; i < listing->len; i++)
        if (i + 1 == listing->len || messages[i].uid != messages[i + 1].uid)
            messages[kept++] = messages[i];
    g_array_set_size(listing, kept);
}
