/* Certificates made on the spot, good and bad. */
#ifndef MB_TEST_THROWAWAY_CERTIFICATE_H
#define MB_TEST_THROWAWAY_CERTIFICATE_H

#include <openssl/x509.h>

typedef struct {
    X509 *certificate;
    EVP_PKEY *key;
} Identity;

typedef struct {
    const char *names; /* subjectAltName as OpenSSL writes it: "DNS:localhost,IP:127.0.0.1" */
    int first_day;     /* relative to today */
    int last_day;
    const Identity *issuer; /* NULL: itself */
} IdentitySpec;

/* Of this machine, valid today, signed by itself. */
extern const IdentitySpec identity_good_spec;

Identity identity_new(const IdentitySpec *spec);
void identity_clear(Identity *identity);
/* Writes the certificate as PEM into a fresh directory. The path is for identity_forget_file(), which removes both. */
char *identity_save(const Identity *identity);
void identity_forget_file(char *path);

#endif
