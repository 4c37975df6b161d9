/* Walks all frames of a pack in order, as recovery, rebuilding and checking do. One thread. */
#ifndef MB_PACK_SCAN_H
#define MB_PACK_SCAN_H

#include <glib.h>
#include <stdbool.h>

#include "pack_reader.h"

typedef struct {
    PackReader *reader;
    LogPosition next; /* where the coming frame would begin */
    uint64_t length;  /* of the pack's file */
} PackScan;

typedef struct {
    LogPosition place;
    FrameHeader header;
    GBytes *plain; /* owned by who asked for it */
} ScannedFrame;

/* Starts at `from`; an offset before the first frame means the first frame. The pack's header must be right. */
bool pack_scan_begin(PackScan *scan, PackReader *reader, const uint8_t repository_id[REPOSITORY_ID_SIZE],
                     LogPosition from, GError **error);

/* The same for a pack whose header is damaged. MB_ERROR_CORRUPT when it is not: then the pack belongs to another
 * repository, or to another number. */
bool pack_scan_begin_damaged(PackScan *scan, PackReader *reader, LogPosition from, GError **error);

/* True with the next frame. False at the end of the file, and false with *error set at bytes that are no whole, valid
 * frame: there a pack that was being written ends, or it is damaged. */
bool pack_scan_next(PackScan *scan, ScannedFrame *frame, GError **error);

/* After such bytes: goes to the next valid frame behind them. A frame's seal covers its place, so that what is found is
 * no accident. False when there is none: the scan then stays where it is. */
bool pack_scan_skip_damage(PackScan *scan);

#endif
