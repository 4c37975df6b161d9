#include "imap_login.h"

#include "error.h"
#include "mechanism.h"

/* What the steps of one login share. */
typedef struct {
    ImapClient *client;
    const AccountSettings *settings;
    const Secret *password;
    const char *mechanism; /* how it went, a static string */
} Login;

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

static bool check_login_answer(const Login *login, const ImapCondition *condition, GError **error)
{
    if (condition->outcome == IMAP_OK)
        return true;
    const AccountSettings *settings = login->settings;
    if (condition->code == IMAP_CODE_UNAVAILABLE || condition->code == IMAP_CODE_INUSE ||
        condition->code == IMAP_CODE_THROTTLED || condition->code == IMAP_CODE_LIMIT)
        return mb_error_set(error, MB_ERROR_AGAIN, "%s: login is not possible now: %s", settings->host,
                            condition->text);
    return mb_error_set(error, MB_ERROR_AUTH, "%s: login as %s refused: %s; check user and password", settings->host,
                        settings->user, condition->text);
}

static bool answer_challenge(const Login *login, Mechanism *mechanism, const ImapData *challenge, GError **error)
{
    const char *answer;
    size_t length;
    if (!mechanism_step(mechanism, challenge->bytes, challenge->length, &answer, &length, error))
        return false;
    imap_session_answer(imap_client_session(login->client), answer, length);
    return true;
}

/* With SASL-IR (RFC 4959) the first message goes along with the command and saves a round trip. */
static ImapCommand *authenticate_command(const Login *login, Mechanism *mechanism, GError **error)
{
    const char *initial = NULL;
    size_t length = 0;
    if (imap_client_has_capability(login->client, "SASL-IR") &&
        !mechanism_step(mechanism, NULL, 0, &initial, &length, error))
        return NULL;
    return imap_command_authenticate(mechanism_name(mechanism), initial, length, error);
}

static bool authenticate(Login *login, Mechanism *mechanism, GError **error)
{
    uint32_t command = imap_client_send(login->client, authenticate_command(login, mechanism, error));
    if (command == 0)
        return false;
    ImapEvent event;
    do {
        if (!imap_client_next(login->client, &event, error))
            return false;
        if (event.kind == IMAP_EVENT_CONTINUATION && !answer_challenge(login, mechanism, &event.challenge, error))
            return false;
    } while (!imap_client_ends(&event, command));
    if (!check_login_answer(login, &event.condition, error))
        return false;
    if (!mechanism_is_complete(mechanism))
        return mb_error_set(error, MB_ERROR_AUTH, "%s: the server did not prove that it knows the password",
                            login->settings->host);
    login->mechanism = mechanism_name(mechanism);
    return true;
}

static bool login_command(Login *login, GError **error)
{
    const AccountSettings *settings = login->settings;
    ImapEvent event;
    ImapCommand *command = imap_command_login(settings->user, secret_text(login->password), error);
    if (!imap_client_run(login->client, command, &event, error))
        return false;
    login->mechanism = "LOGIN";
    return check_login_answer(login, &event.condition, error);
}

static bool prove_identity(Login *login, GError **error)
{
    g_autofree char *offered = imap_session_mechanisms(imap_client_session(login->client));
    g_autoptr(GError) cause = NULL;
    g_autoptr(Mechanism) mechanism = mechanism_choose(offered, login->settings->user, login->password, &cause);
    if (mechanism)
        return authenticate(login, mechanism, error);
    if (g_error_matches(cause, MB_ERROR, MB_ERROR_NOT_FOUND) &&
        !imap_client_has_capability(login->client, "LOGINDISABLED"))
        return login_command(login, error);
    cause->code = MB_ERROR_AUTH;
    g_propagate_prefixed_error(error, g_steal_pointer(&cause), "%s: ", login->settings->host);
    return false;
}

/* Some servers show nothing to clients that do not introduce themselves (RFC 2971). Nobody waits for the answer. */
static void introduce(const Login *login)
{
    if (imap_client_has_capability(login->client, "ID"))
        imap_client_send(login->client, imap_command_id("mailbackup", MB_VERSION, NULL));
}

static bool run_login(Login *login, GError **error)
{
    if (login->settings->tls == TLS_IMPLICIT && !connection_start_tls(imap_client_connection(login->client), error))
        return false;
    if (!check_greeting(login, error))
        return false;
    if (login->settings->tls == TLS_STARTTLS && !start_tls(login, error))
        return false;
    if (!learn_capabilities(login, error) || !prove_identity(login, error) || !learn_capabilities(login, error))
        return false;
    introduce(login);
    return true;
}

ImapClient *imap_login(const AccountSettings *settings, const LoginTimeouts *timeouts, const Secret *password,
                       const char **mechanism, GCancellable *cancellable, GError **error)
{
    Endpoint endpoint = {.host = settings->host,
                         .port = settings->port,
                         .ca_file = settings->ca_file,
                         .connect_timeout_ms = timeouts->connect_timeout_ms,
                         .idle_timeout_ms = timeouts->idle_timeout_ms};
    Connection *connection = connection_open(&endpoint, cancellable, error);
    if (!connection)
        return NULL;
    g_autoptr(ImapClient) client = imap_client_new(connection, settings->host);
    Login login = {.client = client, .settings = settings, .password = password};
    if (!run_login(&login, error))
        return NULL;
    *mechanism = login.mechanism;
    return g_steal_pointer(&client);
}
