/* A shared library that is loaded when it is needed: it brings others with it, and to load them takes milliseconds that
 * who does not need it, or who has nothing else to do a little later, does without. */
#ifndef MB_LAZY_LIBRARY_H
#define MB_LAZY_LIBRARY_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char *name;
    void *place; /* of a pointer to the function */
} LazyFunction;

/* Loads `file`, a name with its version ("libz.so.1") or a path, for the life of the process, and finds the functions.
 * MB_ERROR_SYSTEM when it or one of them is not there; `what` is its name for people. Any thread. */
bool lazy_library_load(const char *what, const char *file, const LazyFunction *functions, size_t count, GError **error);

#endif
