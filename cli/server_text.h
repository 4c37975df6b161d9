/* What a server says of itself, in words. */
#ifndef MB_SERVER_TEXT_H
#define MB_SERVER_TEXT_H

#include "mirror.h"

/* "Dovecot, 1.2 GB of 5.0 GB taken"; NULL when it says nothing. Caller frees. */
char *server_text(const MirrorServer *server);

#endif
