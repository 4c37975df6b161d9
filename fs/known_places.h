/* The places of the tree that change with a new snapshot (the root and the accounts), as they were when last looked at,
 * and what has changed since. Belongs to one thread. */
#ifndef MB_KNOWN_PLACES_H
#define MB_KNOWN_PLACES_H

#include <glib.h>
#include <stdint.h>

#include "repository.h"
#include "tree.h"

typedef struct KnownPlaces KnownPlaces;

/* Borrows both; they must outlive it. */
KnownPlaces *known_places_new(Repository *repository, Tree *tree);
void known_places_free(KnownPlaces *places);

typedef struct {
    uint64_t node; /* what is remembered of it is out of date ... */
    char *gone;    /* ... or, when not NULL, its child of this name, which is no more */
} PlaceChange;

/* Looks again: an array of PlaceChange that owns its names, for the caller to unref; NULL on error. What is seen for
 * the first time counts as changed. */
GArray *known_places_update(KnownPlaces *places, GError **error);

#endif
