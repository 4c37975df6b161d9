#include "mapped_memory.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define CATALOG_FILE "/index/data.mdb"
#define PIECE_BYTES ((size_t)16 << 10)

/* Files of proc(5). */
struct MappedMemory {
    int statm;
    int maps;
};

MappedMemory *mapped_memory_new(void)
{
    MappedMemory *memory = g_new(MappedMemory, 1);
    memory->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    memory->maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    return memory;
}

void mapped_memory_free(MappedMemory *memory)
{
    if (!memory)
        return;
    close(memory->statm);
    close(memory->maps);
    g_free(memory);
}

/* All of it, from its beginning; what cannot be read is empty. */
static char *read_anew(int fd)
{
    GString *text = g_string_new(NULL);
    ssize_t got = lseek(fd, 0, SEEK_SET) == 0 ? 1 : 0;
    while (got > 0) {
        gsize length = text->len;
        g_string_set_size(text, length + PIECE_BYTES);
        got = read(fd, text->str + length, PIECE_BYTES);
        g_string_truncate(text, length + (gsize)MAX(got, 0));
    }
    return g_string_free(text, FALSE);
}

/* The third number counts the resident pages of mapped files. */
static bool is_large(const MappedMemory *memory)
{
    g_autofree char *text = read_anew(memory->statm);
    g_auto(GStrv) pages = g_strsplit(text, " ", 4);
    return g_strv_length(pages) == 4 &&
           g_ascii_strtoull(pages[2], NULL, 10) > MAPPED_MEMORY_BYTES / (guint64)sysconf(_SC_PAGESIZE);
}

/* A line of maps: "7f0c1a000000-7f0c1b000000 r--s ... /path". */
static void let_go(const char *map)
{
    if (!g_str_has_suffix(map, CATALOG_FILE))
        return;
    char *dash;
    uintptr_t start = g_ascii_strtoull(map, &dash, 16);
    uintptr_t end = *dash == '-' ? g_ascii_strtoull(dash + 1, NULL, 16) : 0;
    if (end > start)
        madvise((void *)start, end - start, MADV_DONTNEED); /* NOLINT(performance-no-int-to-ptr) */
}

void mapped_memory_trim(MappedMemory *memory)
{
    if (!is_large(memory))
        return;
    g_autofree char *text = read_anew(memory->maps);
    g_auto(GStrv) maps = g_strsplit(text, "\n", -1);
    for (char **map = maps; *map; map++)
        let_go(*map);
}
