#include "endpoint.h"

void endpoint_copy(Endpoint *to, const Endpoint *from)
{
    *to = *from;
    to->host = g_strdup(from->host);
    to->ca_file = g_strdup(from->ca_file);
    to->pins = g_strdup(from->pins);
    to->client_certificate = g_strdup(from->client_certificate);
    to->client_key = g_strdup(from->client_key);
}

void endpoint_clear(Endpoint *endpoint)
{
    g_free((char *)endpoint->host);
    g_free((char *)endpoint->ca_file);
    g_free((char *)endpoint->pins);
    g_free((char *)endpoint->client_certificate);
    g_free((char *)endpoint->client_key);
}
