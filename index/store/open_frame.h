/* A frame on its way to plain bytes: they come in order, as far as somebody asks for them, at one place in memory. So
 * the first message of a frame need not wait for the last, and a lone one costs no more than what lies before it. */
#ifndef MB_OPEN_FRAME_H
#define MB_OPEN_FRAME_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "frame.h"

typedef struct OpenFrame OpenFrame;

/* Memory for the frame. The caller then puts its header and stored bytes, as they stand in the pack, to
 * open_frame_stored(), and begins. */
OpenFrame *open_frame_new(const FrameHeader *header);
uint8_t *open_frame_stored(OpenFrame *frame);
/* Verifies the seal. MB_ERROR_CORRUPT. */
bool open_frame_begin(OpenFrame *frame, const FrameHeader *header, LogPosition place, GError **error);
void open_frame_free(OpenFrame *frame);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OpenFrame, open_frame_free)

/* Bytes of memory that it takes now; less once all is decompressed. By the thread that decompresses. */
size_t open_frame_memory(const OpenFrame *frame);

/* How many plain bytes there will be, and where. */
size_t open_frame_length(const OpenFrame *frame);
const uint8_t *open_frame_plain(const OpenFrame *frame);

/* Decompresses on until at least `end` bytes are there, or all; *ready tells how many. By one thread at a time, while
 * others read what was there before. MB_ERROR_CORRUPT, from then on always. */
bool open_frame_advance(OpenFrame *frame, size_t end, size_t *ready, GError **error);

/* All plain bytes, with which the frame goes. Caller unrefs. MB_ERROR_CORRUPT. */
GBytes *open_frame_finish(OpenFrame *frame, GError **error);

#endif
