#include "secret_line.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "mb_limits.h"
#include "secret_memory.h"

/* Fills `buffer` and throws away what is beyond it. Returns the number of bytes kept, or -1 with errno. */
static ssize_t read_all(int fd, char *buffer, size_t size)
{
    char beyond[256];
    size_t filled = 0;
    for (;;) {
        bool keep = filled < size;
        ssize_t got = read(fd, keep ? buffer + filled : beyond, keep ? size - filled : sizeof beyond);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            explicit_bzero(beyond, sizeof beyond);
            return got < 0 ? -1 : (ssize_t)filled;
        }
        filled += keep ? (size_t)got : 0;
    }
}

static bool check_line(const char *line, size_t length, const char *source, GError **error)
{
    if (length == 0)
        return mb_error_set(error, MB_ERROR_AUTH, "%s gives no password", source);
    if (length > LIMIT_PASSWORD_BYTES)
        return mb_error_set(error, MB_ERROR_INVALID, "%s gives a password of more than %d bytes", source,
                            LIMIT_PASSWORD_BYTES);
    if (memchr(line, '\0', length))
        return mb_error_set(error, MB_ERROR_INVALID, "%s gives a password with a NUL byte", source);
    return true;
}

Secret *secret_line_read(int fd, const char *source, GError **error)
{
    /* Room for a line end behind the longest password. */
    const size_t size = LIMIT_PASSWORD_BYTES + 2;
    char *buffer = secret_memory_new(size);
    ssize_t got = read_all(fd, buffer, size);
    int errnum = errno;
    Secret *secret = NULL;
    if (got < 0) {
        mb_error_errno(error, errnum, "cannot read %s", source);
    } else {
        const char *newline = memchr(buffer, '\n', (size_t)got);
        size_t length = newline ? (size_t)(newline - buffer) : (size_t)got;
        if (length > 0 && buffer[length - 1] == '\r')
            length--;
        if (check_line(buffer, length, source, error))
            secret = secret_new(buffer, length);
    }
    secret_memory_free(buffer, size);
    return secret;
}
