/* Compresses frames on threads of its own, several at once, and gives them back in the order in which they came. So a
 * writer hashes and takes apart the next messages meanwhile, and the packs are the same whatever the number of threads.
 * To be used by one thread. */
#ifndef MB_FRAME_PRESS_H
#define MB_FRAME_PRESS_H

#include <glib.h>
#include <stdbool.h>

#include "frame.h"
#include "frame_builder.h"

typedef struct FramePress FramePress;

typedef struct {
    GByteArray *frame; /* as of frame_encode(): still without its seal */
    GArray *segments;  /* FrameSegment */
    GByteArray *plain; /* what was put, for its memory */
} PressedFrame;

void pressed_frame_clear(PressedFrame *frame);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PressedFrame, pressed_frame_clear)

FramePress *frame_press_new(void);
/* Drops what was not taken; waits for what is being compressed. */
void frame_press_free(FramePress *press);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FramePress, frame_press_free)

/* True when as much is under way as memory is meant for: take one first. */
bool frame_press_is_full(const FramePress *press);
bool frame_press_is_empty(const FramePress *press);

/* Leaves *plain empty. `settings` must live until the frame is taken. */
void frame_press_put(FramePress *press, PlainFrame *plain, const FrameSettings *settings);

/* The frame that was put first; waits for it. Only when the press is not empty. Caller clears it. */
PressedFrame frame_press_take(FramePress *press);

#endif
