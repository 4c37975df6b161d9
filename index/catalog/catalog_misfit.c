#include "catalog_misfit.h"

#include "error.h"

bool catalog_misfit(GError **error, const char *what)
{
    return mb_error_set(error, MB_ERROR_CORRUPT, "index and journal disagree: %s", what);
}

bool catalog_fits(CatalogAnswer answer, const char *what, GError **error)
{
    if (answer == CATALOG_ABSENT)
        return catalog_misfit(error, what);
    return answer == CATALOG_FOUND;
}
