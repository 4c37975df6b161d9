#include "secret_memory.h"

#include <glib.h>
#include <string.h>
#include <sys/mman.h>

char *secret_memory_new(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        g_error("out of memory for a secret");
    mlock(memory, size); /* a low RLIMIT_MEMLOCK is no reason to refuse a backup */
    madvise(memory, size, MADV_DONTDUMP);
    return memory;
}

void secret_memory_free(char *memory, size_t size)
{
    explicit_bzero(memory, size);
    munmap(memory, size);
}
