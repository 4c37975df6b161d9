#include "mechanism.h"

#include <gsasl.h>
#include <string.h>

#include "error.h"
#include "mb_limits.h"

static const char *const preferences[] = {"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"};

struct Mechanism {
    Gsasl *library;
    Gsasl_session *session;
    const char *name; /* of preferences */
    char *answer;
    size_t answer_length;
    bool complete;
};

/* The library frees what it was given without wiping it. */
static void wipe_property(Gsasl_session *session, Gsasl_property property)
{
    char *value = (char *)(uintptr_t)gsasl_property_fast(session, property);
    if (value)
        explicit_bzero(value, strlen(value));
}

static void clear_answer(Mechanism *mechanism)
{
    if (mechanism->answer)
        explicit_bzero(mechanism->answer, mechanism->answer_length);
    gsasl_free(mechanism->answer);
    mechanism->answer = NULL;
    mechanism->answer_length = 0;
}

void mechanism_free(Mechanism *mechanism)
{
    if (!mechanism)
        return;
    clear_answer(mechanism);
    if (mechanism->session) {
        wipe_property(mechanism->session, GSASL_PASSWORD);
        wipe_property(mechanism->session, GSASL_SCRAM_SALTED_PASSWORD);
        gsasl_finish(mechanism->session);
    }
    if (mechanism->library)
        gsasl_done(mechanism->library);
    g_free(mechanism);
}

static bool set_sasl_error(GError **error, MbError code, int result)
{
    return mb_error_set(error, code, "login failed: %s", gsasl_strerror(result));
}

static const char *choose_name(Gsasl *library, const char *offered)
{
    g_auto(GStrv) words = g_strsplit(offered, " ", -1);
    for (size_t i = 0; i < G_N_ELEMENTS(preferences); i++)
        for (char **word = words; *word; word++)
            if (g_ascii_strcasecmp(*word, preferences[i]) == 0 && gsasl_client_support_p(library, preferences[i]))
                return preferences[i];
    return NULL;
}

static int start(Mechanism *mechanism, const char *user, const Secret *password)
{
    int result = gsasl_client_start(mechanism->library, mechanism->name, &mechanism->session);
    if (result == GSASL_OK)
        result = gsasl_property_set(mechanism->session, GSASL_AUTHID, user);
    if (result == GSASL_OK)
        result = gsasl_property_set(mechanism->session, GSASL_PASSWORD, secret_text(password));
    return result;
}

Mechanism *mechanism_choose(const char *offered, const char *user, const Secret *password, GError **error)
{
    g_autoptr(Mechanism) mechanism = g_new0(Mechanism, 1);
    int result = gsasl_init(&mechanism->library);
    if (result != GSASL_OK) {
        set_sasl_error(error, MB_ERROR_SYSTEM, result);
        return NULL;
    }
    mechanism->name = choose_name(mechanism->library, offered);
    if (!mechanism->name) {
        mb_error_set(error, MB_ERROR_NOT_FOUND, "the server offers no way to log in that is known here (%s)",
                     *offered ? offered : "none");
        return NULL;
    }
    result = start(mechanism, user, password);
    if (result != GSASL_OK) {
        set_sasl_error(error, MB_ERROR_AUTH, result);
        return NULL;
    }
    return g_steal_pointer(&mechanism);
}

const char *mechanism_name(const Mechanism *mechanism)
{
    return mechanism->name;
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

bool mechanism_step(Mechanism *mechanism, const void *challenge, size_t length, const char **answer,
                    size_t *answer_length, GError **error)
{
    if (g_str_has_prefix(mechanism->name, "SCRAM-") && !check_iterations(challenge, length, error))
        return false;
    clear_answer(mechanism);
    int result = gsasl_step(mechanism->session, challenge, length, &mechanism->answer, &mechanism->answer_length);
    if (result != GSASL_OK && result != GSASL_NEEDS_MORE)
        return set_sasl_error(error, MB_ERROR_AUTH, result);
    mechanism->complete = result == GSASL_OK;
    *answer = mechanism->answer ? mechanism->answer : "";
    *answer_length = mechanism->answer_length;
    return true;
}

bool mechanism_is_complete(const Mechanism *mechanism)
{
    return mechanism->complete;
}
