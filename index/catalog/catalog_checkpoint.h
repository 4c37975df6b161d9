/* The catalog restated: its rows but for the places of blobs, which the packs tell themselves; and the packs that count
 * no more from then on. */
#ifndef MB_CATALOG_CHECKPOINT_H
#define MB_CATALOG_CHECKPOINT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog_env.h"

/* Hands out all rows, encoded, in pieces of about `piece_bytes`. */
typedef bool (*CatalogRowsSink)(const GByteArray *rows, void *user, GError **error);
bool catalog_rows(CatalogTxn *txn, size_t piece_bytes, CatalogRowsSink sink, void *user, GError **error);

/* Writes the rows that are left in `in`. MB_ERROR_CORRUPT when they are none. */
bool catalog_rows_load(CatalogTxn *txn, Reader *in, GError **error);

/* Drops the places of blobs in these packs (GArray of uint32_t, ascending) and notes that the packs are to be deleted,
 * by the checkpoint whose journal has this sequence number. */
bool catalog_retire_packs(CatalogTxn *txn, uint64_t sequence, const GArray *packs, GError **error);

/* The packs that were retired last, whether they are deleted by now or not: GArray of uint32_t, ascending. *sequence
 * (or NULL) is that of the checkpoint's journal; 0 when there was none. */
GArray *catalog_retired_packs(CatalogTxn *txn, uint64_t *sequence, GError **error);

#endif
