#include "mechanism.h"

#include <string.h>

#include "error.h"
#include "mb_limits.h"
#include "mechanism_names.h"
#include "oauth.h"
#include "sasl_library.h"
#include "scram_key.h"

typedef enum { NEEDS_CERTIFICATE, NEEDS_TOKEN, NEEDS_PASSWORD, NEEDS_PASSWORD_AND_BINDING } Need;

typedef struct {
    const char *name;
    const char *fallback;
    Need need;
    bool server_first;
} Kind;

/* The strongest first: what proves without telling, and to this very connection, before what tells. */
static const Kind kinds[] = {
    {"EXTERNAL", NULL, NEEDS_CERTIFICATE, false},
    {"OAUTHBEARER", NULL, NEEDS_TOKEN, false},
    {"XOAUTH2", NULL, NEEDS_TOKEN, false},
    {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", NEEDS_PASSWORD_AND_BINDING, false},
    {"SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", NEEDS_PASSWORD_AND_BINDING, false},
    {"SCRAM-SHA-256", NULL, NEEDS_PASSWORD, false},
    {"SCRAM-SHA-1", NULL, NEEDS_PASSWORD, false},
    {"CRAM-MD5", NULL, NEEDS_PASSWORD, true},
    {"PLAIN", NULL, NEEDS_PASSWORD, false},
    {"LOGIN", NULL, NEEDS_PASSWORD, true},
};

struct Mechanism {
    const Kind *kind;
    const SaslLibrary *sasl; /* NULL for OAuth */
    Gsasl *library;          /* likewise */
    Gsasl_session *session;  /* likewise */
    GString *token_message;  /* of OAuth, until it was sent */
    char *answer;            /* from the library */
    size_t answer_length;
    bool complete;
    char *failure;
};

bool mechanism_prepare(GError **error)
{
    return sasl_library(error) != NULL;
}

bool mechanism_is_known(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return true;
    return false;
}

const char *mechanism_names(void)
{
    return "EXTERNAL, OAUTHBEARER, XOAUTH2, SCRAM-SHA-256-PLUS, SCRAM-SHA-1-PLUS, SCRAM-SHA-256, SCRAM-SHA-1, "
           "CRAM-MD5, PLAIN, LOGIN";
}

/* The library frees what it was given without wiping it. */
static void wipe_property(const Mechanism *mechanism, Gsasl_property property)
{
    char *value = (char *)(uintptr_t)mechanism->sasl->property_fast(mechanism->session, property);
    if (value)
        explicit_bzero(value, strlen(value));
}

static void clear_answer(Mechanism *mechanism)
{
    if (!mechanism->answer)
        return;
    explicit_bzero(mechanism->answer, mechanism->answer_length);
    mechanism->sasl->free(mechanism->answer);
    mechanism->answer = NULL;
    mechanism->answer_length = 0;
}

static void clear_token_message(Mechanism *mechanism)
{
    if (!mechanism->token_message)
        return;
    explicit_bzero(mechanism->token_message->str, mechanism->token_message->len);
    g_string_free(g_steal_pointer(&mechanism->token_message), TRUE);
}

void mechanism_free(Mechanism *mechanism)
{
    if (!mechanism)
        return;
    clear_answer(mechanism);
    clear_token_message(mechanism);
    if (mechanism->session) {
        wipe_property(mechanism, GSASL_PASSWORD);
        wipe_property(mechanism, GSASL_SCRAM_SALTED_PASSWORD);
        mechanism->sasl->finish(mechanism->session);
    }
    if (mechanism->library)
        mechanism->sasl->done(mechanism->library);
    g_free(mechanism->failure);
    g_free(mechanism);
}

static bool set_sasl_error(const Mechanism *mechanism, int result, GError **error)
{
    return mb_error_set(error, MB_ERROR_AUTH, "login failed: %s", mechanism->sasl->strerror(result));
}

static bool is_offered(char **offered, const char *name)
{
    for (; *offered; offered++)
        if (g_ascii_strcasecmp(*offered, name) == 0)
            return true;
    return false;
}

static bool is_allowed(const Kind *kind, const Credentials *credentials)
{
    if (credentials->only && strcmp(credentials->only, kind->name) != 0)
        return false;
    bool has_password = !credentials->secret_is_token && !credentials->certificate_only;
    switch (kind->need) {
    case NEEDS_CERTIFICATE:
        return credentials->certificate_only || credentials->only;
    case NEEDS_TOKEN:
        return credentials->secret_is_token;
    case NEEDS_PASSWORD:
        return has_password;
    case NEEDS_PASSWORD_AND_BINDING:
        return has_password && credentials->binding.length > 0;
    }
    g_assert_not_reached();
}

static const Kind *choose_kind(char **offered, const Credentials *credentials)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (is_allowed(&kinds[i], credentials) && is_offered(offered, kinds[i].name))
            return &kinds[i];
    return NULL;
}

static int set_binding(const Mechanism *mechanism, const ChannelBinding *binding)
{
    g_autofree char *text = g_base64_encode(binding->bytes, binding->length);
    return mechanism->sasl->property_set(mechanism->session,
                                         binding->is_exporter ? GSASL_CB_TLS_EXPORTER : GSASL_CB_TLS_UNIQUE, text);
}

static int set_properties(const Mechanism *mechanism, const Credentials *credentials)
{
    const SaslLibrary *sasl = mechanism->sasl;
    Gsasl_session *session = mechanism->session;
    if (mechanism->kind->need == NEEDS_CERTIFICATE)
        return GSASL_OK;
    int result = sasl->property_set(session, GSASL_AUTHID, credentials->user);
    if (result == GSASL_OK)
        result = sasl->property_set(session, GSASL_PASSWORD, secret_text(credentials->secret));
    if (result == GSASL_OK && mechanism->kind->need == NEEDS_PASSWORD_AND_BINDING)
        result = set_binding(mechanism, &credentials->binding);
    return result;
}

static bool start_session(Mechanism *mechanism, const Credentials *credentials, GError **error)
{
    const SaslLibrary *sasl = mechanism->sasl = sasl_library(error);
    if (!sasl)
        return false;
    int result = sasl->init(&mechanism->library);
    if (result == GSASL_OK) {
        sasl->callback_set(mechanism->library, scram_key_callback);
        result = sasl->client_start(mechanism->library, mechanism->kind->name, &mechanism->session);
    }
    if (result == GSASL_OK)
        result = set_properties(mechanism, credentials);
    return result == GSASL_OK || set_sasl_error(mechanism, result, error);
}

static bool start(Mechanism *mechanism, const Credentials *credentials, GError **error)
{
    if (mechanism->kind->need == NEEDS_TOKEN) {
        bool bearer = strcmp(mechanism->kind->name, "OAUTHBEARER") == 0;
        mechanism->token_message = oauth_message(credentials, bearer, error);
        return mechanism->token_message != NULL;
    }
    return start_session(mechanism, credentials, error);
}

static void set_none_error(const char *offered, const Credentials *credentials, GError **error)
{
    const char *list = *offered ? offered : "none";
    if (credentials->only)
        mb_error_set(error, MB_ERROR_NOT_FOUND,
                     "the server does not offer %s, which this account logs in with (it offers: %s); if that is right, "
                     "add the account again, with another --auth or none",
                     credentials->only, list);
    else
        mb_error_set(error, MB_ERROR_NOT_FOUND, "the server offers no way to log in %sthat is known here (%s)",
                     credentials->secret_is_token    ? "with a token "
                     : credentials->certificate_only ? "with a certificate "
                                                     : "",
                     list);
}

Mechanism *mechanism_choose(const char *offered, const Credentials *credentials, GError **error)
{
    g_auto(GStrv) words = g_strsplit(offered, " ", -1);
    const Kind *kind = choose_kind(words, credentials);
    if (!kind) {
        set_none_error(offered, credentials, error);
        return NULL;
    }
    g_autoptr(Mechanism) mechanism = g_new0(Mechanism, 1);
    mechanism->kind = kind;
    return start(mechanism, credentials, error) ? g_steal_pointer(&mechanism) : NULL;
}

const char *mechanism_name(const Mechanism *mechanism)
{
    return mechanism->kind->name;
}

bool mechanism_has_initial_response(const Mechanism *mechanism)
{
    return !mechanism->kind->server_first;
}

const char *mechanism_fallback(const char *name)
{
    for (size_t i = 0; name && i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return kinds[i].fallback;
    return NULL;
}

/* The server's first message, "r=…,s=…,i=4096", says how much hashing it wants (RFC 5802 5.1): a hostile one could ask
 * for hours of it. */
static bool check_iterations(const void *challenge, size_t length, GError **error)
{
    g_autofree char *text = g_strndup(length ? challenge : "", length);
    g_auto(GStrv) attributes = g_strsplit(text, ",", -1);
    for (char **attribute = attributes; *attribute; attribute++)
        if (g_str_has_prefix(*attribute, "i=") && g_ascii_strtoull(*attribute + 2, NULL, 10) > LIMIT_SCRAM_ITERATIONS)
            return mb_error_set(error, MB_ERROR_LIMIT,
                                "login failed: the server asks for more than %d SCRAM iterations",
                                LIMIT_SCRAM_ITERATIONS);
    return true;
}

static bool library_step(Mechanism *mechanism, const void *challenge, size_t length, GError **error)
{
    if (g_str_has_prefix(mechanism->kind->name, "SCRAM-") && !check_iterations(challenge, length, error))
        return false;
    int result =
        mechanism->sasl->step(mechanism->session, challenge, length, &mechanism->answer, &mechanism->answer_length);
    if (result != GSASL_OK && result != GSASL_NEEDS_MORE)
        return set_sasl_error(mechanism, result, error);
    mechanism->complete = result == GSASL_OK;
    return true;
}

/* The message at first; a challenge behind it can only be a refusal. */
static void token_step(Mechanism *mechanism, const void *challenge, size_t length, const char **answer,
                       size_t *answer_length)
{
    if (!mechanism->complete) {
        mechanism->complete = true;
        *answer = mechanism->token_message->str;
        *answer_length = mechanism->token_message->len;
        return;
    }
    clear_token_message(mechanism);
    g_free(mechanism->failure);
    mechanism->failure = oauth_failure(challenge, length);
    *answer = oauth_dismissal(strcmp(mechanism->kind->name, "OAUTHBEARER") == 0);
    *answer_length = strlen(*answer);
}

bool mechanism_step(Mechanism *mechanism, const void *challenge, size_t length, const char **answer,
                    size_t *answer_length, GError **error)
{
    if (mechanism->kind->need == NEEDS_TOKEN) {
        token_step(mechanism, challenge, length, answer, answer_length);
        return true;
    }
    clear_answer(mechanism);
    if (!library_step(mechanism, challenge, length, error))
        return false;
    *answer = mechanism->answer ? mechanism->answer : "";
    *answer_length = mechanism->answer_length;
    return true;
}

bool mechanism_is_complete(const Mechanism *mechanism)
{
    return mechanism->complete;
}

const char *mechanism_failure(const Mechanism *mechanism)
{
    return mechanism->failure;
}
