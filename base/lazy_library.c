#include "lazy_library.h"

#include <dlfcn.h>
#include <string.h>

#include "error.h"

static bool is_there(const void *found, const char *what, GError **error)
{
    return found || mb_error_set(error, MB_ERROR_SYSTEM, "cannot load %s: %s", what, dlerror());
}

bool lazy_library_load(const char *what, const char *file, const LazyFunction *functions, size_t count, GError **error)
{
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!is_there(library, what, error))
        return false;
    for (size_t i = 0; i < count; i++) {
        void *function = dlsym(library, functions[i].name);
        if (!is_there(function, what, error))
            return false;
        memcpy(functions[i].place, &function, sizeof function);
    }
    return true;
}
