#include "tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/socket.h>

#include "certificate_error.h"
#include "client_identity.h"
#include "error.h"
#include "pin.h"

#define READ_BUFFER_BYTES ((size_t)128 << 10)

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SSL_CTX, SSL_CTX_free)

struct Tls {
    SSL *ssl;
    int fd; /* borrowed */
    BIO_METHOD *socket_method;
    uint8_t *input; /* READ_BUFFER_BYTES: what arrived, several records at a time */
    size_t arrived; /* bytes of it */
    size_t taken;   /* of those, by OpenSSL */
    bool emptied;   /* nothing more was there when they arrived */
    const Endpoint *endpoint;
    X509 *leaf;     /* kept when verification fails, for the message */
    X509 *at_fault; /* likewise */
};

void tls_leave_all_at_exit(void)
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
}

/* A BIO over the socket that sends with MSG_NOSIGNAL (OpenSSL's own uses write(), which raises SIGPIPE) and reads
 * ahead: OpenSSL asks for a record's header and then for its body. What OpenSSL reads ahead itself it moves to the
 * front of its buffer with each record. */

static int socket_result(BIO *bio, ssize_t moved, int retry_flag)
{
    BIO_clear_retry_flags(bio);
    if (moved < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_flags(bio, retry_flag | BIO_FLAGS_SHOULD_RETRY);
    return (int)moved;
}

static int socket_write(BIO *bio, const char *data, int length)
{
    const Tls *tls = BIO_get_data(bio);
    return socket_result(bio, send(tls->fd, data, (size_t)length, MSG_NOSIGNAL), BIO_FLAGS_WRITE);
}

/* As recv(). A read that did not fill the buffer took all there was: the next one is put off until somebody waited. */
static ssize_t fill_input(Tls *tls)
{
    bool put_off = tls->emptied;
    tls->emptied = false;
    if (put_off) {
        errno = EAGAIN;
        return -1;
    }
    ssize_t got = recv(tls->fd, tls->input, READ_BUFFER_BYTES, 0);
    tls->arrived = (size_t)MAX(got, 0);
    tls->taken = 0;
    tls->emptied = got > 0 && tls->arrived < READ_BUFFER_BYTES;
    return got;
}

static int socket_read(BIO *bio, char *data, int size)
{
    Tls *tls = BIO_get_data(bio);
    ssize_t got = tls->taken < tls->arrived ? 1 : fill_input(tls);
    if (got == 0)
        BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    if (got <= 0)
        return socket_result(bio, got, BIO_FLAGS_READ);
    size_t length = MIN((size_t)size, tls->arrived - tls->taken);
    memcpy(data, tls->input + tls->taken, length);
    tls->taken += length;
    return socket_result(bio, (ssize_t)length, BIO_FLAGS_READ);
}

static long socket_control(BIO *bio, int command, long number G_GNUC_UNUSED, void *pointer G_GNUC_UNUSED)
{
    if (command == BIO_CTRL_EOF)
        return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
    return command == BIO_CTRL_FLUSH;
}

static bool attach_socket(Tls *tls)
{
    tls->socket_method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE");
    if (!tls->socket_method)
        return false;
    BIO_meth_set_write(tls->socket_method, socket_write);
    BIO_meth_set_read(tls->socket_method, socket_read);
    BIO_meth_set_ctrl(tls->socket_method, socket_control);
    BIO *bio = BIO_new(tls->socket_method);
    if (!bio)
        return false;
    BIO_set_data(bio, tls);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls->ssl, bio, bio);
    return true;
}

static bool set_openssl_error(GError **error, MbError code, const char *what)
{
    unsigned long number = ERR_peek_last_error();
    const char *reason = number ? ERR_reason_error_string(number) : NULL;
    ERR_clear_error();
    return mb_error_set(error, code, "%s: %s", what, reason ? reason : "unknown reason");
}

static bool load_trust(SSL_CTX *context, const char *ca_file, GError **error)
{
    if (!ca_file) {
        if (SSL_CTX_set_default_verify_paths(context) == 1)
            return true;
        return set_openssl_error(error, MB_ERROR_CERTIFICATE, "cannot load the system's certificates");
    }
    if (SSL_CTX_load_verify_file(context, ca_file) != 1) {
        g_autofree char *what = g_strdup_printf("cannot read certificates from %s", ca_file);
        return set_openssl_error(error, MB_ERROR_CERTIFICATE, what);
    }
    /* Who names a server's own certificate trusts that one, whoever signed it. */
    return X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN) == 1;
}

static int keep_refused_certificate(int verified, X509_STORE_CTX *store)
{
    if (verified)
        return 1;
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    Tls *tls = SSL_get_app_data(ssl);
    X509 *leaf = X509_STORE_CTX_get0_cert(store);
    X509 *at_fault = X509_STORE_CTX_get_current_cert(store);
    if (!tls->leaf && leaf && X509_up_ref(leaf))
        tls->leaf = leaf;
    if (!tls->at_fault && at_fault && X509_up_ref(at_fault))
        tls->at_fault = at_fault;
    return 0;
}

/* SNI is for names only (RFC 6066 3). */
static bool expect_host(SSL *ssl, const char *host)
{
    X509_VERIFY_PARAM *parameters = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (g_hostname_is_ip_address(host))
        return X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1;
    g_autofree char *ascii = g_hostname_to_ascii(host);
    return ascii && SSL_set1_host(ssl, ascii) == 1 && SSL_set_tlsext_host_name(ssl, ascii) == 1;
}

static SSL_CTX *context_new(const Endpoint *endpoint, GError **error)
{
    g_autoptr(SSL_CTX) context = SSL_CTX_new(TLS_client_method());
    if (!context || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
        set_openssl_error(error, MB_ERROR_SYSTEM, "cannot set up TLS");
        return NULL;
    }
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    if (!load_trust(context, endpoint->ca_file, error) || !client_identity_load(context, endpoint, error))
        return NULL;
    return g_steal_pointer(&context);
}

Tls *tls_new(int fd, const Endpoint *endpoint, GError **error)
{
    g_autoptr(SSL_CTX) context = context_new(endpoint, error);
    if (!context)
        return NULL;
    g_autoptr(Tls) tls = g_new0(Tls, 1);
    tls->fd = fd;
    tls->endpoint = endpoint;
    tls->input = g_malloc(READ_BUFFER_BYTES);
    tls->ssl = SSL_new(context);
    if (!tls->ssl || !attach_socket(tls) || !expect_host(tls->ssl, endpoint->host)) {
        set_openssl_error(error, MB_ERROR_SYSTEM, "cannot set up TLS");
        return NULL;
    }
    SSL_set_app_data(tls->ssl, tls);
    SSL_set_verify(tls->ssl, SSL_VERIFY_PEER, keep_refused_certificate);
    SSL_set_connect_state(tls->ssl);
    return g_steal_pointer(&tls);
}

void tls_free(Tls *tls)
{
    if (!tls)
        return;
    if (tls->ssl && SSL_is_init_finished(tls->ssl))
        SSL_shutdown(tls->ssl); /* close_notify, as far as it goes without waiting */
    ERR_clear_error();
    SSL_free(tls->ssl);
    BIO_meth_free(tls->socket_method);
    X509_free(tls->leaf);
    X509_free(tls->at_fault);
    g_free(tls->input);
    g_free(tls);
}

static void set_handshake_error(const Tls *tls, GError **error)
{
    const Endpoint *endpoint = tls->endpoint;
    long verify_error = SSL_get_verify_result(tls->ssl);
    int reason = ERR_GET_REASON(ERR_peek_error());
    if (verify_error != X509_V_OK) {
        certificate_error_set(error, endpoint, (int)verify_error, tls->leaf, tls->at_fault);
    } else if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_PACKET_LENGTH_TOO_LONG) {
        mb_error_set(error, MB_ERROR_CONNECT,
                     "%s:%u speaks no TLS there; the usual port for TLS is 993, or give --tls starttls", endpoint->host,
                     endpoint->port);
    } else if (reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION) {
        mb_error_set(error, MB_ERROR_CERTIFICATE,
                     "%s:%u offers only TLS older than version 1.2, which is not safe; its operator must update it",
                     endpoint->host, endpoint->port);
    } else {
        g_autofree char *what = g_strdup_printf("%s:%u: TLS handshake failed", endpoint->host, endpoint->port);
        set_openssl_error(error, MB_ERROR_CERTIFICATE, what);
    }
    ERR_clear_error();
}

static void set_stream_error(const Tls *tls, int system_error, GError **error)
{
    g_autofree char *what = g_strdup_printf("%s:%u: connection lost", tls->endpoint->host, tls->endpoint->port);
    if (system_error)
        mb_error_set(error, MB_ERROR_AGAIN, "%s: %s", what, g_strerror(system_error));
    else
        set_openssl_error(error, MB_ERROR_AGAIN, what);
}

/* What the result of an SSL_ call means; IO_FAILED leaves OpenSSL's error queue to the caller. */
static IoStatus status_of(const Tls *tls, int result)
{
    switch (SSL_get_error(tls->ssl, result)) {
    case SSL_ERROR_NONE:
        return IO_DONE;
    case SSL_ERROR_WANT_READ:
        return IO_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
        return IO_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return IO_CLOSED;
    case SSL_ERROR_SSL:
        return ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING ? IO_CUT : IO_FAILED;
    default:
        return IO_FAILED;
    }
}

/* The chain and the name are right; the key may have to be a certain one too. */
static IoStatus check_pins(const Tls *tls, GError **error)
{
    X509 *leaf = SSL_get0_peer_certificate(tls->ssl);
    return !tls->endpoint->pins || pin_check(leaf, tls->endpoint, error) ? IO_DONE : IO_FAILED;
}

IoStatus tls_handshake(Tls *tls, GError **error)
{
    ERR_clear_error();
    errno = 0;
    int result = SSL_do_handshake(tls->ssl);
    int system_error = errno;
    IoStatus status = status_of(tls, result);
    if (status == IO_DONE)
        return check_pins(tls, error);
    if (status == IO_FAILED && ERR_peek_error())
        set_handshake_error(tls, error);
    else if (status == IO_FAILED)
        set_stream_error(tls, system_error, error);
    return status;
}

size_t tls_channel_binding(const Tls *tls, uint8_t *bytes, size_t size, bool *is_exporter)
{
    static const char label[] = "EXPORTER-Channel-Binding";
    enum { EXPORTED = 32 };
    *is_exporter = SSL_version(tls->ssl) >= TLS1_3_VERSION;
    if (!*is_exporter)
        return SSL_get_extms_support(tls->ssl) == 1 ? MIN(SSL_get_finished(tls->ssl, bytes, size), size) : 0;
    bool exported = size >= EXPORTED && SSL_export_keying_material(tls->ssl, bytes, EXPORTED, label, strlen(label),
                                                                   (const uint8_t *)"", 0, 1) == 1;
    ERR_clear_error();
    return exported ? EXPORTED : 0;
}

static IoStatus stream_status(const Tls *tls, int result, int system_error, GError **error)
{
    IoStatus status = status_of(tls, result);
    if (status == IO_FAILED)
        set_stream_error(tls, ERR_peek_error() ? 0 : system_error, error);
    return status;
}

IoStatus tls_read(Tls *tls, void *data, size_t size, size_t *got, GError **error)
{
    ERR_clear_error();
    errno = 0;
    int result = SSL_read_ex(tls->ssl, data, size, got);
    return stream_status(tls, result, errno, error);
}

IoStatus tls_write(Tls *tls, const void *data, size_t length, size_t *sent, GError **error)
{
    ERR_clear_error();
    errno = 0;
    int result = SSL_write_ex(tls->ssl, data, length, sent);
    return stream_status(tls, result, errno, error);
}
