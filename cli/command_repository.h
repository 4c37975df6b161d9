/* The repository a command line means, opened. */
#ifndef MB_COMMAND_REPOSITORY_H
#define MB_COMMAND_REPOSITORY_H

#include <glib.h>

#include "options.h"
#include "repository.h"

/* Errors say what to do when there is none. */
Repository *command_open_repository(const CommandLine *line, GError **error);

#endif
