#include "pin.h"

#include <openssl/evp.h>

#include "error.h"

static char *pin_of(const X509 *certificate)
{
    unsigned char *key = NULL;
    int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key);
    unsigned char digest[32];
    bool hashed = length > 0 && EVP_Digest(key, (size_t)length, digest, NULL, EVP_sha256(), NULL) == 1;
    OPENSSL_free(key);
    if (!hashed)
        return NULL;
    g_autofree char *text = g_base64_encode(digest, sizeof digest);
    return g_strconcat("sha256//", text, NULL);
}

bool pin_check(const X509 *leaf, const Endpoint *endpoint, GError **error)
{
    g_autofree char *pin = leaf ? pin_of(leaf) : NULL;
    g_auto(GStrv) pins = g_strsplit(endpoint->pins, ",", -1);
    if (pin && g_strv_contains((const char *const *)pins, pin))
        return true;
    return mb_error_set(
        error, MB_ERROR_CERTIFICATE,
        "%s:%u: the server's key is %s, which is not pinned; nothing was sent. Ask its operator whether "
        "the key has changed; if so: mailbackup add --pin %s ACCOUNT",
        endpoint->host, endpoint->port, pin ? pin : "unknown", pin ? pin : "PIN");
}
