#include "pack_scan.h"

#include "pack_file.h"

bool pack_scan_begin(PackScan *scan, PackReader *reader, const uint8_t repository_id[REPOSITORY_ID_SIZE],
                     LogPosition from, GError **error)
{
    uint8_t header[PACK_HEADER_SIZE];
    if (!pack_reader_start(reader, from.pack, header, sizeof header, error) ||
        !pack_header_verify(header, repository_id, from.pack, error))
        return false;
    scan->reader = reader;
    scan->next = (LogPosition){.pack = from.pack, .offset = MAX(from.offset, PACK_HEADER_SIZE)};
    return pack_reader_length(reader, from.pack, &scan->length, error);
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
