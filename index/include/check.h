/* Does the repository hold what it says? A repository may be in use meanwhile. Nothing is written but how far a
 * resumable check has come. */
#ifndef MB_CHECK_H
#define MB_CHECK_H

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

#include "repository.h"

typedef struct {
    uint64_t accounts;
    uint64_t snapshots;
    uint64_t mailboxes;
    uint64_t messages; /* rows of the catalog, each message of each mailbox once */
    uint64_t blobs;
    uint64_t frames;     /* read and verified; 0 without read_data */
    uint64_t read_bytes; /* of packs */
    uint64_t problems;
    uint32_t resumed_behind; /* packs up to this one were read before the check was interrupted; 0: none */
} CheckTotals;

typedef struct {
    bool read_data; /* also every byte of every pack, and every message against its hash */
    /* With read_data: of so many shares of the packs only this one (from 1 on), and what begins there. 0 or 1 shares:
     * everything. */
    uint32_t share;
    uint32_t shares;
    /* With read_data: go on where a check of the same share was interrupted in the last week, up to where all was well.
     */
    bool resumable;
    /* One finding, a whole sentence. */
    void (*problem)(const char *text, void *user);
    /* How far it is; may be NULL. */
    void (*progress)(const char *what, uint64_t done, uint64_t total, void *user);
    void *user;
    GCancellable *cancellable; /* or NULL */
} CheckOptions;

/* True when the check ran to its end, whatever it found: see totals->problems. */
bool check_repository(Repository *repository, const CheckOptions *options, CheckTotals *totals, GError **error);

#endif
