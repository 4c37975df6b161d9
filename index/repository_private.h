/* What the repository's own files share. */
#ifndef MB_REPOSITORY_PRIVATE_H
#define MB_REPOSITORY_PRIVATE_H

#include "catalog_env.h"
#include "disk_format.h"
#include "frame_cache.h"
#include "pack_reader.h"
#include "repository.h"
#include "view.h"

struct Repository {
    char *path;
    char *packs_directory;
    uint8_t id[REPOSITORY_ID_SIZE];
    CatalogEnv *catalog;
    PackReader *packs;
    FrameCache *frames;
};

struct View {
    Repository *repository;
    CatalogTxn *txn;
};

/* Takes the writer's lock; the descriptor holds it until it is closed or the process dies. -1 and MB_ERROR_BUSY. */
int repository_lock(Repository *repository, GError **error);

#endif
