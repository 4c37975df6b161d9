#include "throwaway_certificate.h"

#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { SECONDS_PER_DAY = 24 * 60 * 60 };

const IdentitySpec identity_good_spec = {.names = "DNS:localhost,IP:127.0.0.1", .first_day = -1, .last_day = 30};

static void set_names(X509 *certificate, const char *names)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, NID_subject_alt_name, names);
    g_assert_nonnull(extension);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

Identity identity_new(const IdentitySpec *spec)
{
    static long serial;
    Identity identity = {.certificate = X509_new(), .key = EVP_EC_gen("P-256")};
    X509 *certificate = identity.certificate;
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    g_autofree char *subject = g_strdup_printf("throwaway %ld", serial);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, (unsigned char *)subject, -1, -1,
                               0);
    X509_gmtime_adj(X509_getm_notBefore(certificate), (long)spec->first_day * SECONDS_PER_DAY);
    X509_gmtime_adj(X509_getm_notAfter(certificate), (long)spec->last_day * SECONDS_PER_DAY);
    X509_set_pubkey(certificate, identity.key);
    set_names(certificate, spec->names);
    const Identity *issuer = spec->issuer ? spec->issuer : &identity;
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer->certificate));
    g_assert_cmpint(X509_sign(certificate, issuer->key, EVP_sha256()), >, 0);
    return identity;
}

void identity_clear(Identity *identity)
{
    X509_free(identity->certificate);
    EVP_PKEY_free(identity->key);
}

char *identity_save(const Identity *identity)
{
    g_autofree char *directory = g_dir_make_tmp("net-XXXXXX", NULL);
    char *path = g_build_filename(directory, "ca.pem", NULL);
    FILE *file = fopen(path, "w");
    g_assert_nonnull(file);
    PEM_write_X509(file, identity->certificate);
    fclose(file);
    return path;
}

void identity_forget_file(char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);
    g_unlink(path);
    g_rmdir(directory);
    g_free(path);
}
