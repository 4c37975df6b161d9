/* The repository a command line means, opened. */
#ifndef MB_COMMAND_REPOSITORY_H
#define MB_COMMAND_REPOSITORY_H

#include <glib.h>

#include "options.h"
#include "repository.h"

/* Errors say what to do when there is none. */
Repository *command_open_repository(const CommandLine *line, GError **error);
/* For those who look for damage: nothing that was found sound before is taken for it now. */
Repository *command_open_repository_verified(const CommandLine *line, GError **error);

#endif
