#include "digest.h"

#include <openssl/evp.h>

/* A failure here is no memory or a broken libcrypto: nothing can be stored or verified, so the program ends. */
#define MUST(call)                                                                                                     \
    do {                                                                                                               \
        if ((call) != 1)                                                                                               \
            g_error("libcrypto cannot compute SHA-256");                                                               \
    } while (0)

struct Digest {
    EVP_MD_CTX *context;
};

static const EVP_MD *sha256(void)
{
    static const EVP_MD *algorithm; /* fetched once: a fetch per digest costs more than hashing a small message */
    if (g_once_init_enter(&algorithm)) {
        const EVP_MD *fetched = EVP_MD_fetch(NULL, "SHA256", NULL);
        g_once_init_leave(&algorithm, fetched);
    }
    return algorithm;
}

Digest *digest_new(void)
{
    Digest *digest = g_new0(Digest, 1);
    digest->context = EVP_MD_CTX_new();
    MUST(EVP_DigestInit_ex(digest->context, sha256(), NULL));
    return digest;
}

void digest_update(Digest *digest, const void *data, size_t length)
{
    MUST(EVP_DigestUpdate(digest->context, data, length));
}

void digest_finish(Digest *digest, ContentId *id)
{
    MUST(EVP_DigestFinal_ex(digest->context, id->bytes, NULL));
    MUST(EVP_DigestInit_ex(digest->context, sha256(), NULL));
}

void digest_free(Digest *digest)
{
    if (!digest)
        return;
    EVP_MD_CTX_free(digest->context);
    g_free(digest);
}

void digest_of(const void *data, size_t length, ContentId *id)
{
    MUST(EVP_Digest(data, length, id->bytes, NULL, sha256(), NULL));
}
