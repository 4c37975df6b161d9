/* Frames: what packs are made of. A frame holds some MiB of plain bytes, compressed with zstd where that pays, under a
 * seal that ties them to their place. Functions are pure; any thread. */
#ifndef MB_FRAME_H
#define MB_FRAME_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "blob_location.h"
#include "disk_format.h"

/* How hard to try. */
typedef struct {
    Effort effort;      /* as the header tells it */
    int level;          /* of zstd */
    bool long_distance; /* also look for what repeats far apart in the frame */
    int window_log;     /* this and what follows are zstd's own; 0: what the level has */
    int hash_log;
    int min_match;
    int target_length; /* with small levels: how much is skipped where nothing matches */
} FrameSettings;

typedef struct {
    FrameKind kind;
    FrameCodec codec;
    Effort effort;
    SealKind seal_kind;
    uint32_t plain_length;
    uint32_t stored_length;
    uint32_t directory_length; /* the last bytes of the plain text */
    uint8_t seal[SEAL_SIZE];
} FrameHeader;

/* The memory that encoding takes, for one frame after the other. Of one thread. */
typedef struct FrameEncoder FrameEncoder;

FrameEncoder *frame_encoder_new(void);
void frame_encoder_free(FrameEncoder *encoder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FrameEncoder, frame_encoder_free)

/* Header and stored bytes of a new frame, still without its seal. Caller frees. Of an incompressible text the bytes are
 * stored as they are. `plain` is at most LIMIT_FRAME_PLAIN_BYTES long. */
GByteArray *frame_encode(FrameEncoder *encoder, FrameKind kind, const uint8_t *plain, size_t plain_length,
                         size_t directory_length, const FrameSettings *settings);
/* Fills in the seal for the place where the frame is going to be. */
void frame_seal(GByteArray *frame, LogPosition place, SealKind kind);

/* Reads the FRAME_HEADER_SIZE bytes of a header; every length is within its limit afterwards. MB_ERROR_CORRUPT. */
bool frame_header_decode(const uint8_t *bytes, FrameHeader *header, GError **error);

/* Verifies the seal of a whole frame: header and stored bytes. MB_ERROR_CORRUPT. */
bool frame_verify(const uint8_t *frame, const FrameHeader *header, LogPosition place, GError **error);

#endif
