/* An Endpoint with strings of its own. */
#ifndef MB_ENDPOINT_H
#define MB_ENDPOINT_H

#include "connection.h"

void endpoint_copy(Endpoint *to, const Endpoint *from);
void endpoint_clear(Endpoint *endpoint);

#endif
