/* How much mail a repository holds, what it takes on the disk, and what saved the difference. */
#ifndef MB_STATS_H
#define MB_STATS_H

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

#include "repository.h"

/* One epoch of a mailbox: all its messages that are kept, whatever snapshots show them. */
typedef struct {
    char *account;
    char *name; /* UTF-8 where it is, as last shown; as the server has it where it cannot be decoded */
    uint64_t messages;
    uint64_t mail_bytes;
    /* Its share of what is on the disk: what several mailboxes have is divided among them, attachments by how much of
     * a message they are. */
    uint64_t stored_bytes;
} StatsMailbox;

/* mail_bytes, less the four that were saved, is stored_bytes. What is saved may be below 0 in very small repositories,
 * by what it costs to know. */
typedef struct {
    GPtrArray *mailboxes; /* StatsMailbox*, by account and name */
    uint64_t messages;
    uint64_t mail_bytes;
    int64_t saved_by_copies;      /* the same message is stored once */
    int64_t saved_by_attachments; /* base64 is stored decoded, and the same attachment once */
    int64_t saved_by_zstd;        /* each by itself: estimated from a sample of frames */
    int64_t saved_by_frames;      /* by compressing many together */
    uint64_t stored_bytes;        /* of frames, by the share of them that messages need */
    uint64_t pack_bytes;          /* of all packs: with journals, and what nothing needs any more */
    uint64_t index_bytes;
    uint64_t snapshots;
} Stats;

void stats_free(Stats *stats);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Stats, stats_free)

/* Reads the catalog, the headers of all frames, and a few frames. What is damaged counts as nothing; `check` tells. */
Stats *repository_stats(Repository *repository, GCancellable *cancellable, GError **error);

#endif
