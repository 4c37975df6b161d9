/* What the repository's own files share. */
#ifndef MB_REPOSITORY_PRIVATE_H
#define MB_REPOSITORY_PRIVATE_H

#include "catalog_env.h"
#include "disk_format.h"
#include "frame_cache.h"
#include "pack_reader.h"
#include "repository.h"
#include "view.h"

/* Of the key file `format`. */
#define FORMAT_GROUP "mailbackup"

struct Repository {
    char *path;
    char *packs_directory;
    uint8_t id[REPOSITORY_ID_SIZE];
    SealKind seal; /* of the frames that are written */
    GMutex mutex;  /* of the next two */
    CatalogEnv *catalog;
    unsigned exchanges; /* how often another catalog took its place */
    GMutex refreshing;
    bool distrusts_index; /* verifies it at opening, also where it was verified lately */
    PackReader *packs;
    FrameCache *frames;
    GPtrArray *notices;       /* char*; NULL-terminated */
    GError *catch_up_failure; /* a write or sync failed when it was opened: no writer may go on after it */
};

struct View {
    Repository *repository;
    CatalogTxn *txn;
};

/* A repository whose packs can be read and that has no catalog yet. */
Repository *repository_open_packs(const char *path, GError **error);

/* A read transaction on the catalog that there is now. Ended by catalog_read_end(). */
CatalogTxn *repository_read_begin(Repository *repository, GError **error);

/* Adds to repository_notices(); the repository is the second argument, as a listener's are. */
void repository_notice(const char *text, void *repository);

/* Takes the writer's lock; the descriptor holds it until it is closed or the process dies. -1 and MB_ERROR_BUSY. */
int repository_lock(Repository *repository, GError **error);

#endif
