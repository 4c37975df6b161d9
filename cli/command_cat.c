/* mailbackup cat: messages to standard output, byte for byte, and nothing else. */
#include <errno.h>
#include <stdio.h>

#include "body.h"
#include "command_repository.h"
#include "commands.h"
#include "error.h"
#include "report.h"
#include "tree.h"

static bool write_out(const void *data, size_t length, void *user, GError **error)
{
    (void)user;
    if (fwrite(data, 1, length, stdout) == length)
        return true;
    return mb_error_errno(error, errno, "cannot write to standard output");
}

static Body *open_message(Repository *repository, Tree *tree, const char *path, GError **error)
{
    TreeAttributes found;
    MessageRow row;
    g_autoptr(View) view = view_acquire(repository, error);
    if (!view || !tree_walk(tree, view, path, &found, error))
        return NULL;
    if (found.kind != TREE_IS_MESSAGE) {
        mb_error_set(error, MB_ERROR_INVALID, "it is a directory");
        report_hint(error, "`mailbackup ls` lists what is in it.");
        return NULL;
    }
    if (!view_message_properties(view, tree_mailbox(found.node), tree_uid(found.node), &row, error))
        return NULL;
    return body_open(view, &row.id, error);
}

static bool print_message(Repository *repository, Tree *tree, const char *path, GError **error)
{
    g_autoptr(Body) body = open_message(repository, tree, path, error);
    if (body && body_stream(body, write_out, NULL, error))
        return true;
    g_prefix_error(error, "%s: ", path);
    return false;
}

ExitCode command_cat(CommandLine *line, GError **error)
{
    if (!options_parse(line, NULL, error) || !options_count_arguments(line, 1, G_MAXUINT, error))
        return EXIT_CODE_USAGE;
    g_autoptr(Repository) repository = command_open_repository(line, error);
    if (!repository)
        return EXIT_CODE_FAILED;
    g_autoptr(Tree) tree = tree_new(repository);
    ExitCode gravest = EXIT_CODE_DONE;
    for (char **path = line->arguments; *path; path++) {
        g_autoptr(GError) failure = NULL;
        if (print_message(repository, tree, *path, &failure))
            continue;
        if (ferror(stdout)) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return EXIT_CODE_FAILED;
        }
        report_error(failure);
        gravest = report_graver(gravest, report_exit_code(failure));
    }
    return gravest;
}
