#include "pack_scan.h"

#include <string.h>

#include "digest.h"
#include "error.h"
#include "pack_file.h"

#define SEARCH_BYTES ((size_t)1 << 20)
#define MAGIC_SIZE 4

static bool begin(PackScan *scan, PackReader *reader, LogPosition from, GError **error)
{
    scan->reader = reader;
    scan->next = (LogPosition){.pack = from.pack, .offset = MAX(from.offset, PACK_HEADER_SIZE)};
    return pack_reader_length(reader, from.pack, &scan->length, error);
}

bool pack_scan_begin(PackScan *scan, PackReader *reader, const uint8_t repository_id[REPOSITORY_ID_SIZE],
                     LogPosition from, GError **error)
{
    uint8_t header[PACK_HEADER_SIZE];
    LogPosition start = {.pack = from.pack};
    return pack_reader_bytes(reader, start, header, sizeof header, error) &&
           pack_header_verify(header, repository_id, from.pack, error) && begin(scan, reader, from, error);
}

bool pack_scan_begin_damaged(PackScan *scan, PackReader *reader, LogPosition from, GError **error)
{
    uint8_t header[PACK_HEADER_SIZE];
    LogPosition start = {.pack = from.pack};
    if (!pack_reader_bytes(reader, start, header, sizeof header, error))
        return false;
    ContentId seal;
    digest_of(header, sizeof header - SEAL_SIZE, &seal);
    if (memcmp(seal.bytes, header + sizeof header - SEAL_SIZE, SEAL_SIZE) == 0)
        return mb_error_set(error, MB_ERROR_CORRUPT, "pack %08x does not belong to this repository", from.pack);
    return begin(scan, reader, from, error);
}

bool pack_scan_next(PackScan *scan, ScannedFrame *frame, GError **error)
{
    if (scan->next.offset >= scan->length)
        return false;
    frame->place = scan->next;
    frame->plain = pack_reader_frame(scan->reader, scan->next, &frame->header, error);
    if (!frame->plain)
        return false;
    scan->next.offset += FRAME_HEADER_SIZE + frame->header.stored_length;
    return true;
}

static bool is_frame(PackScan *scan, uint64_t offset)
{
    LogPosition place = {.pack = scan->next.pack, .offset = offset};
    FrameHeader header;
    g_autoptr(GBytes) plain = pack_reader_frame(scan->reader, place, &header, NULL);
    return plain != NULL;
}

/* Where the bad frame ends if its header is right. */
static bool skip_by_header(PackScan *scan)
{
    uint8_t bytes[FRAME_HEADER_SIZE];
    FrameHeader header;
    if (!pack_reader_bytes(scan->reader, scan->next, bytes, sizeof bytes, NULL) ||
        !frame_header_decode(bytes, &header, NULL))
        return false;
    uint64_t end = scan->next.offset + FRAME_HEADER_SIZE + header.stored_length;
    if (!is_frame(scan, end))
        return false;
    scan->next.offset = end;
    return true;
}

/* The first frame that begins within `length` bytes from `offset` on. */
static bool search_in(PackScan *scan, uint64_t offset, const uint8_t *bytes, size_t length)
{
    static const uint8_t magic[MAGIC_SIZE] = {'F', 'R', 'M', '1'};
    const uint8_t *at = bytes;
    while ((at = memmem(at, length - (size_t)(at - bytes), magic, MAGIC_SIZE))) {
        uint64_t place = offset + (uint64_t)(at - bytes);
        if (is_frame(scan, place)) {
            scan->next.offset = place;
            return true;
        }
        at++;
    }
    return false;
}

bool pack_scan_skip_damage(PackScan *scan)
{
    if (skip_by_header(scan))
        return true;
    g_autofree uint8_t *bytes = g_malloc(SEARCH_BYTES);
    for (uint64_t offset = scan->next.offset + 1; offset + FRAME_HEADER_SIZE <= scan->length;) {
        LogPosition place = {.pack = scan->next.pack, .offset = offset};
        size_t length = (size_t)MIN((uint64_t)SEARCH_BYTES, scan->length - offset);
        /* What the disk cannot read is passed over like what is wrong. */
        if (pack_reader_bytes(scan->reader, place, bytes, length, NULL) && search_in(scan, offset, bytes, length))
            return true;
        offset += length - (MAGIC_SIZE - 1);
    }
    return false;
}
