/* Catalog values and journal changes from any bytes. What a decoder takes, its encoder gives back to the byte: every
 * value has one form. The first byte chooses the codec. */
#include <string.h>

#include "catalog_change.h"
#include "catalog_records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROUND_TRIP(Type, name)                                                                                         \
    static bool round_trip_##name(Reader *in, GByteArray *out)                                                         \
    {                                                                                                                  \
        Type record = {0};                                                                                             \
        if (!name##_take(in, &record))                                                                                 \
            return false;                                                                                              \
        name##_put(out, &record);                                                                                      \
        return true;                                                                                                   \
    }

ROUND_TRIP(AccountRecord, account_record)
ROUND_TRIP(MailboxRecord, mailbox_record)
ROUND_TRIP(PresenceRecord, presence_record)
ROUND_TRIP(MessageRecord, message_record)
ROUND_TRIP(SpanRecord, span_record)
ROUND_TRIP(SnapshotInfo, snapshot_record)

static bool round_trip_blob_record(Reader *in, GByteArray *out)
{
    g_autoptr(GArray) extents = blob_record_take(in);
    if (!extents)
        return false;
    blob_record_put(out, (const BlobExtent *)(const void *)extents->data, extents->len);
    return true;
}

static bool round_trip_changes(Reader *in, GByteArray *out)
{
    CatalogChange change;
    while (reader_left(in) > 0) {
        if (!catalog_change_take(in, &change, NULL))
            return false;
        catalog_change_put(out, &change);
    }
    return true;
}

typedef bool (*RoundTrip)(Reader *in, GByteArray *out);

static const RoundTrip round_trips[] = {
    round_trip_account_record, round_trip_mailbox_record,  round_trip_presence_record, round_trip_message_record,
    round_trip_span_record,    round_trip_snapshot_record, round_trip_blob_record,     round_trip_changes,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    g_autoptr(GByteArray) again = g_byte_array_new();
    Reader in = reader_of(data + 1, size - 1);
    if (round_trips[data[0] % G_N_ELEMENTS(round_trips)](&in, again)) {
        g_assert_cmpuint(again->len, ==, size - 1);
        g_assert_true(again->len == 0 || memcmp(again->data, data + 1, again->len) == 0);
    }
    return 0;
}
