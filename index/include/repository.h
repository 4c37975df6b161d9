/* A repository: packs of frames that hold the mail, and a catalog (LMDB) that finds it. docs/format.md is the exact
 * layout.
 *
 * A Repository may be used by many threads. It never writes; a Writer (writer.h) does. Open it after daemonising: LMDB
 * does not survive a fork. A process opens a repository once. */
#ifndef MB_REPOSITORY_H
#define MB_REPOSITORY_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Repository Repository;

/* Makes an empty repository at `path` (mode 0700; parents are made). MB_ERROR_EXISTS when there is one already or the
 * directory holds something else. */
bool repository_create(const char *path, GError **error);

/* MB_ERROR_NOT_FOUND when there is none at `path`, MB_ERROR_FORMAT when it is of a version this program does not know.
 *
 * The index is verified, unless it was since the system was started, less than a day ago, and nobody but us has written
 * to it since. One that is missing or damaged is first rebuilt from the packs, one that is behind them
 * catches up: MB_ERROR_BUSY when another process writes to the repository meanwhile. */
Repository *repository_open(const char *path, GError **error);
/* The same; the index is verified in any case. */
Repository *repository_open_verified(const char *path, GError **error);
void repository_close(Repository *repository);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Repository, repository_close)

/* How many bytes of memory decompressed mail may take; 32 MiB if not told otherwise. */
void repository_set_cache(Repository *repository, size_t bytes);

/* The directory, absolute; lives as long as the repository. */
const char *repository_path(const Repository *repository);

/* What a user should know of the opening, and later of catching up: that the index was rebuilt, and what is lost.
 * Sentences, NULL at the end; usually none. They live as long as the repository. Not while another thread writes. */
const char *const *repository_notices(const Repository *repository);

/* A number that changes whenever something was committed, by this process or another. Cheap: no transaction. */
uint64_t repository_generation(Repository *repository);

/* Where another process has put another index into the place of the one that is open (rebuild, forget), opens that, and
 * lets go of deleted packs. Cheap when nothing happened; any thread. When it fails the old one stays. */
bool repository_refresh(Repository *repository, GError **error);

/* Bytes of all packs and of the index on disk. */
bool repository_disk_usage(Repository *repository, uint64_t *bytes, GError **error);

#endif
