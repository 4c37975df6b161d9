/* A change or a row that names what is not there, or adds what is: the journal and the catalog are not of one piece. */
#ifndef MB_CATALOG_MISFIT_H
#define MB_CATALOG_MISFIT_H

#include <stdbool.h>

#include "catalog_env.h"

/* Both return false with MB_ERROR_CORRUPT; the second only when the answer is CATALOG_ABSENT, which tells `what`. It
 * passes CATALOG_FAILED on as false, CATALOG_FOUND as true. */
bool catalog_misfit(GError **error, const char *what);
bool catalog_fits(CatalogAnswer answer, const char *what, GError **error);

#endif
