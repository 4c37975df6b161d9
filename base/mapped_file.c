#include "mapped_file.h"

#include <fcntl.h>
#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define PIECE_BYTES ((size_t)16 << 10)

static GMutex mutex;
static int maps = -1;         /* of proc_pid_maps(5) */
static atomic_int statm = -1; /* of proc_pid_statm(5) */

void mapped_file_prepare(void)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&mutex);
    if (maps < 0)
        maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (statm < 0)
        statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
}

/* All of it, from its beginning; what cannot be read is empty. */
static char *read_maps(void)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&mutex);
    GString *text = g_string_new(NULL);
    ssize_t got = lseek(maps, 0, SEEK_SET) == 0 ? 1 : 0;
    while (got > 0) {
        gsize length = text->len;
        g_string_set_size(text, length + PIECE_BYTES);
        got = read(maps, text->str + length, PIECE_BYTES);
        g_string_truncate(text, length + (gsize)MAX(got, 0));
    }
    return g_string_free(text, FALSE);
}

typedef struct {
    uint64_t start;
    uint64_t end;
    uint64_t offset;
    uint64_t inode;
    bool is_shared;
} Map;

/* "7f0c1a000000-7f0c1b000000 r--s 00000000 08:01 123456   /path": the device is not what stat() says everywhere. */
static bool take_map(const char *line, Map *map)
{
    g_auto(GStrv) fields = g_strsplit(line, " ", 6);
    char *dash;
    if (g_strv_length(fields) < 5)
        return false;
    map->start = g_ascii_strtoull(fields[0], &dash, 16);
    map->end = *dash == '-' ? g_ascii_strtoull(dash + 1, NULL, 16) : 0;
    map->is_shared = strchr(fields[1], 's') != NULL;
    map->offset = g_ascii_strtoull(fields[2], NULL, 16);
    map->inode = g_ascii_strtoull(fields[4], NULL, 10);
    return map->end > map->start;
}

uint8_t *mapped_file_find(int fd, size_t *length)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return NULL;
    g_autofree char *text = read_maps();
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    Map map;
    for (char **line = lines; *line; line++)
        if (take_map(*line, &map) && map.is_shared && map.offset == 0 && map.inode == status.st_ino) {
            *length = (size_t)(map.end - map.start);
            return (uint8_t *)(uintptr_t)map.start; /* NOLINT(performance-no-int-to-ptr) */
        }
    return NULL;
}

/* The third number counts their pages. */
size_t mapped_file_resident(void)
{
    char text[128];
    ssize_t got = pread(statm, text, sizeof text - 1, 0);
    text[MAX(got, 0)] = '\0';
    char *number = text;
    for (int i = 0; i < 2; i++)
        g_ascii_strtoull(number, &number, 10);
    return (size_t)g_ascii_strtoull(number, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}
