#include "scram_key.h"

#include <glib.h>
#include <string.h>

#include "password_key.h"
#include "sasl_library.h"

/* Twice as many digits as bytes, and a NUL. */
typedef char HexKey[2 * PASSWORD_KEY_SIZE_AT_MOST + 1];

static void to_hex(const uint8_t *key, size_t size, HexKey text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[key[i] >> 4];
        text[2 * i + 1] = digits[key[i] & 15];
    }
    text[2 * size] = '\0';
}

/* Salt and iterations are what the server said, checked by the library. */
static bool compute(const SaslLibrary *sasl, Gsasl_session *session, const char *prepared, HexKey text)
{
    const char *encoded = sasl->property_fast(session, GSASL_SCRAM_SALT);
    const char *count = sasl->property_fast(session, GSASL_SCRAM_ITER);
    if (!encoded || !count)
        return false;
    PasswordKeyHash hash =
        g_str_has_prefix(sasl->mechanism_name(session), "SCRAM-SHA-1") ? PASSWORD_KEY_SHA1 : PASSWORD_KEY_SHA256;
    uint8_t key[PASSWORD_KEY_SIZE_AT_MOST];
    gsize salt_length;
    g_autofree guchar *salt = g_base64_decode(encoded, &salt_length);
    bool done = password_key(hash, prepared, salt, salt_length, (unsigned)g_ascii_strtoull(count, NULL, 10), key);
    if (done)
        to_hex(key, password_key_size(hash), text);
    explicit_bzero(key, sizeof key);
    return done;
}

static int set_key(const SaslLibrary *sasl, Gsasl_session *session)
{
    char *prepared = NULL;
    const char *password = sasl->property_fast(session, GSASL_PASSWORD);
    if (!password || sasl->saslprep(password, 0, &prepared, NULL) != GSASL_OK)
        return GSASL_NO_CALLBACK;
    HexKey text;
    int result = compute(sasl, session, prepared, text) ? sasl->property_set(session, GSASL_SCRAM_SALTED_PASSWORD, text)
                                                        : GSASL_NO_CALLBACK;
    explicit_bzero(text, sizeof text);
    explicit_bzero(prepared, strlen(prepared));
    sasl->free(prepared);
    return result;
}

int scram_key_callback(Gsasl *library G_GNUC_UNUSED, Gsasl_session *session, Gsasl_property property)
{
    return property == GSASL_SCRAM_SALTED_PASSWORD ? set_key(sasl_library(NULL), session) : GSASL_NO_CALLBACK;
}
