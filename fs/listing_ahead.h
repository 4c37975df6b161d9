/* The answer to the request for a listing that comes next, made while the kernel digests the one before: one for the
 * whole mount. Of directories that never change. Thread-safe. */
#ifndef MB_LISTING_AHEAD_H
#define MB_LISTING_AHEAD_H

#include <glib.h>
#include <stdbool.h>

#include "mount_directory.h"

typedef struct ListingAhead ListingAhead;

ListingAhead *listing_ahead_new(void);
void listing_ahead_free(ListingAhead *ahead);

/* Announces that the answer to this request is going to be made; to be called before the request can come. False when
 * there are others to care for: nothing is made then. */
bool listing_ahead_begin(ListingAhead *ahead, const DirectoryRequest *request);
/* Here it is; taken. NULL when it could not be made. */
void listing_ahead_end(ListingAhead *ahead, DirectoryAnswer *answer);

/* Waits for the answer if it is being made. NULL when it is not the one there is. Caller frees. */
DirectoryAnswer *listing_ahead_take(ListingAhead *ahead, const DirectoryRequest *request);

#endif
