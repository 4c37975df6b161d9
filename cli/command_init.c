/* mailbackup init: makes an empty repository. */
#include <stdio.h>

#include "commands.h"
#include "output.h"
#include "repository.h"

ExitCode command_init(CommandLine *line, GError **error)
{
    if (!options_parse(line, NULL, error) || !options_count_arguments(line, 0, 0, error))
        return EXIT_CODE_USAGE;
    g_autofree char *path = options_repository_path(line->repository);
    if (!repository_create(path, error))
        return EXIT_CODE_FAILED;
    g_autofree char *shown = output_path(path);
    printf("Repository created in %s (format 1, not encrypted)\n", shown);
    return EXIT_CODE_DONE;
}
