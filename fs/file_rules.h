/* What a process can still reach of the file system, after it has given up all else for good: Landlock, landlock(7).
 * Nothing but what is allowed can be opened any more; what is open stays so. Of the network nothing is left where the
 * kernel can do that. */
#ifndef MB_FILE_RULES_H
#define MB_FILE_RULES_H

#include <glib.h>
#include <stdbool.h>

typedef struct FileRules FileRules;

typedef enum {
    FILES_READ = 1 << 0,  /* also list directories */
    FILES_WRITE = 1 << 1, /* into files that are there, which stay as long as they are */
    FILES_MAKE = 1 << 2,  /* and remove, and cut short */
} FileRights;

/* MB_ERROR_AGAIN: this kernel has no Landlock. Caller frees. */
FileRules *file_rules_new(GError **error);
void file_rules_free(FileRules *rules);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FileRules, file_rules_free)

/* A file, or a directory with everything below it. One that is not there is passed over. */
bool file_rules_allow(FileRules *rules, const char *path, unsigned rights, GError **error);

/* From now on, for this thread and those that it will start. */
bool file_rules_enforce(const FileRules *rules, GError **error);

#endif
