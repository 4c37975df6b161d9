/* The commands of mailbackup, one file each. They parse their own arguments, print what they have to say and return the
 * exit status. An error that ended them is in *error, unprinted, and then the returned status does not count. */
#ifndef MB_COMMANDS_H
#define MB_COMMANDS_H

#include <glib.h>

#include "exit_codes.h"
#include "options.h"

ExitCode command_init(CommandLine *line, GError **error);
ExitCode command_add(CommandLine *line, GError **error);
ExitCode command_accounts(CommandLine *line, GError **error);
ExitCode command_sync(CommandLine *line, GError **error);
ExitCode command_snapshots(CommandLine *line, GError **error);
ExitCode command_ls(CommandLine *line, GError **error);
ExitCode command_cat(CommandLine *line, GError **error);
ExitCode command_stats(CommandLine *line, GError **error);
ExitCode command_forget(CommandLine *line, GError **error);
ExitCode command_check(CommandLine *line, GError **error);
ExitCode command_optimize(CommandLine *line, GError **error);
ExitCode command_rebuild(CommandLine *line, GError **error);

#endif
