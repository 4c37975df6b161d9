/* Every constant of the disk format, version 2. docs/format.md describes the bytes; a change here changes that page and
 * adds a repository to tests/format.
 *
 *   REPO/format                     text, see repository.c
 *   REPO/packs/00/00000001.pack     pack header, then frames
 *   REPO/index/{data,lock}.mdb      the catalog, rebuilt from the packs when it is lost
 *   REPO/lock                       held by the one writer
 *
 * Numbers in packs are little-endian. Numbers in catalog keys are big-endian, so that LMDB sorts them by value. */
#ifndef MB_DISK_FORMAT_H
#define MB_DISK_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define DISK_FORMAT_VERSION 2
#define DISK_FORMAT_OLDEST 1 /* that is read, and written on in its own way */

#define REPOSITORY_ID_SIZE 16
#define SEAL_SIZE 16

/* Pack header: magic 8, repository id 16, pack number u32, reserved u32 (0), reserved 16 (0), seal 16. */
#define PACK_MAGIC "MBPACK\r\n"
#define PACK_MAGIC_SIZE 8
#define PACK_HEADER_SIZE 64
#define PACK_TARGET_BYTES ((uint64_t)128 << 20) /* a pack that reached it gets no further frame */

/* Frame header: magic u32, kind u8, codec u8, effort u8, kind of seal u8, plain length u32, stored length u32,
 * directory length u32, nonce 12 (0: not encrypted), seal 16. The seal covers pack number u32, offset u64, the header
 * up to the seal, and the stored bytes, so that no frame passes for another. */
#define FRAME_MAGIC 0x314d5246u /* "FRM1" */
#define FRAME_HEADER_SIZE 48
#define FRAME_NONCE_SIZE 12
#define FRAME_TARGET_PLAIN_BYTES ((size_t)4 << 20) /* where writers close a frame */

typedef enum {
    FRAME_BLOBS = 1,   /* segments of blobs, then their directory */
    FRAME_JOURNAL = 2, /* the catalog changes of one batch, which makes the frames before it count */
    FRAME_ROWS = 3,    /* a piece of the catalog, in a checkpoint */
} FrameKind;

typedef enum {
    FRAME_RAW = 0,
    FRAME_ZSTD = 1,
} FrameCodec;

/* What seals a frame. Damage is what it is to find; in an encrypted repository it will be the AEAD tag. */
typedef enum {
    SEAL_SHA256 = 0, /* the first 16 bytes: in repositories of format 1 */
    SEAL_XXH3 = 1,   /* XXH3-128: ten times as fast, which a mount's reader feels */
} SealKind;

/* How hard the writer tried to make a frame small; a reader does not care. */
typedef enum {
    EFFORT_FAST = 0, /* no network is faster */
    EFFORT_BEST = 1, /* as small as it gets, whatever the time */
} Effort;

/* What a blob's id names. */
typedef enum {
    BLOB_MESSAGE = 1, /* the bytes of a whole message */
    BLOB_RECIPE = 2,  /* how a whole message is put together; the id is the message's (recipe.h) */
    BLOB_PART = 3,    /* decoded bytes that recipes take from */
} BlobType;

/* A directory entry of a blob frame: type u8, id 32, blob length varint, offset in the blob varint, segment length
 * varint. Segments lie in the order of the directory from plain offset 0 on. */

/* A rows frame: sequence number of the journal that ends the checkpoint varint, number of the frame in it from 0 on
 * varint, then rows: table u8, key sized, value sized. */

/* The tables of the catalog (LMDB databases). Every value ends in the CRC-32 of table, key and value. */
typedef enum {
    TABLE_META = 0,           /* name -> number */
    TABLE_ACCOUNTS = 1,       /* account u32 */
    TABLE_MAILBOXES = 2,      /* mailbox u32 */
    TABLE_PRESENCE = 3,       /* account u32, mailbox u32, since u32 */
    TABLE_MESSAGES = 4,       /* mailbox u32, uid u32, since u32 (0: what never changes) */
    TABLE_SNAPSHOTS = 5,      /* snapshot u32 */
    TABLE_SNAPSHOT_TIMES = 6, /* account u32, time u64 */
    TABLE_BLOBS = 7,          /* type u8, id 32 */
    TABLE_ORIGINS = 8,        /* account u32, origin 16 */
    TABLE_COUNT = 9,
} CatalogTable;

/* The changes a journal frame lists: sequence number varint, count varint, then each change: kind u8 and its fields in
 * the order of catalog_change.c. */
typedef enum {
    CHANGE_ACCOUNT = 1,
    CHANGE_MAILBOX = 2,
    CHANGE_SHOW = 3,
    CHANGE_HIDE = 4,
    CHANGE_CURSOR = 5,
    CHANGE_MESSAGE = 6,
    CHANGE_FLAGS = 7,
    CHANGE_REMOVE = 8,
    CHANGE_PUBLISH = 9,
    CHANGE_ORIGIN = 10,
    CHANGE_FORGET = 11,
    CHANGE_CHECKPOINT = 12,
} ChangeKind;

#endif
