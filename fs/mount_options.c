#include "mount_options.h"

#include <fuse_opt.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

/* ro is also what makes reading fast: else every read would age the cached attributes. */
#define ALWAYS "ro,nosuid,nodev,noexec,subtype=mailbackupfs"

/* A comma in a path would end the option. */
static bool add_source(char **list, const char *repository_path)
{
    g_autofree char *source = g_strconcat("fsname=", repository_path, NULL);
    return fuse_opt_add_opt_escaped(list, source) == 0;
}

/* Modes are the kernel's to check where others are let in. Else nobody but the owner comes so far, and a check would
 * cost a hundredth of a warm grep. */
static bool add_check_of_modes(char **list, const char *fuse_options)
{
    bool lets_others_in = fuse_options && strstr(fuse_options, "allow_");
    return !lets_others_in || fuse_opt_add_opt(list, "default_permissions") == 0;
}

static bool add_arguments(struct fuse_args *arguments, const char *list, bool debug)
{
    return fuse_opt_add_arg(arguments, "mailbackupfs") == 0 && fuse_opt_add_arg(arguments, "-o") == 0 &&
           fuse_opt_add_arg(arguments, list) == 0 && (!debug || fuse_opt_add_arg(arguments, "-d") == 0);
}

bool mount_options_build(const MountOptions *options, const char *repository_path, struct fuse_args *arguments,
                         GError **error)
{
    char *list = NULL; /* libfuse grows it with realloc() */
    *arguments = (struct fuse_args)FUSE_ARGS_INIT(0, NULL);
    bool built = fuse_opt_add_opt(&list, ALWAYS) == 0 && add_source(&list, repository_path) &&
                 add_check_of_modes(&list, options->fuse_options) &&
                 (!options->fuse_options || fuse_opt_add_opt(&list, options->fuse_options) == 0) &&
                 add_arguments(arguments, list, options->debug);
    free(list);
    return built || mb_error_set(error, MB_ERROR_SYSTEM, "not enough memory for the mount options");
}
