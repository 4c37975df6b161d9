#include "imap_uid_set.h"

#include <glib.h>

#define LONGEST_RANGE_BYTES 22 /* ",4294967294:4294967295" */

/* How many UIDs from `start` on follow each other without a gap, `most` at most. */
static size_t run_length(const uint32_t *uids, size_t count, size_t start, size_t most)
{
    size_t run = 1;
    while (run < most && start + run < count && uids[start + run] == uids[start] + run)
        run++;
    return run;
}

char *imap_uid_set_chunk(const uint32_t *uids, size_t count, size_t *next, size_t max_uids, size_t max_bytes)
{
    if (*next >= count)
        return NULL;
    GString *set = g_string_new(NULL);
    size_t left = MAX(max_uids, 1);
    while (*next < count && left > 0 && (set->len == 0 || set->len + LONGEST_RANGE_BYTES <= max_bytes)) {
        size_t run = run_length(uids, count, *next, left);
        uint32_t first = uids[*next];
        g_string_append_printf(set, "%s%" G_GUINT32_FORMAT, set->len ? "," : "", first);
        if (run > 1)
            g_string_append_printf(set, ":%" G_GUINT32_FORMAT, uids[*next + run - 1]);
        *next += run;
        left -= run;
    }
    return g_string_free(set, FALSE);
}
