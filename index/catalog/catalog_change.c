#include "catalog_change.h"

#include <string.h>

#include "error.h"
#include "mb_limits.h"

/* Writing and reading walk the same list of fields, so that they cannot differ. */
typedef enum {
    FIELD_END,
    FIELD_ACCOUNT,
    FIELD_SNAPSHOT,
    FIELD_MAILBOX,
    FIELD_UID,
    FIELD_UIDVALIDITY,
    FIELD_ATTRIBUTES,
    FIELD_DELIMITER,
    FIELD_FLAGS,
    FIELD_CURSOR,
    FIELD_ID,
    FIELD_SIZE,
    FIELD_TIME,
    FIELD_NAME,
    FIELD_KEYWORDS,
    FIELD_COMPLETE,
    FIELD_ORIGIN,
    FIELD_SEQUENCE,
    FIELD_NUMBERS,
} Field;

#define FIELDS_AT_MOST 12

static const uint8_t fields_of[][FIELDS_AT_MOST] = {
    [CHANGE_ACCOUNT] = {FIELD_ACCOUNT, FIELD_NAME},
    [CHANGE_MAILBOX] = {FIELD_ACCOUNT, FIELD_MAILBOX, FIELD_UIDVALIDITY},
    [CHANGE_SHOW] = {FIELD_ACCOUNT, FIELD_SNAPSHOT, FIELD_MAILBOX, FIELD_ATTRIBUTES, FIELD_DELIMITER, FIELD_NAME},
    [CHANGE_HIDE] = {FIELD_ACCOUNT, FIELD_SNAPSHOT, FIELD_MAILBOX},
    [CHANGE_CURSOR] = {FIELD_MAILBOX, FIELD_CURSOR},
    [CHANGE_MESSAGE] = {FIELD_ACCOUNT, FIELD_SNAPSHOT, FIELD_MAILBOX, FIELD_UID, FIELD_ID, FIELD_SIZE, FIELD_TIME,
                        FIELD_FLAGS, FIELD_KEYWORDS, FIELD_NAME},
    [CHANGE_FLAGS] = {FIELD_ACCOUNT, FIELD_SNAPSHOT, FIELD_MAILBOX, FIELD_UID, FIELD_FLAGS, FIELD_KEYWORDS},
    [CHANGE_REMOVE] = {FIELD_ACCOUNT, FIELD_SNAPSHOT, FIELD_MAILBOX, FIELD_UID},
    [CHANGE_PUBLISH] = {FIELD_ACCOUNT, FIELD_SNAPSHOT, FIELD_TIME, FIELD_COMPLETE},
    [CHANGE_ORIGIN] = {FIELD_ACCOUNT, FIELD_MAILBOX, FIELD_UID, FIELD_ORIGIN},
    [CHANGE_FORGET] = {FIELD_ACCOUNT, FIELD_NUMBERS},
    [CHANGE_CHECKPOINT] = {FIELD_SEQUENCE, FIELD_NUMBERS},
};

/* Where a field that is a plain 32-bit number lives; NULL for the others. */
static uint32_t *number_of(CatalogChange *change, Field field)
{
    switch (field) {
    case FIELD_ACCOUNT:
        return &change->account;
    case FIELD_SNAPSHOT:
        return &change->snapshot;
    case FIELD_MAILBOX:
        return &change->mailbox;
    case FIELD_UID:
        return &change->uid;
    case FIELD_UIDVALIDITY:
        return &change->uidvalidity;
    case FIELD_ATTRIBUTES:
        return &change->attributes;
    case FIELD_FLAGS:
        return &change->flags;
    default:
        return NULL;
    }
}

static void put_field(GByteArray *out, CatalogChange *change, Field field)
{
    const uint32_t *number = number_of(change, field);
    if (number) {
        put_varint(out, *number);
        return;
    }
    switch (field) {
    case FIELD_DELIMITER:
        put_u8(out, (uint8_t)change->delimiter);
        break;
    case FIELD_CURSOR:
        put_varint(out, change->cursor.uidnext);
        put_varint(out, change->cursor.messages);
        put_varint(out, change->cursor.highestmodseq);
        break;
    case FIELD_ID:
        put_bytes(out, change->id.bytes, CONTENT_ID_SIZE);
        break;
    case FIELD_SIZE:
        put_varint(out, change->size);
        break;
    case FIELD_TIME:
        put_u64(out, (uint64_t)change->time);
        break;
    case FIELD_NAME:
        put_sized(out, change->name, change->name_length);
        break;
    case FIELD_KEYWORDS:
        put_sized(out, change->keywords, change->keywords_length);
        break;
    case FIELD_COMPLETE:
        put_u8(out, change->complete);
        break;
    case FIELD_ORIGIN:
        put_bytes(out, change->origin.bytes, ORIGIN_SIZE);
        break;
    case FIELD_SEQUENCE:
        put_varint(out, change->sequence);
        break;
    case FIELD_NUMBERS:
        put_sized(out, change->numbers, change->numbers_length);
        break;
    default:
        g_assert_not_reached();
    }
}

void catalog_change_put(GByteArray *out, const CatalogChange *change)
{
    CatalogChange copy = *change;
    put_u8(out, (uint8_t)change->kind);
    for (const uint8_t *field = fields_of[change->kind]; *field != FIELD_END; field++)
        put_field(out, &copy, *field);
}

static void take_origin(Reader *in, OriginId *origin)
{
    const uint8_t *bytes = take_bytes(in, ORIGIN_SIZE);
    if (bytes)
        memcpy(origin->bytes, bytes, ORIGIN_SIZE);
}

static void take_field(Reader *in, CatalogChange *change, Field field)
{
    uint32_t *number = number_of(change, field);
    if (number) {
        *number = take_varint32(in);
        return;
    }
    switch (field) {
    case FIELD_DELIMITER:
        change->delimiter = (char)take_u8(in);
        break;
    case FIELD_CURSOR:
        change->cursor.uidnext = take_varint32(in);
        change->cursor.messages = take_varint32(in);
        change->cursor.highestmodseq = take_varint(in);
        break;
    case FIELD_ID:
        take_content_id(in, &change->id);
        break;
    case FIELD_SIZE:
        change->size = take_varint(in);
        break;
    case FIELD_TIME:
        change->time = (int64_t)take_u64(in);
        break;
    case FIELD_NAME:
        change->name = take_sized(in, &change->name_length);
        break;
    case FIELD_KEYWORDS:
        change->keywords = (const char *)take_sized(in, &change->keywords_length);
        break;
    case FIELD_COMPLETE:
        change->complete = take_bool(in);
        break;
    case FIELD_ORIGIN:
        take_origin(in, &change->origin);
        break;
    case FIELD_SEQUENCE:
        change->sequence = take_varint(in);
        break;
    case FIELD_NUMBERS:
        change->numbers = take_sized(in, &change->numbers_length);
        break;
    default:
        g_assert_not_reached();
    }
}

bool catalog_change_take(Reader *in, CatalogChange *change, GError **error)
{
    *change = (CatalogChange){.kind = take_u8(in)};
    bool known = change->kind > 0 && change->kind < G_N_ELEMENTS(fields_of);
    if (known)
        for (const uint8_t *field = fields_of[change->kind]; *field != FIELD_END; field++)
            take_field(in, change, *field);
    if (!known || in->failed || change->name_length > LIMIT_MAILBOX_NAME_BYTES)
        return mb_error_set(error, MB_ERROR_CORRUPT, "journal holds something that is no change");
    return true;
}
