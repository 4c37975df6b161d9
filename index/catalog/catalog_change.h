/* Changes to the catalog, as they stand in journal frames: what a batch does, in order. Replaying all of them from an
 * empty catalog gives the catalog. Pure; any thread. */
#ifndef MB_CATALOG_CHANGE_H
#define MB_CATALOG_CHANGE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "cursor.h"
#include "disk_format.h"
#include "mail_types.h"

/* One change; which fields count depends on the kind. `snapshot` is the number of the snapshot that will be the first
 * to show it. Strings are borrowed. */
typedef struct {
    ChangeKind kind;
    uint32_t account;
    uint32_t snapshot;
    uint32_t mailbox;
    uint32_t uid;
    uint32_t uidvalidity;
    uint32_t attributes; /* of a mailbox */
    char delimiter;
    uint32_t flags;
    MailboxCursor cursor;
    ContentId id;
    OriginId origin;
    uint64_t size;
    int64_t time;        /* INTERNALDATE, or the snapshot's */
    const uint8_t *name; /* of account, mailbox or message */
    size_t name_length;
    const char *keywords;
    size_t keywords_length;
    bool complete;
    uint64_t sequence;      /* of the journal that ends a checkpoint */
    const uint8_t *numbers; /* snapshots, or packs: number_set.h */
    size_t numbers_length;
} CatalogChange;

void catalog_change_put(GByteArray *out, const CatalogChange *change);
/* MB_ERROR_CORRUPT when the bytes are no change. */
bool catalog_change_take(Reader *in, CatalogChange *change, GError **error);

#endif
