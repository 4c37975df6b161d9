#include "catalog_set_hash.h"

#include <string.h>

#include "digest.h"

static SetHash hash_row(uint32_t uid, const MessageRecord *message, const SpanRecord *span)
{
    g_autoptr(GByteArray) row = g_byte_array_new();
    put_u32(row, uid);
    put_bytes(row, message->id.bytes, CONTENT_ID_SIZE);
    put_u64(row, message->size);
    put_u64(row, (uint64_t)message->internaldate);
    put_u32(row, span->flags);
    put_sized(row, span->keywords, span->keywords_length);
    ContentId digest;
    digest_of(row->data, row->len, &digest);
    Reader in = reader_of(digest.bytes, CONTENT_ID_SIZE);
    SetHash hash;
    for (int i = 0; i < 4; i++)
        hash.words[i] = take_u64(&in);
    return hash;
}

void set_hash_merge(SetHash *sum, const SetHash *term)
{
    uint64_t carry = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t with_carry;
        bool first = __builtin_add_overflow(term->words[i], carry, &with_carry);
        bool second = __builtin_add_overflow(sum->words[i], with_carry, &sum->words[i]);
        carry = first || second;
    }
}

static void subtract(SetHash *sum, const SetHash *term)
{
    uint64_t borrow = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t with_borrow;
        bool first = __builtin_add_overflow(term->words[i], borrow, &with_borrow);
        bool second = __builtin_sub_overflow(sum->words[i], with_borrow, &sum->words[i]);
        borrow = first || second;
    }
}

void set_hash_add(SetHash *hash, uint32_t uid, const MessageRecord *message, const SpanRecord *span)
{
    SetHash row = hash_row(uid, message, span);
    set_hash_merge(hash, &row);
}

void set_hash_remove(SetHash *hash, uint32_t uid, const MessageRecord *message, const SpanRecord *span)
{
    SetHash row = hash_row(uid, message, span);
    subtract(hash, &row);
}

static int compare_mailboxes(const void *a, const void *b)
{
    const SnapshotMailbox *left = a, *right = b;
    size_t common = MIN(left->presence.name_length, right->presence.name_length);
    int order = common ? memcmp(left->presence.name, right->presence.name, common) : 0;
    if (order != 0)
        return order;
    if (left->presence.name_length != right->presence.name_length)
        return left->presence.name_length < right->presence.name_length ? -1 : 1;
    return (left->uidvalidity > right->uidvalidity) - (left->uidvalidity < right->uidvalidity);
}

void snapshot_hash(GArray *mailboxes, ContentId *hash)
{
    g_array_sort(mailboxes, compare_mailboxes);
    g_autoptr(GByteArray) all = g_byte_array_new();
    for (guint i = 0; i < mailboxes->len; i++) {
        const SnapshotMailbox *mailbox = &g_array_index(mailboxes, SnapshotMailbox, i);
        put_sized(all, mailbox->presence.name, mailbox->presence.name_length);
        put_u8(all, (uint8_t)mailbox->presence.delimiter);
        put_u32(all, mailbox->presence.attributes);
        put_u32(all, mailbox->uidvalidity);
        put_u64(all, mailbox->messages);
        put_u64(all, mailbox->bytes);
        for (int word = 0; word < 4; word++)
            put_u64(all, mailbox->hash.words[word]);
    }
    digest_of(all->data, all->len, hash);
}
