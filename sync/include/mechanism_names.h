/* The ways to log in that a user may ask for: SASL mechanisms (RFC 4422). */
#ifndef MB_MECHANISM_NAMES_H
#define MB_MECHANISM_NAMES_H

#include <stdbool.h>

/* True for one of mechanism_names(); upper case only. */
bool mechanism_is_known(const char *name);

/* All of them, the strongest first, separated by ", ". A static string. */
const char *mechanism_names(void);

#endif
