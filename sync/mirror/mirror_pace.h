/* How fast a run may go: no faster than the user allows, and slower when the server says so. What was too fast is not
 * tried again: the pause between commands grows when the server complains and shrinks slowly, never to less than half
 * of what it complained about.
 *
 * Thread-safe; one for all connections of a run. */
#ifndef MB_MIRROR_PACE_H
#define MB_MIRROR_PACE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "imap_response.h"

typedef struct MirrorPace MirrorPace;

/* 0: no limit. */
MirrorPace *mirror_pace_new(uint64_t bytes_per_second);
void mirror_pace_free(MirrorPace *pace);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MirrorPace, mirror_pace_free)

/* Counts bytes that came, and how long to wait before reading on, in ms. */
unsigned mirror_pace_after_bytes(MirrorPace *pace, uint64_t bytes, int64_t now_us);

/* A command ended: notes whether the server complained of the pace. */
void mirror_pace_note(MirrorPace *pace, bool throttled);
/* How long to wait before the next command, in ms. */
unsigned mirror_pace_before_command(MirrorPace *pace);

/* What a NO or BAD says of the future. Pure. */
typedef enum {
    REFUSAL_OF_THIS, /* this command will not do better later */
    REFUSAL_FOR_NOW, /* it may: *wait_ms says how long the server wants to be left alone, 0 when it did not say */
    REFUSAL_OF_ALL,  /* a quota is used up: nothing more today */
} RefusalKind;
RefusalKind mirror_pace_refusal(const ImapCondition *condition, unsigned *wait_ms);

#endif
