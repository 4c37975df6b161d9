/* One directory of the tree, read page by page: so a mailbox of any size is listed in bounded memory, and no view of
 * the catalog is held while a slow terminal or pipe takes what was read. */
#ifndef MB_LISTING_H
#define MB_LISTING_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "repository.h"
#include "tree.h"

typedef struct {
    char *name;
    TreeAttributes attributes;
    char *target;   /* of a link */
    uint32_t flags; /* SystemFlags of a message in this snapshot */
    char *keywords; /* its other flags, separated by one space */
    ContentId id;
} ListingEntry;

typedef struct Listing Listing;

/* Of the directory at `path`, or of the one message there. Borrows the repository. MB_ERROR_NOT_FOUND when there is
 * nothing. */
Listing *listing_open(Repository *repository, const char *path, GError **error);
void listing_free(Listing *listing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Listing, listing_free)

/* The next entries: ListingEntry*, owned by the array; none at the end. With `details` also what a look at each
 * message costs. */
GPtrArray *listing_next(Listing *listing, bool details, GError **error);

#endif
