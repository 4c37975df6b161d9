/* Runs a fuzz target without libFuzzer: every file below the paths given, and simple mutations of each, from a fixed
 * seed. So fuzz targets are built and exercised everywhere and never rot. */
#include <glib.h>
#include <glib/gstdio.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MUTATIONS_PER_FILE 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mutate(GRand *rand, uint8_t *data, size_t size)
{
    int changes = g_rand_int_range(rand, 1, 8);
    for (int i = 0; i < changes && size > 0; i++) {
        size_t at = (size_t)g_rand_int_range(rand, 0, (gint32)size);
        if (g_rand_boolean(rand))
            data[at] ^= (uint8_t)(1u << g_rand_int_range(rand, 0, 8));
        else
            data[at] = (uint8_t)g_rand_int_range(rand, 0, 256);
    }
}

static void run_bytes(const uint8_t *data, size_t size)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(4711);
    LLVMFuzzerTestOneInput(data, size);
    for (int i = 0; i < MUTATIONS_PER_FILE && size > 0; i++) {
        size_t length = (size_t)g_rand_int_range(rand, 1, (gint32)size + 1);
        g_autofree uint8_t *copy = g_memdup2(data, length);
        mutate(rand, copy, length);
        LLVMFuzzerTestOneInput(copy, length);
    }
}

static int run_path(const char *path)
{
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    int files = 0;
    for (const char *name; directory && (name = g_dir_read_name(directory));) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        files += run_path(child);
    }
    g_autofree char *data = NULL;
    gsize size = 0;
    if (directory || !g_file_get_contents(path, &data, &size, NULL))
        return files;
    run_bytes((const uint8_t *)data, size);
    return 1;
}

int main(int argc, char **argv)
{
    int files = 0;
    for (int i = 1; i < argc; i++)
        files += run_path(argv[i]);
    printf("%d files\n", files);
    return files > 0 ? 0 : 1;
}
