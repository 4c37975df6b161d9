#include "catalog_mark.h"

#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "rewrite.h"

#define VERIFIED_FOR_S (24 * 60 * 60)
#define FILE_NAME "verified"
#define TEXT_BYTES 1024 /* more than any mark has */

/* Read once: it stays what it is, and a confined process cannot read it any more. NULL: unknown. */
static const char *boot_id(void)
{
    static gsize is_read;
    static char *text;
    if (g_once_init_enter(&is_read)) {
        if (g_file_get_contents("/proc/sys/kernel/random/boot_id", &text, NULL, NULL))
            g_strchomp(text);
        g_once_init_leave(&is_read, 1);
    }
    return text;
}

char *catalog_mark_state(int fd, uint64_t generation)
{
    const char *boot = boot_id();
    struct stat now;
    if (!boot || fstat(fd, &now) != 0)
        return NULL;
    return g_strdup_printf(
        "boot %s, inode %" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ", %" G_GINT64_FORMAT
        " bytes, transaction %" G_GUINT64_FORMAT ", changed %" G_GINT64_FORMAT ".%09ld %" G_GINT64_FORMAT ".%09ld",
        boot, (uint64_t)now.st_dev, (uint64_t)now.st_ino, (int64_t)now.st_size, generation, (int64_t)now.st_mtim.tv_sec,
        now.st_mtim.tv_nsec, (int64_t)now.st_ctim.tv_sec, now.st_ctim.tv_nsec);
}

int64_t catalog_mark_now(void)
{
    struct timespec now;
    return clock_gettime(CLOCK_BOOTTIME, &now) == 0 ? now.tv_sec : 0;
}

/* The state, when it was verified, and nothing. */
static char **read_lines(int directory)
{
    char text[TEXT_BYTES];
    int fd = openat(directory, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0)
        close(fd);
    text[MAX(got, 0)] = '\0';
    return g_strsplit(text, "\n", -1);
}

bool catalog_mark_holds(int directory, const char *state, int64_t *verified_at)
{
    g_auto(GStrv) lines = read_lines(directory);
    if (!state || g_strv_length(lines) != 3 || strcmp(lines[0], state) != 0)
        return false;
    *verified_at = strtoll(lines[1], NULL, 10);
    int64_t age_s = catalog_mark_now() - *verified_at;
    return *verified_at > 0 && age_s >= 0 && age_s < VERIFIED_FOR_S;
}

void catalog_mark_write(int directory, const char *state, int64_t verified_at)
{
    g_autofree char *text = g_strdup_printf("%s\n%" G_GINT64_FORMAT "\n", state, verified_at);
    rewrite_text(directory, FILE_NAME, text);
}
