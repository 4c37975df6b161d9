/* The options of `mailbackup sync`. */
#ifndef MB_SYNC_OPTIONS_H
#define MB_SYNC_OPTIONS_H

#include "mirror.h"
#include "options.h"

typedef struct {
    gboolean quiet;
    gboolean json;
    gboolean verbose;
    MirrorOptions mirror;
} SyncOptions;

/* Takes them out of the command line; what is not given has its default. */
bool sync_options_parse(CommandLine *line, SyncOptions *options, GError **error);

#endif
