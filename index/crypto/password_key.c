#include "password_key.h"

#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

static const EVP_MD *algorithm(PasswordKeyHash hash)
{
    return hash == PASSWORD_KEY_SHA1 ? EVP_sha1() : EVP_sha256();
}

size_t password_key_size(PasswordKeyHash hash)
{
    return (size_t)EVP_MD_get_size(algorithm(hash));
}

bool password_key(PasswordKeyHash hash, const char *password, const uint8_t *salt, size_t salt_length,
                  unsigned iterations, uint8_t *key)
{
    size_t length = strlen(password);
    return iterations > 0 && iterations <= INT_MAX && length <= INT_MAX && salt_length <= INT_MAX &&
           PKCS5_PBKDF2_HMAC(password, (int)length, salt, (int)salt_length, (int)iterations, algorithm(hash),
                             (int)password_key_size(hash), key) == 1;
}
