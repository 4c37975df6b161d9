/* Is a catalog's file what LMDB wrote? LMDB trusts its pages: of damaged ones it may return wrong rows or none, or die.
 * So they are read before LMDB reads them: every page that a snapshot of the catalog reaches, the order of its keys,
 * the checksums of its values, and the list of free pages. Pages are read by pread(), never through the map. */
#ifndef MB_CATALOG_VERIFY_H
#define MB_CATALOG_VERIFY_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* The two meta pages, which must be right before LMDB may open the file at all. MB_ERROR_CORRUPT. */
bool catalog_verify_metas(int fd, GError **error);

/* All pages of the snapshot of transaction `txnid`, which must not be overwritten meanwhile: hold a read transaction.
 * `tables` are the names of the tables, whose values carry checksums, by their numbers. MB_ERROR_CORRUPT names the
 * page. */
bool catalog_verify_pages(int fd, uint64_t txnid, const char *const *tables, int table_count, GError **error);

#endif
