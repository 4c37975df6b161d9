/* Brings the catalog up to the packs: replays the batches that reached a pack but not the catalog. The catalog of a
 * crashed run needs the last one or none, a missing catalog needs them all; it is the same work.
 *
 * Damage never stops it. Bytes that are no frame are passed over when whole frames follow; where a batch is lost, the
 * later ones are carried out as far as they fit what is there. */
#ifndef MB_RECOVER_H
#define MB_RECOVER_H

#include <stdbool.h>

#include "catalog_apply.h"
#include "rebuild.h"
#include "repository_private.h"

/* Needs the writer's lock and a writable catalog. Whole frames behind the last batch, of a run that was killed before
 * it could commit, are kept and their messages count as known. MB_ERROR_CORRUPT when a pack belongs to another
 * repository. */
bool recover_from_packs(Repository *repository, const RebuildOptions *options, RebuildTotals *totals, GError **error);

/* Does the catalog stand before a checkpoint, so that what it lacks may be gone from the packs? */
bool recover_must_begin_anew(Repository *repository);

/* The same as recover_from_packs(); what is lost becomes a notice of the repository. */
bool recover_catalog(Repository *repository, GError **error);

/* The sequence number of a journal (the plain bytes of its frame); 0 when it cannot be read. */
uint64_t recover_sequence_of(GBytes *journal);

/* Replays one journal (the plain bytes of its frame) in a write transaction. Its sequence number must be the one after
 * position->sequence, which it becomes. */
bool recover_journal(CatalogTxn *txn, const void *plain, size_t length, CatalogPosition *position, GError **error);

#endif
