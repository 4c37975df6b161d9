#include "certificate_error.h"

#include <openssl/asn1.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "error.h"
#include "text.h"

enum { NAMES_SHOWN = 5 };

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GENERAL_NAMES, GENERAL_NAMES_free)

/* The text of an outside string, harmless; NULL when there is none. */
static char *text_of(const ASN1_STRING *string)
{
    int length = string ? ASN1_STRING_length(string) : 0;
    return length > 0 ? text_escape((const char *)ASN1_STRING_get0_data(string), (size_t)length) : NULL;
}

static char *text_of_address(const ASN1_OCTET_STRING *address)
{
    int length = ASN1_STRING_length(address);
    if (length != 4 && length != 16)
        return NULL;
    g_autoptr(GInetAddress) inet = g_inet_address_new_from_bytes(
        ASN1_STRING_get0_data(address), length == 4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);
    return g_inet_address_to_string(inet);
}

static void add_alternative_names(GPtrArray *names, X509 *leaf)
{
    g_autoptr(GENERAL_NAMES) found = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; found && i < sk_GENERAL_NAME_num(found); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(found, i);
        char *text = NULL;
        if (name->type == GEN_DNS)
            text = text_of(name->d.dNSName);
        else if (name->type == GEN_IPADD)
            text = text_of_address(name->d.iPAddress);
        if (text)
            g_ptr_array_add(names, text);
    }
}

static void add_common_name(GPtrArray *names, X509 *leaf)
{
    X509_NAME *subject = X509_get_subject_name(leaf);
    int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    char *text = index >= 0 ? text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index))) : NULL;
    if (text)
        g_ptr_array_add(names, text);
}

static GPtrArray *names_of(X509 *leaf)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    if (leaf)
        add_alternative_names(names, leaf);
    if (leaf && names->len == 0)
        add_common_name(names, leaf);
    return names;
}

static char *joined(const GPtrArray *names)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < names->len && i < NAMES_SHOWN; i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "", (const char *)names->pdata[i]);
    if (names->len > NAMES_SHOWN)
        g_string_append_printf(text, " and %u more", names->len - NAMES_SHOWN);
    return g_string_free(text, FALSE);
}

static bool set_wrong_name(GError **error, const Endpoint *endpoint, X509 *leaf)
{
    g_autoptr(GPtrArray) names = names_of(leaf);
    if (names->len == 0)
        return mb_error_set(error, MB_ERROR_CERTIFICATE, "%s:%u: certificate names no host, so not %s either",
                            endpoint->host, endpoint->port, endpoint->host);
    g_autofree char *list = joined(names);
    const char *first = names->pdata[0];
    if (strchr(first, '*'))
        return mb_error_set(error, MB_ERROR_CERTIFICATE, "%s:%u: certificate is for %s, not %s", endpoint->host,
                            endpoint->port, list, endpoint->host);
    return mb_error_set(error, MB_ERROR_CERTIFICATE,
                        "%s:%u: certificate is for %s, not %s; if that is the right server: "
                        "mailbackup add --host %s ACCOUNT",
                        endpoint->host, endpoint->port, list, endpoint->host, first);
}

static char *date_of(const ASN1_TIME *time)
{
    struct tm parts;
    if (!time || !ASN1_TIME_to_tm(time, &parts))
        return g_strdup("an unknown date");
    return g_strdup_printf("%04d-%02d-%02d", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

static bool set_bad_date(GError **error, const Endpoint *endpoint, bool expired, X509 *at_fault)
{
    const ASN1_TIME *time = !at_fault ? NULL : expired ? X509_get0_notAfter(at_fault) : X509_get0_notBefore(at_fault);
    g_autofree char *date = date_of(time);
    return mb_error_set(error, MB_ERROR_CERTIFICATE,
                        expired ? "%s:%u: certificate expired on %s; the server's operator must renew it "
                                  "(or is this machine's clock wrong?)"
                                : "%s:%u: certificate is not valid before %s; is this machine's clock right?",
                        endpoint->host, endpoint->port, date);
}

static bool set_untrusted(GError **error, const Endpoint *endpoint, const char *what)
{
    return mb_error_set(error, MB_ERROR_CERTIFICATE,
                        "%s:%u: certificate of %s:%u %s; if you trust it, save it and give --ca-file FILE",
                        endpoint->host, endpoint->port, endpoint->host, endpoint->port, what);
}

static bool set_unknown_issuer(GError **error, const Endpoint *endpoint, X509 *leaf)
{
    char *line = leaf ? X509_NAME_oneline(X509_get_issuer_name(leaf), NULL, 0) : NULL;
    g_autofree char *issuer = line ? text_escape(line, strlen(line)) : g_strdup("?");
    OPENSSL_free(line);
    g_autofree char *what = g_strdup_printf("is signed by %s, which is not known here", issuer);
    return set_untrusted(error, endpoint, what);
}

bool certificate_error_set(GError **error, const Endpoint *endpoint, int verify_error, X509 *leaf, X509 *at_fault)
{
    switch (verify_error) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return set_untrusted(error, endpoint, "is self-signed");
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return set_wrong_name(error, endpoint, leaf);
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return set_bad_date(error, endpoint, true, at_fault);
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return set_bad_date(error, endpoint, false, at_fault);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return set_unknown_issuer(error, endpoint, leaf);
    default:
        return mb_error_set(error, MB_ERROR_CERTIFICATE, "%s:%u: certificate refused: %s", endpoint->host,
                            endpoint->port, X509_verify_cert_error_string(verify_error));
    }
}
