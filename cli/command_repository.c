#include "command_repository.h"

#include "error.h"
#include "report.h"

typedef Repository *(*Open)(const char *path, GError **error);

static Repository *open_with(Open open_repository, const CommandLine *line, GError **error)
{
    g_autofree char *path = options_repository_path(line->repository);
    Repository *repository = open_repository(path, error);
    for (const char *const *notice = repository ? repository_notices(repository) : NULL; notice && *notice; notice++)
        report_notice(*notice);
    if (!repository && error && g_error_matches(*error, MB_ERROR, MB_ERROR_NOT_FOUND))
        report_hint(error, "`mailbackup init` makes one; -r DIR or $MAILBACKUP_REPO say where another is.");
    return repository;
}

Repository *command_open_repository(const CommandLine *line, GError **error)
{
    return open_with(repository_open, line, error);
}

Repository *command_open_repository_verified(const CommandLine *line, GError **error)
{
    return open_with(repository_open_verified, line, error);
}
