#include "client_identity.h"

#include <errno.h>
#include <openssl/err.h>
#include <sys/stat.h>

#include "error.h"

static bool check_private(const char *path, GError **error)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return mb_error_errno(error, errno, "cannot look at client key %s", path);
    if (status.st_mode & (S_IRWXG | S_IRWXO))
        return mb_error_set(error, MB_ERROR_INSECURE, "client key %s is open to others; run: chmod 600 %s", path, path);
    return true;
}

/* Without it OpenSSL asks on the terminal. */
static int refuse_passphrase(char *buffer G_GNUC_UNUSED, int size G_GNUC_UNUSED, int writing G_GNUC_UNUSED,
                             void *user G_GNUC_UNUSED)
{
    return -1;
}

static bool set_load_error(const char *what, const char *path, GError **error)
{
    unsigned long number = ERR_peek_last_error();
    const char *reason = number ? ERR_reason_error_string(number) : NULL;
    mb_error_set(error, MB_ERROR_INVALID, "cannot use %s %s: %s (it must be PEM and without a passphrase)", what, path,
                 reason ? reason : "unknown reason");
    ERR_clear_error();
    return false;
}

bool client_identity_load(SSL_CTX *context, const Endpoint *endpoint, GError **error)
{
    const char *certificate = endpoint->client_certificate;
    const char *key = endpoint->client_key ? endpoint->client_key : certificate;
    if (!certificate)
        return true;
    if (!check_private(key, error))
        return false;
    SSL_CTX_set_default_passwd_cb(context, refuse_passphrase);
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
        return set_load_error("client certificate", certificate, error);
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        return set_load_error("client key", key, error);
    return true;
}
