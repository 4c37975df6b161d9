#include "process.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEPT_BYTES (8 << 20)

/* Opened for reading only, so that a write to a closed standard output still fails. */
static void fill_standard_descriptors(void)
{
    int fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO)
        fd = open("/dev/null", O_RDONLY);
    if (fd < 0)
        abort();
    close(fd);
}

static bool space_is_limited(void)
{
    struct rlimit space;
    return getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY;
}

/* A heap for each thread takes 64 MiB of address space, whatever is in it. */
static void share_heap_where_space_is_limited(void)
{
    if (space_is_limited())
        mallopt(M_ARENA_MAX, 1);
}

void process_keep_memory(void)
{
    if (!space_is_limited())
        mallopt(M_ARENA_MAX, 2); /* each of them keeps so much, and the threads free what others took */
    mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
}

void process_prepare(void)
{
    umask(077);
    share_heap_where_space_is_limited();
    fill_standard_descriptors();
}

/* Not where LeakSanitizer has to look at the process from outside. */
static void forbid_tracing(void)
{
#ifndef __SANITIZE_ADDRESS__
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

void process_protect_secrets(void)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    forbid_tracing();
    signal(SIGPIPE, SIG_IGN);
}
