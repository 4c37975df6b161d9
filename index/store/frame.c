#include "frame.h"

#include <string.h>
#include <xxhash.h>
#include <zstd.h>

#include "cursor.h"
#include "digest.h"
#include "error.h"
#include "mb_limits.h"

/* Compression that saves less than a 32nd is not worth the reader's time. */
#define WORTHWHILE(plain_length) ((plain_length) - (plain_length) / 32)
#define SEAL_KIND_OFFSET 7
#define SEAL_OFFSET (FRAME_HEADER_SIZE - SEAL_SIZE)

struct FrameEncoder {
    ZSTD_CCtx *context;
    uint8_t *packed;
    size_t room; /* of `packed` */
};

static void put_header(GByteArray *out, const FrameHeader *header)
{
    static const uint8_t zeros[FRAME_NONCE_SIZE + SEAL_SIZE];
    put_u32(out, FRAME_MAGIC);
    put_u8(out, (uint8_t)header->kind);
    put_u8(out, (uint8_t)header->codec);
    put_u8(out, (uint8_t)header->effort);
    put_u8(out, 0); /* the seal comes later */
    put_u32(out, header->plain_length);
    put_u32(out, header->stored_length);
    put_u32(out, header->directory_length);
    put_bytes(out, zeros, sizeof zeros);
}

FrameEncoder *frame_encoder_new(void)
{
    FrameEncoder *encoder = g_new0(FrameEncoder, 1);
    encoder->context = ZSTD_createCCtx();
    g_assert(encoder->context); /* as any other allocation that fails */
    return encoder;
}

void frame_encoder_free(FrameEncoder *encoder)
{
    if (!encoder)
        return;
    ZSTD_freeCCtx(encoder->context);
    g_free(encoder->packed);
    g_free(encoder);
}

static void make_room(FrameEncoder *encoder, size_t room)
{
    if (room <= encoder->room)
        return;
    g_free(encoder->packed);
    encoder->packed = g_malloc(room);
    encoder->room = room;
}

/* Returns the compressed length, 0 when it did not work. */
static size_t compress(FrameEncoder *encoder, const FrameSettings *settings, const uint8_t *plain, size_t length)
{
    ZSTD_CCtx *context = encoder->context;
    make_room(encoder, ZSTD_compressBound(length));
    ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, settings->level);
    ZSTD_CCtx_setParameter(context, ZSTD_c_enableLongDistanceMatching, settings->long_distance);
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, settings->window_log);
    ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, settings->hash_log);
    ZSTD_CCtx_setParameter(context, ZSTD_c_minMatch, settings->min_match);
    ZSTD_CCtx_setParameter(context, ZSTD_c_targetLength, settings->target_length);
    size_t packed_length = ZSTD_compress2(context, encoder->packed, encoder->room, plain, length);
    return ZSTD_isError(packed_length) ? 0 : packed_length;
}

GByteArray *frame_encode(FrameEncoder *encoder, FrameKind kind, const uint8_t *plain, size_t plain_length,
                         size_t directory_length, const FrameSettings *settings)
{
    g_assert(plain_length <= LIMIT_FRAME_PLAIN_BYTES && directory_length <= plain_length);
    size_t packed_length = compress(encoder, settings, plain, plain_length);
    bool raw = packed_length == 0 || packed_length >= WORTHWHILE(plain_length);
    size_t stored_length = raw ? plain_length : packed_length;

    GByteArray *frame = g_byte_array_sized_new((guint)(FRAME_HEADER_SIZE + stored_length));
    const FrameHeader header = {.kind = kind,
                                .codec = raw ? FRAME_RAW : FRAME_ZSTD,
                                .effort = settings->effort,
                                .plain_length = (uint32_t)plain_length,
                                .stored_length = (uint32_t)stored_length,
                                .directory_length = (uint32_t)directory_length};
    put_header(frame, &header);
    put_bytes(frame, raw ? plain : encoder->packed, stored_length);
    return frame;
}

static void seal_with_sha256(const GByteArray *where, const uint8_t *stored, size_t length, uint8_t seal[SEAL_SIZE])
{
    g_autoptr(Digest) digest = digest_new();
    digest_update(digest, where->data, where->len);
    digest_update(digest, stored, length);
    ContentId sum;
    digest_finish(digest, &sum);
    memcpy(seal, sum.bytes, SEAL_SIZE);
}

static void seal_with_xxh3(const GByteArray *where, const uint8_t *stored, size_t length, uint8_t seal[SEAL_SIZE])
{
    XXH64_hash_t seed = XXH3_64bits(where->data, where->len);
    XXH128_canonical_t canonical;
    G_STATIC_ASSERT(sizeof canonical == SEAL_SIZE);
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_withSeed(stored, length, seed));
    memcpy(seal, &canonical, SEAL_SIZE);
}

static void compute_seal(const uint8_t *frame, size_t stored_length, LogPosition place, SealKind kind,
                         uint8_t seal[SEAL_SIZE])
{
    g_autoptr(GByteArray) where = g_byte_array_new();
    put_u32(where, place.pack);
    put_u64(where, place.offset);
    put_bytes(where, frame, SEAL_OFFSET);
    if (kind == SEAL_SHA256)
        seal_with_sha256(where, frame + FRAME_HEADER_SIZE, stored_length, seal);
    else
        seal_with_xxh3(where, frame + FRAME_HEADER_SIZE, stored_length, seal);
}

void frame_seal(GByteArray *frame, LogPosition place, SealKind kind)
{
    frame->data[SEAL_KIND_OFFSET] = (uint8_t)kind;
    compute_seal(frame->data, frame->len - FRAME_HEADER_SIZE, place, kind, frame->data + SEAL_OFFSET);
}

static bool header_is_sane(const FrameHeader *header)
{
    if (header->kind < FRAME_BLOBS || header->kind > FRAME_ROWS)
        return false;
    if (header->codec != FRAME_RAW && header->codec != FRAME_ZSTD)
        return false;
    if (header->effort != EFFORT_FAST && header->effort != EFFORT_BEST)
        return false;
    if (header->seal_kind != SEAL_SHA256 && header->seal_kind != SEAL_XXH3)
        return false;
    if (header->plain_length > LIMIT_FRAME_PLAIN_BYTES || header->stored_length > LIMIT_FRAME_PLAIN_BYTES)
        return false;
    if (header->codec == FRAME_RAW && header->stored_length != header->plain_length)
        return false;
    return header->directory_length <= header->plain_length;
}

bool frame_header_decode(const uint8_t *bytes, FrameHeader *header, GError **error)
{
    Reader in = reader_of(bytes, FRAME_HEADER_SIZE);
    uint32_t magic = take_u32(&in);
    header->kind = take_u8(&in);
    header->codec = take_u8(&in);
    header->effort = take_u8(&in);
    header->seal_kind = take_u8(&in);
    header->plain_length = take_u32(&in);
    header->stored_length = take_u32(&in);
    header->directory_length = take_u32(&in);
    take_bytes(&in, FRAME_NONCE_SIZE);
    memcpy(header->seal, take_bytes(&in, SEAL_SIZE), SEAL_SIZE);
    if (magic != FRAME_MAGIC)
        return mb_error_set(error, MB_ERROR_CORRUPT, "no frame begins here");
    if (!header_is_sane(header))
        return mb_error_set(error, MB_ERROR_CORRUPT, "frame header makes no sense");
    return true;
}

bool frame_verify(const uint8_t *frame, const FrameHeader *header, LogPosition place, GError **error)
{
    uint8_t seal[SEAL_SIZE];
    compute_seal(frame, header->stored_length, place, header->seal_kind, seal);
    return memcmp(seal, header->seal, SEAL_SIZE) == 0 ||
           mb_error_set(error, MB_ERROR_CORRUPT, "checksum of frame wrong");
}
