#include "rewrite.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

void rewrite_text(int directory, const char *name, const char *text)
{
    off_t length = (off_t)strlen(text);
    /* Not O_TRUNC: ext4 writes a file that was emptied to the disk when it is closed. */
    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    bool written = write(fd, text, (size_t)length) == length && ftruncate(fd, length) == 0;
    close(fd);
    if (!written)
        unlinkat(directory, name, 0);
}
