#include "imap_login.h"

#include <string.h>

#include "error.h"
#include "imap_authenticate.h"
#include "mechanism.h"

/* What the steps of one login share. */
typedef struct {
    ImapClient *client;
    const AccountSettings *settings;
    const Secret *secret;
} Login;

/* Whoever listens on the way reads the mail, and whoever speaks on the way may be anybody. */
static bool check_plaintext(const Login *login, GError **error)
{
    const AccountSettings *settings = login->settings;
    if (connection_is_loopback(imap_client_connection(login->client)) ||
        g_strcmp0(settings->plaintext_to, settings->host) == 0)
        return true;
    return mb_error_set(error, MB_ERROR_CERTIFICATE,
                        "%s:%u is another machine, and without TLS everyone between could read password and mail; "
                        "nothing was sent. Use --tls implicit or starttls; if all between is safe, "
                        "--tls none --plaintext-to %s",
                        settings->host, settings->port, settings->host);
}

static bool check_greeting(const Login *login, GError **error)
{
    const AccountSettings *settings = login->settings;
    ImapEvent event;
    if (!imap_client_next(login->client, &event, error))
        return false;
    if (event.kind != IMAP_EVENT_GREETING)
        return mb_error_set(error, MB_ERROR_PROTOCOL, "%s:%u does not greet as an IMAP server does", settings->host,
                            settings->port);
    switch (event.condition.outcome) {
    case IMAP_OK:
        return true;
    case IMAP_BYE:
        return mb_error_set(error, MB_ERROR_AGAIN, "%s:%u: the server turns us away: %s", settings->host,
                            settings->port, event.condition.text);
    default:
        /* PREAUTH would keep us from STARTTLS, and says that the server knows whose mail this is without asking. */
        return mb_error_set(error, MB_ERROR_CERTIFICATE,
                            "%s:%u claims that we are logged in already (PREAUTH); this is not safe", settings->host,
                            settings->port);
    }
}

static bool start_tls(const Login *login, GError **error)
{
    const AccountSettings *settings = login->settings;
    ImapClient *client = login->client;
    ImapEvent event;
    if (!imap_client_run(client, imap_command_starttls(), &event, error))
        return false;
    if (event.condition.outcome != IMAP_OK)
        return mb_error_set(error, MB_ERROR_CERTIFICATE,
                            "%s:%u has no STARTTLS (%s); nothing was sent. Try --tls implicit", settings->host,
                            settings->port, event.condition.text);
    if (imap_session_buffered_bytes(imap_client_session(client)) > 0 ||
        connection_has_input(imap_client_connection(client)))
        return mb_error_set(error, MB_ERROR_CERTIFICATE,
                            "%s:%u: unprotected data came behind the answer to STARTTLS; someone may be tampering",
                            settings->host, settings->port);
    imap_session_forget_capabilities(imap_client_session(client));
    return connection_start_tls(imap_client_connection(client), error);
}

static bool learn_capabilities(const Login *login, GError **error)
{
    if (imap_session_knows_capabilities(imap_client_session(login->client)))
        return true;
    ImapEvent event;
    if (!imap_client_run(login->client, imap_command_capability(), &event, error))
        return false;
    if (event.condition.outcome != IMAP_OK)
        return imap_client_refused(login->client, &event.condition, "CAPABILITY", error);
    return true;
}

/* Some servers show nothing to clients that do not introduce themselves (RFC 2971), and some no message with a header
 * in UTF-8 to those that do not say that they bear it (RFC 6855). The answers come with those to what is asked next. */
static void introduce(const Login *login)
{
    ImapClient *client = login->client;
    if (imap_client_has_capability(client, "ID"))
        imap_client_send(client, imap_command_id("mailbackup", MB_VERSION, NULL));
    if (imap_client_has_capability(client, "UTF8=ACCEPT") || imap_client_has_capability(client, "UTF8=ONLY"))
        imap_client_send(client, imap_command_enable_utf8());
}

static bool run_login(const Login *login, LoginOutcome *outcome, GError **error)
{
    TlsMode tls = login->settings->tls;
    if (tls == TLS_NONE && !check_plaintext(login, error))
        return false;
    if (!check_greeting(login, error) || (tls == TLS_STARTTLS && !start_tls(login, error)))
        return false;
    if (!learn_capabilities(login, error) ||
        !imap_authenticate(login->client, login->settings, login->secret, outcome, error) ||
        !learn_capabilities(login, error))
        return false;
    introduce(login);
    return true;
}

static Endpoint endpoint_of(const AccountSettings *settings, const LoginWay *way)
{
    return (Endpoint){.host = settings->host,
                      .port = settings->port,
                      .implicit_tls = settings->tls == TLS_IMPLICIT,
                      .ca_file = settings->ca_file,
                      .pins = settings->pins,
                      .client_certificate = settings->client_certificate,
                      .client_key = settings->client_key,
                      .connect_timeout_ms = way->connect_timeout_ms,
                      .idle_timeout_ms = way->idle_timeout_ms};
}

ConnectAhead *imap_connect_ahead(const AccountSettings *settings, TcpAttempt *attempt, const LoginWay *way)
{
    Endpoint endpoint = endpoint_of(settings, way);
    ConnectAhead *ahead = connect_ahead_begin(&endpoint, attempt, way->cancellable);
    mechanism_prepare(NULL); /* what that cannot do the login will say */
    return ahead;
}

static Connection *connect_now(const AccountSettings *settings, const LoginWay *way, GError **error)
{
    Endpoint endpoint = endpoint_of(settings, way);
    return connection_open(&endpoint, NULL, way->cancellable, error);
}

static ImapClient *log_in_with(const AccountSettings *settings, const LoginWay *way, const Secret *secret,
                               LoginOutcome *outcome, GError **error)
{
    Connection *connection = way->ahead ? connect_ahead_take(way->ahead, error) : connect_now(settings, way, error);
    if (!connection)
        return NULL;
    g_autoptr(ImapClient) client = imap_client_new(connection, settings->host);
    Login login = {.client = client, .settings = settings, .secret = secret};
    return run_login(&login, outcome, error) ? g_steal_pointer(&client) : NULL;
}

/* Access tokens live for an hour or so: what the command gives now may work. */
static bool get_new_token(const AccountSettings *settings, const Secret *old, const GError *cause, Secret **fresh,
                          GError **error)
{
    *fresh = NULL;
    if (!settings->token_command || !g_error_matches(cause, MB_ERROR, MB_ERROR_AUTH))
        return true;
    *fresh = secret_of_account(settings, error);
    if (*fresh && strcmp(secret_text(*fresh), secret_text(old)) == 0)
        g_clear_pointer(fresh, secret_free);
    return *fresh || !error || !*error;
}

ImapClient *imap_login(const AccountSettings *settings, const LoginWay *way, const Secret *secret,
                       LoginOutcome *outcome, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(Secret) fresh = NULL;
    ImapClient *client = log_in_with(settings, way, secret, outcome, &cause);
    if (client || !get_new_token(settings, secret, cause, &fresh, error))
        return client;
    LoginWay again = *way;
    again.ahead = NULL;
    if (fresh)
        return log_in_with(settings, &again, fresh, outcome, error);
    g_propagate_error(error, g_steal_pointer(&cause));
    return NULL;
}
