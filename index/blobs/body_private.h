/* What a message is put together from. */
#ifndef MB_BODY_PRIVATE_H
#define MB_BODY_PRIVATE_H

#include <glib.h>

#include "body.h"

/* Appends the ids of the parts that the message needs to a GArray of ContentId, in order. */
void body_add_parts(const Body *body, GArray *ids);

#endif
