#include "imap_authenticate.h"

#include <string.h>

#include "error.h"
#include "mechanism.h"

/* What the steps share. */
typedef struct {
    ImapClient *client;
    const AccountSettings *settings;
    const Secret *secret;
} Proof;

static const char *advice(const AccountSettings *settings)
{
    if (mechanism_fallback(settings->auth))
        return "check user and password; or the server cannot bind to this TLS connection: add the account again, with "
               "--auth and the name without -PLUS";
    return settings->token_command                       ? "check user and token command"
           : account_settings_without_password(settings) ? "check user and client certificate"
                                                         : "check user and password";
}

/* `detail`: what the mechanism was told; or NULL. */
static bool check_answer(const Proof *proof, const ImapCondition *condition, const char *detail, GError **error)
{
    if (condition->outcome == IMAP_OK)
        return true;
    const AccountSettings *settings = proof->settings;
    if (imap_condition_is_passing(condition))
        return mb_error_set(error, MB_ERROR_AGAIN, "%s: login is not possible now: %s", settings->host,
                            condition->text);
    return mb_error_set(error, MB_ERROR_AUTH, "%s: login as %s refused: %s%s%s%s; %s", settings->host, settings->user,
                        condition->text, detail ? " (" : "", detail ? detail : "", detail ? ")" : "", advice(settings));
}

static bool answer_challenge(const Proof *proof, Mechanism *mechanism, const ImapData *challenge, GError **error)
{
    const char *answer;
    size_t length;
    if (!mechanism_step(mechanism, challenge->bytes, challenge->length, &answer, &length, error))
        return false;
    imap_session_answer(imap_client_session(proof->client), answer, length);
    return true;
}

/* With SASL-IR (RFC 4959) the first message goes along with the command and saves a round trip. */
static ImapCommand *authenticate_command(const Proof *proof, Mechanism *mechanism, GError **error)
{
    const char *initial = NULL;
    size_t length = 0;
    if (imap_client_has_capability(proof->client, "SASL-IR") && mechanism_has_initial_response(mechanism) &&
        !mechanism_step(mechanism, NULL, 0, &initial, &length, error))
        return NULL;
    return imap_command_authenticate(mechanism_name(mechanism), initial, length, error);
}

static bool authenticate(const Proof *proof, Mechanism *mechanism, GError **error)
{
    uint32_t command = imap_client_send(proof->client, authenticate_command(proof, mechanism, error));
    if (command == 0)
        return false;
    ImapEvent event;
    do {
        if (!imap_client_next(proof->client, &event, error))
            return false;
        if (event.kind == IMAP_EVENT_CONTINUATION && !answer_challenge(proof, mechanism, &event.challenge, error))
            return false;
    } while (!imap_client_ends(&event, command));
    if (!check_answer(proof, &event.condition, mechanism_failure(mechanism), error))
        return false;
    if (mechanism_is_complete(mechanism))
        return true;
    return mb_error_set(error, MB_ERROR_AUTH, "%s: the server did not prove that it knows the password",
                        proof->settings->host);
}

static bool login_command(const Proof *proof, GError **error)
{
    const AccountSettings *settings = proof->settings;
    ImapEvent event;
    ImapCommand *command = imap_command_login(settings->user, secret_text(proof->secret), error);
    return imap_client_run(proof->client, command, &event, error) && check_answer(proof, &event.condition, NULL, error);
}

/* The LOGIN command is for servers that know no SASL. */
static bool may_use_login_command(const Proof *proof, const Credentials *credentials, const GError *cause)
{
    return g_error_matches(cause, MB_ERROR, MB_ERROR_NOT_FOUND) && !credentials->secret_is_token &&
           !credentials->certificate_only && (!credentials->only || strcmp(credentials->only, "LOGIN") == 0) &&
           !imap_client_has_capability(proof->client, "LOGINDISABLED");
}

/* *tried is the mechanism, also when it failed; NULL when there was none. */
static bool prove(const Proof *proof, const Credentials *credentials, const char **tried, GError **error)
{
    g_autofree char *offered = imap_session_mechanisms(imap_client_session(proof->client));
    g_autoptr(GError) cause = NULL;
    g_autoptr(Mechanism) mechanism = mechanism_choose(offered, credentials, &cause);
    *tried = mechanism ? mechanism_name(mechanism) : NULL;
    if (mechanism)
        return authenticate(proof, mechanism, error);
    if (may_use_login_command(proof, credentials, cause)) {
        *tried = "LOGIN";
        return login_command(proof, error);
    }
    cause->code = MB_ERROR_AUTH;
    g_propagate_prefixed_error(error, g_steal_pointer(&cause), "%s: ", proof->settings->host);
    return false;
}

static Credentials credentials_of(const Proof *proof)
{
    const AccountSettings *settings = proof->settings;
    Credentials credentials = {.user = settings->user,
                               .secret = proof->secret,
                               .secret_is_token = settings->token_command != NULL,
                               .certificate_only = account_settings_without_password(settings),
                               .only = settings->auth,
                               .host = settings->host,
                               .port = settings->port};
    ChannelBinding *binding = &credentials.binding;
    binding->length = connection_channel_binding(imap_client_connection(proof->client), binding->bytes,
                                                 sizeof binding->bytes, &binding->is_exporter);
    return credentials;
}

bool imap_authenticate(ImapClient *client, const AccountSettings *settings, const Secret *secret, LoginOutcome *outcome,
                       GError **error)
{
    Proof proof = {.client = client, .settings = settings, .secret = secret};
    Credentials credentials = credentials_of(&proof);
    g_autoptr(GError) cause = NULL;
    *outcome = (LoginOutcome){0};
    if (prove(&proof, &credentials, &outcome->mechanism, &cause))
        return true;
    const char *fallback = credentials.only ? NULL : mechanism_fallback(outcome->mechanism);
    if (!fallback || !g_error_matches(cause, MB_ERROR, MB_ERROR_AUTH)) {
        g_propagate_error(error, g_steal_pointer(&cause));
        return false;
    }
    outcome->refused = outcome->mechanism;
    credentials.only = fallback;
    return prove(&proof, &credentials, &outcome->mechanism, error);
}
