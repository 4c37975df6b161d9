/* A journal from any bytes is carried out on an empty catalog, or refused; either way what was done is taken back. */
#include <glib/gstdio.h>

#include "recover.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void remove_directory(const char *directory)
{
    static const char *const names[] = {"data.mdb", "lock.mdb", "verified"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(directory, names[i], NULL);
        g_unlink(path);
    }
    g_rmdir(directory);
}

/* Its files have no names any more, so that nothing is left however this ends. */
static CatalogEnv *empty_catalog(void)
{
    static CatalogEnv *catalog;
    if (!catalog) {
        g_autofree char *directory = g_dir_make_tmp("fuzz-journal-XXXXXX", NULL);
        catalog = catalog_env_build(directory, NULL);
        remove_directory(directory);
    }
    return catalog;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CatalogTxn *txn = catalog_write_begin(empty_catalog(), NULL);
    CatalogPosition position = {0};
    g_autoptr(GError) error = NULL;
    bool done = recover_journal(txn, data, size, &position, &error);
    g_assert_true(done == !error);
    g_assert_true(!done || position.sequence == 1);
    catalog_write_abort(txn);
    return 0;
}
