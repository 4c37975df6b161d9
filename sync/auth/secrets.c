#include "secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "durable.h"
#include "error.h"
#include "secret_line.h"
#include "secret_memory.h"

struct Secret {
    size_t size; /* of the mapping */
    char text[]; /* NUL-terminated */
};

Secret *secret_new(const char *text, size_t length)
{
    size_t size = sizeof(Secret) + length + 1;
    Secret *secret = (Secret *)(void *)secret_memory_new(size);
    secret->size = size;
    memcpy(secret->text, text, length);
    return secret;
}

const char *secret_text(const Secret *secret)
{
    return secret->text;
}

void secret_free(Secret *secret)
{
    if (secret)
        secret_memory_free((char *)secret, secret->size);
}

static bool check_private(int fd, const char *path, GError **error)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return mb_error_errno(error, errno, "cannot look at password file %s", path);
    if (!S_ISREG(status.st_mode))
        return mb_error_set(error, MB_ERROR_INSECURE, "password file %s is not a regular file", path);
    if (status.st_uid != geteuid())
        return mb_error_set(error, MB_ERROR_INSECURE, "password file %s belongs to another user; chown it", path);
    if (status.st_mode & (S_IRWXG | S_IRWXO))
        return mb_error_set(error, MB_ERROR_INSECURE, "password file %s is open to others; run: chmod 600 %s", path,
                            path);
    return true;
}

static Secret *read_password_file(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* opening a FIFO must not wait */
    if (fd < 0) {
        mb_error_errno(error, errno, "cannot open password file %s", path);
        return NULL;
    }
    g_autofree char *source = g_strdup_printf("password file %s", path);
    Secret *secret = check_private(fd, path, error) ? secret_line_read(fd, source, error) : NULL;
    close(fd);
    return secret;
}

static bool wait_for_command(GPid child, const char *what, GError **error)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return mb_error_errno(error, errno, "cannot wait for %s", what);
    g_autoptr(GError) cause = NULL;
    if (g_spawn_check_wait_status(status, &cause))
        return true;
    return mb_error_set(error, MB_ERROR_AUTH, "%s failed: %s", what, cause->message);
}

/* The command keeps our standard input and error, so that it can ask the user for the key of a password store. `what`
 * is for errors: "the password command". */
static Secret *run_command(const char *command, const char *what, GError **error)
{
    const char *arguments[] = {"/bin/sh", "-c", command, NULL};
    g_autoptr(GError) cause = NULL;
    GPid child;
    int output;
    if (!g_spawn_async_with_pipes(NULL, (char **)arguments, NULL,
                                  G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL, &child, NULL,
                                  &output, NULL, &cause)) {
        mb_error_set(error, MB_ERROR_AUTH, "cannot run %s: %s", what, cause->message);
        return NULL;
    }
    g_autoptr(GError) line_error = NULL;
    g_autoptr(Secret) secret = secret_line_read(output, what, &line_error);
    close(output);
    if (!wait_for_command(child, what, error))
        return NULL; /* says more than that the output was empty */
    if (!secret)
        g_propagate_error(error, g_steal_pointer(&line_error));
    return g_steal_pointer(&secret);
}

Secret *secret_of_account(const AccountSettings *settings, GError **error)
{
    if (settings->token_command)
        return run_command(settings->token_command, "the token command", error);
    if (settings->password_command)
        return run_command(settings->password_command, "the password command", error);
    if (settings->password_file)
        return read_password_file(settings->password_file, error);
    if (account_settings_without_password(settings))
        return secret_new("", 0);
    mb_error_set(error, MB_ERROR_AUTH, "no password command and no password file; run: mailbackup add %s",
                 settings->name);
    return NULL;
}

char *secret_store(const char *repository_path, const char *account_name, const Secret *secret, GError **error)
{
    if (!account_name_check(account_name, error))
        return NULL;
    g_autofree char *repository = g_canonicalize_filename(repository_path, NULL);
    g_autofree char *directory = g_build_filename(repository, "secrets", NULL);
    if (!durable_make_directory(directory, error))
        return NULL;
    /* The suffix keeps an account "x.new" apart from the temporary file of account "x". */
    g_autofree char *path = g_strconcat(directory, "/", account_name, ".password", NULL);
    if (!durable_replace_file(path, secret->text, strlen(secret->text), 0600, error))
        return NULL;
    return g_steal_pointer(&path);
}
