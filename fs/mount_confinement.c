#include "mount_confinement.h"

#include <dlfcn.h>
#include <syslog.h>

#include "file_rules.h"
#include "system_calls.h"

/* The sanitizers look at the process in ways that are forbidden here. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_CONFINED false
#else
#define IS_CONFINED true
#endif

typedef struct {
    const char *path;
    unsigned rights;
} Place;

/* Character sets, locales and time zones are loaded when they are needed. */
static const Place system_places[] = {
    {"/usr", FILES_READ},
    {"/lib", FILES_READ},
    {"/lib64", FILES_READ},
    {"/etc/ld.so.cache", FILES_READ},
    {"/etc/localtime", FILES_READ},
    {"/etc/timezone", FILES_READ},
    {"/dev/null", FILES_READ | FILES_WRITE},
};

static bool allow_system(FileRules *rules, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(system_places); i++)
        if (!file_rules_allow(rules, system_places[i].path, system_places[i].rights, error))
            return false;
    return true;
}

/* Where libc is elsewhere, its character sets are beside it. */
static bool allow_libc(FileRules *rules, GError **error)
{
    Dl_info libc;
    if (dladdr((const void *)(guintptr)dladdr, &libc) == 0 || !libc.dli_fname)
        return true;
    g_autofree char *directory = g_path_get_dirname(libc.dli_fname);
    return file_rules_allow(rules, directory, FILES_READ, error);
}

/* LMDB's readers write into its lock file, and a sync may put another index, with a lock file of its own, in the place
 * of this one: so it is not only the present one that can be written to. Its directories may be links to other disks.
 */
static bool allow_repository(FileRules *rules, const MountContext *context, GError **error)
{
    static const char *const directories[] = {"", "packs", "index"};
    for (size_t i = 0; i < G_N_ELEMENTS(directories); i++) {
        g_autofree char *path = g_build_filename(repository_path(context->repository), directories[i], NULL);
        if (!file_rules_allow(rules, path, FILES_READ | FILES_WRITE, error))
            return false;
    }
    return true;
}

/* For texts and attachments that do not fit into memory. */
static bool allow_scratch(FileRules *rules, const MountContext *context, GError **error)
{
    return !context->release->scratch ||
           file_rules_allow(rules, context->release->scratch, FILES_READ | FILES_WRITE | FILES_MAKE, error);
}

static bool confine_files(const MountContext *context, GError **error)
{
    g_autoptr(FileRules) rules = file_rules_new(error);
    return rules && allow_system(rules, error) && allow_libc(rules, error) && allow_repository(rules, context, error) &&
           allow_scratch(rules, context, error) && file_rules_enforce(rules, error);
}

void mount_confine(const MountContext *context)
{
    g_autoptr(GError) files = NULL;
    g_autoptr(GError) calls = NULL;
    if (!IS_CONFINED)
        return;
    if (!confine_files(context, &files))
        syslog(LOG_INFO, "the mount could reach other files than the repository's: %s", files->message);
    if (!system_calls_restrict(&calls))
        syslog(LOG_INFO, "the mount could start programs: %s", calls->message);
}
