/* The messages of one mailbox, by UID, with their flags: as the server lists them or as the catalog knows them. Twelve
 * bytes a message, so that a mailbox of millions fits. Pure. */
#ifndef MB_MESSAGE_LISTING_H
#define MB_MESSAGE_LISTING_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

#include "writer.h"

/* Each set of keywords once, as a number. Equal sets have equal numbers within one table. */
typedef struct KeywordTable KeywordTable;

KeywordTable *keyword_table_new(void);
void keyword_table_free(KeywordTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeywordTable, keyword_table_free)
uint32_t keyword_table_number(KeywordTable *table, const char *keywords, size_t length);
/* Lives as long as the table. */
const char *keyword_table_text(const KeywordTable *table, uint32_t number);

typedef struct {
    uint32_t uid;
    uint32_t flags;    /* SystemFlags */
    uint32_t keywords; /* a number of a KeywordTable */
} ListedMessage;

/* Sorts a GArray of ListedMessage by UID and leaves each UID once: the one that was added last. */
void message_listing_sort(GArray *listing);

#endif
