#include <glib.h>
#include <string.h>

#include "error.h"
#include "lazy_library.h"

static void test_finds_functions(void)
{
    double (*cosine)(double) = NULL;
    g_autoptr(GError) error = NULL;
    const LazyFunction functions[] = {{"cos", &cosine}};
    g_assert_true(lazy_library_load("libm", "libm.so.6", functions, 1, &error));
    g_assert_no_error(error);
    g_assert_cmpfloat(cosine(0), ==, 1);
}

static void assert_refused(const char *file, const char *function, const char *told)
{
    void *place = NULL;
    g_autoptr(GError) error = NULL;
    const LazyFunction functions[] = {{function, &place}};
    g_assert_false(lazy_library_load("libm", file, functions, 1, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_SYSTEM);
    g_assert_true(g_str_has_prefix(error->message, "cannot load libm: "));
    g_assert_nonnull(strstr(error->message, told));
    g_assert_null(place);
}

static void test_tells_what_is_missing(void)
{
    assert_refused("libnobodyhas.so.1", "cos", "libnobodyhas.so.1");
    assert_refused("libm.so.6", "no_such_function", "no_such_function");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lazy-library/finds-functions", test_finds_functions);
    g_test_add_func("/lazy-library/tells-what-is-missing", test_tells_what_is_missing);
    return g_test_run();
}
