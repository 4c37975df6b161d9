#include "file_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "error.h"

/* Newer than Debian 12's headers. */
#define ACCESS_FS_TRUNCATE (UINT64_C(1) << 14)  /* version 3 */
#define ACCESS_FS_IOCTL_DEV (UINT64_C(1) << 15) /* version 5 */
#define ACCESS_NET_BIND_TCP (UINT64_C(1) << 0)  /* version 4 */
#define ACCESS_NET_CONNECT_TCP (UINT64_C(1) << 1)
#define SCOPE_SIGNAL (UINT64_C(1) << 1) /* version 6 */

#define ACCESS_OF_FILES (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_FS_TRUNCATE)

typedef struct {
    uint64_t access_fs;
    uint64_t access_net;
    uint64_t scoped;
} RulesetAttributes;

struct FileRules {
    int fd;
    uint64_t handled; /* of access_fs */
};

static int ask_version(void)
{
    return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static RulesetAttributes everything(int version)
{
    RulesetAttributes all = {.access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1}; /* all of version 1 */
    if (version >= 2)
        all.access_fs |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3)
        all.access_fs |= ACCESS_FS_TRUNCATE;
    if (version >= 4)
        all.access_net = ACCESS_NET_BIND_TCP | ACCESS_NET_CONNECT_TCP;
    if (version >= 5)
        all.access_fs |= ACCESS_FS_IOCTL_DEV;
    if (version >= 6)
        all.scoped = SCOPE_SIGNAL;
    return all;
}

/* What an older kernel does not know is zero, and zeros behind what it knows it passes over. */
FileRules *file_rules_new(GError **error)
{
    int version = ask_version();
    if (version < 1) {
        mb_error_set(error, MB_ERROR_AGAIN, "this kernel has no Landlock");
        return NULL;
    }
    RulesetAttributes all = everything(version);
    int fd = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    if (fd < 0) {
        mb_error_errno(error, errno, "cannot make rules for Landlock");
        return NULL;
    }
    FileRules *rules = g_new(FileRules, 1);
    *rules = (FileRules){.fd = fd, .handled = all.access_fs};
    return rules;
}

void file_rules_free(FileRules *rules)
{
    if (!rules)
        return;
    close(rules->fd);
    g_free(rules);
}

static uint64_t access_of(unsigned rights)
{
    uint64_t access = 0;
    if (rights & FILES_READ)
        access |= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    if (rights & FILES_WRITE)
        access |= LANDLOCK_ACCESS_FS_WRITE_FILE;
    if (rights & FILES_MAKE)
        access |= LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE | ACCESS_FS_TRUNCATE;
    return access;
}

static int add_rule(const FileRules *rules, int place, unsigned rights)
{
    struct stat status;
    struct landlock_path_beneath_attr rule = {.parent_fd = place, .allowed_access = access_of(rights) & rules->handled};
    if (fstat(place, &status) != 0)
        return -1;
    if (!S_ISDIR(status.st_mode))
        rule.allowed_access &= ACCESS_OF_FILES;
    return (int)syscall(SYS_landlock_add_rule, rules->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

bool file_rules_allow(FileRules *rules, const char *path, unsigned rights, GError **error)
{
    int place = open(path, O_PATH | O_CLOEXEC);
    if (place < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
        return true;
    bool added = place >= 0 && add_rule(rules, place, rights) == 0;
    if (!added)
        mb_error_errno(error, errno, "cannot allow %s", path);
    if (place >= 0)
        close(place);
    return added;
}

bool file_rules_enforce(const FileRules *rules, GError **error)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_landlock_restrict_self, rules->fd, 0) == 0)
        return true;
    return mb_error_errno(error, errno, "cannot enforce rules of Landlock");
}
