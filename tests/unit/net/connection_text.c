#include "connection_text.h"

char *connection_read_to_end(Connection *connection, GError **error)
{
    GString *text = g_string_new(NULL);
    char buffer[64];
    Exchange exchange = {.receive = buffer, .receive_size = sizeof buffer};
    while (connection_exchange(connection, &exchange, error))
        g_string_append_len(text, buffer, (gssize)exchange.received);
    return g_string_free(text, FALSE);
}
