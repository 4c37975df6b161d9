/* Numbers for the directories of attachments that somebody looked at: a message has one in each directory that shows
 * it, since a directory must not be found in two places. They are given out and never taken back. Thread-safe. */
#ifndef MB_ATTACHMENT_PLACES_H
#define MB_ATTACHMENT_PLACES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t directory; /* that shows the message */
    uint64_t message;
} AttachmentPlace;

typedef struct AttachmentPlaces AttachmentPlaces;

AttachmentPlaces *attachment_places_new(void);
void attachment_places_free(AttachmentPlaces *places);

/* The number of a place, a new one or the one it has. MB_ERROR_LIMIT after LIMIT_ATTACHMENT_PLACES. */
bool attachment_places_take(AttachmentPlaces *places, const AttachmentPlace *place, uint32_t *number, GError **error);
/* MB_ERROR_NOT_FOUND for a number that was not given out. */
bool attachment_places_find(AttachmentPlaces *places, uint32_t number, AttachmentPlace *place, GError **error);

#endif
