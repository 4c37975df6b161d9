#include "mapped_memory.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define CATALOG_FILE "/index/data.mdb"

/* proc(5): its third number counts the resident pages of mapped files. */
static bool is_large(void)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/self/statm", &text, NULL, NULL))
        return false;
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

void mapped_memory_trim(void)
{
    g_autofree char *text = NULL;
    if (!is_large() || !g_file_get_contents("/proc/self/maps", &text, NULL, NULL))
        return;
    g_auto(GStrv) maps = g_strsplit(text, "\n", -1);
    for (char **map = maps; *map; map++)
        let_go(*map);
}
