/* Does the repository hold what it says? Reads only; a repository may be in use meanwhile. */
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
} CheckTotals;

typedef struct {
    bool read_data; /* also every byte of every pack, and every message against its hash */
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
