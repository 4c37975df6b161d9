/* What all parts of a running mount share. Made before the first request, unchanged until the last. */
#ifndef MB_MOUNT_CONTEXT_H
#define MB_MOUNT_CONTEXT_H

#include <fuse_lowlevel.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "mount_damage.h"
#include "mount_release.h"
#include "push_ahead.h"
#include "renderings.h"
#include "repository.h"
#include "request_counts.h"
#include "tree.h"

#define UNANSWERED_AT_MOST 16 /* more than threads that serve: each has one request at a time */

typedef struct {
    Repository *repository;
    Tree *tree;
    Renderings *renderings;
    struct ListingAhead *listing_ahead;
    DamageLog *damage;
    const MountRelease *release;
    struct fuse_session *session;
    bool pushes;
    PushAhead *push; /* NULL: nothing is pushed */
    uid_t owner;     /* of everything in the mount: who mounted */
    gid_t group;
    bool text; /* messages are shown as text */
    bool extended_attributes;
    RequestCounts requests;
    atomic_uint_fast64_t unanswered[UNANSWERED_AT_MOST]; /* numbers of requests; else 0 */
    atomic_uint_fast64_t init_request; /* the number of the INIT request whose answer is awaited; else 0 */
} MountContext;

#endif
