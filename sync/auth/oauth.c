#include "oauth.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "error.h"
#include "text.h"

#define KVSEP "\x01"

enum { LONGEST_FAILURE = 2048 }; /* of JSON, whose parser is recursive */

static bool is_printable(const char *text)
{
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return false;
    return *text != '\0';
}

/* A user name in a GS2 header (RFC 5801 4). */
static void append_saslname(GString *message, const char *name)
{
    for (const char *at = name; *at; at++) {
        if (*at == ',')
            g_string_append(message, "=2C");
        else if (*at == '=')
            g_string_append(message, "=3D");
        else
            g_string_append_c(message, *at);
    }
}

GString *oauth_message(const Credentials *credentials, bool bearer, GError **error)
{
    const char *token = secret_text(credentials->secret);
    if (!is_printable(token) || !is_printable(credentials->user)) {
        mb_error_set(error, MB_ERROR_INVALID, "a user name or an access token cannot hold control characters");
        return NULL;
    }
    /* Never grown: a grown string would leave the token behind in freed memory. */
    GString *message =
        g_string_sized_new(3 * strlen(credentials->user) + strlen(credentials->host) + strlen(token) + 64);
    if (bearer) {
        g_string_append(message, "n,a=");
        append_saslname(message, credentials->user);
        g_string_append_printf(message, "," KVSEP "host=%s" KVSEP "port=%u", credentials->host, credentials->port);
    } else {
        g_string_append_printf(message, "user=%s", credentials->user);
    }
    g_string_append(message, KVSEP "auth=Bearer ");
    g_string_append(message, token);
    g_string_append(message, KVSEP KVSEP);
    return message;
}

const char *oauth_dismissal(bool bearer)
{
    return bearer ? KVSEP : "";
}

static const char *member(JsonReader *reader, const char *name)
{
    const char *value = json_reader_read_member(reader, name) ? json_reader_get_string_value(reader) : NULL;
    json_reader_end_member(reader);
    return value;
}

/* {"status":"invalid_token","scope":"..."}; what is no JSON is shown as it is. */
char *oauth_failure(const void *challenge, size_t length)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    const char *status = NULL;
    g_autoptr(JsonReader) reader = NULL;
    if (length > 0 && length <= LONGEST_FAILURE &&
        json_parser_load_from_data(parser, challenge, (gssize)length, NULL)) {
        reader = json_reader_new(json_parser_get_root(parser));
        status = json_reader_is_object(reader) ? member(reader, "status") : NULL;
    }
    return status ? text_escape(status, strlen(status)) : text_escape(length ? challenge : "", MIN(length, 200));
}
