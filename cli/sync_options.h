/* The options of `mailbackup sync`. */
#ifndef MB_SYNC_OPTIONS_H
#define MB_SYNC_OPTIONS_H

#include "mirror.h"
#include "options.h"

typedef struct {
    gboolean quiet;
    gboolean json;
    gboolean verbose;
    SpeedLimits limits; /* 0: as the account's */
    unsigned patience_s;
} SyncOptions;

/* Takes them out of the command line; what is not given has its default. */
bool sync_options_parse(CommandLine *line, SyncOptions *options, GError **error);

/* How hard to try with an account: what the run says, else what the account says, else what is usual. */
MirrorOptions sync_options_for(const SyncOptions *options, const AccountSettings *settings);

#endif
