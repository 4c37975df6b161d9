#include "request_counts.h"

#include <glib.h>
#include <linux/fuse.h>

/* The requests a read-only file system can get; others are shown by number. */
static const char *const kind_names[REQUEST_KINDS] = {
    [FUSE_LOOKUP] = "LOOKUP",
    [FUSE_FORGET] = "FORGET",
    [FUSE_GETATTR] = "GETATTR",
    [FUSE_READLINK] = "READLINK",
    [FUSE_OPEN] = "OPEN",
    [FUSE_READ] = "READ",
    [FUSE_STATFS] = "STATFS",
    [FUSE_RELEASE] = "RELEASE",
    [FUSE_FSYNC] = "FSYNC",
    [FUSE_GETXATTR] = "GETXATTR",
    [FUSE_LISTXATTR] = "LISTXATTR",
    [FUSE_FLUSH] = "FLUSH",
    [FUSE_INIT] = "INIT",
    [FUSE_OPENDIR] = "OPENDIR",
    [FUSE_READDIR] = "READDIR",
    [FUSE_RELEASEDIR] = "RELEASEDIR",
    [FUSE_ACCESS] = "ACCESS",
    [FUSE_INTERRUPT] = "INTERRUPT",
    [FUSE_DESTROY] = "DESTROY",
    [FUSE_IOCTL] = "IOCTL",
    [FUSE_POLL] = "POLL",
    [FUSE_BATCH_FORGET] = "BATCH_FORGET",
    [FUSE_READDIRPLUS] = "READDIRPLUS",
    [FUSE_LSEEK] = "LSEEK",
};

void request_counts_add(RequestCounts *counts, uint32_t opcode)
{
    uint32_t kind = MIN(opcode, REQUEST_KINDS - 1);
    atomic_fetch_add_explicit(&counts->of[kind], 1, memory_order_relaxed);
}

char *request_counts_text(RequestCounts *counts)
{
    GString *text = g_string_new(NULL);
    for (uint32_t kind = 0; kind < REQUEST_KINDS; kind++) {
        uint64_t count = atomic_load_explicit(&counts->of[kind], memory_order_relaxed);
        if (count == 0)
            continue;
        if (text->len > 0)
            g_string_append(text, ", ");
        if (kind_names[kind])
            g_string_append(text, kind_names[kind]);
        else
            g_string_append_printf(text, "opcode-%u", kind);
        g_string_append_printf(text, " %" G_GUINT64_FORMAT, count);
    }
    return g_string_free(text, FALSE);
}
