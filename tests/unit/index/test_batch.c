/* When a writer commits: what it has in memory stays small, however large the index has become. */
#include "batch.h"

#include <glib.h>

#define MIB ((uint64_t)1 << 20)
#define SECOND ((int64_t)G_USEC_PER_SEC)

static void test_small_batches_wait(void)
{
    Batch batch = {.plain_bytes = 255 * MIB, .journal_bytes = 4 * MIB - 1, .changes = 8000, .started_us = SECOND};
    g_assert_false(batch_is_large(&batch, 1000 * MIB));
    g_assert_false(batch_is_due(&batch, 1000 * MIB, 6 * SECOND - 1));
    g_assert_true(batch_is_due(&batch, 1000 * MIB, 6 * SECOND));
}

static void test_bytes(void)
{
    g_assert_true(batch_is_large(&(Batch){.plain_bytes = 256 * MIB}, 0));
    g_assert_true(batch_is_large(&(Batch){.journal_bytes = 4 * MIB}, 0));
}

/* A page of 4 KiB for each row, but no more than there are. */
static void test_pages_of_the_index(void)
{
    Batch changes = {.changes = 8192}, copies = {.changes = 192, .copies = 8000};
    g_assert_true(batch_is_large(&changes, 32 * MIB));
    g_assert_true(batch_is_large(&copies, 32 * MIB));
    g_assert_false(batch_is_large(&changes, 32 * MIB - 1));
    changes.changes--;
    g_assert_false(batch_is_large(&changes, 1000 * MIB));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/batch/small", test_small_batches_wait);
    g_test_add_func("/batch/bytes", test_bytes);
    g_test_add_func("/batch/index", test_pages_of_the_index);
    return g_test_run();
}
