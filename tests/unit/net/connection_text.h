/* What a peer says over a connection. */
#ifndef MB_TEST_CONNECTION_TEXT_H
#define MB_TEST_CONNECTION_TEXT_H

#include "connection.h"

/* Reads until the error that ends the stream. Caller frees. */
char *connection_read_to_end(Connection *connection, GError **error);

#endif
