/* Directory listings: READDIR and READDIRPLUS answers, filled to the last entry that fits. */
#ifndef MB_MOUNT_DIRECTORY_H
#define MB_MOUNT_DIRECTORY_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mount_context.h"

typedef struct {
    uint64_t node;
    uint64_t offset; /* as an earlier answer gave it, or 0 */
    size_t size;     /* of the answer at most */
    size_t enough;   /* bytes that end it */
    bool plus;       /* with attributes */
} DirectoryRequest;

typedef struct {
    char *bytes;
    size_t length;        /* 0 at the end of the directory */
    uint64_t next_offset; /* where it goes on */
    bool is_full;         /* more is to come */
} DirectoryAnswer;

/* Caller frees. */
DirectoryAnswer *mount_directory_list(const MountContext *context, const DirectoryRequest *request, GError **error);
void directory_answer_free(DirectoryAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DirectoryAnswer, directory_answer_free)

#endif
