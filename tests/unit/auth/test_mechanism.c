/* Logins against libgsasl's own server side. */
#include "mechanism.h"

#include <gsasl.h>
#include <string.h>

#include "error.h"
#include "mechanism_names.h"

typedef struct {
    Gsasl *library;
    Gsasl_session *session;
} Server;

/* As base64 the library wants it: what the server's end of the TLS connection knows. */
static const char server_binding[] = "c2FtZSBvbiBib3RoIGVuZHM=";
static bool server_binds_by_exporter;

static int check_simple(Gsasl_session *session)
{
    bool right = g_strcmp0(gsasl_property_fast(session, GSASL_AUTHID), "alice") == 0 &&
                 g_strcmp0(gsasl_property_fast(session, GSASL_PASSWORD), "sesame ż") == 0;
    return right ? GSASL_OK : GSASL_AUTHENTICATION_ERROR;
}

static int give_property(Gsasl *library G_GNUC_UNUSED, Gsasl_session *session, Gsasl_property property)
{
    if (property == GSASL_PASSWORD)
        return gsasl_property_set(session, property, "sesame ż");
    if (property == GSASL_VALIDATE_SIMPLE)
        return check_simple(session);
    if (property == GSASL_VALIDATE_EXTERNAL)
        return GSASL_OK;
    if (property == (server_binds_by_exporter ? GSASL_CB_TLS_EXPORTER : GSASL_CB_TLS_UNIQUE))
        return gsasl_property_set(session, property, server_binding);
    return GSASL_NO_CALLBACK;
}

static Server server_start(const char *mechanism)
{
    Server server;
    g_assert_cmpint(gsasl_init(&server.library), ==, GSASL_OK);
    gsasl_callback_set(server.library, give_property);
    g_assert_cmpint(gsasl_server_start(server.library, mechanism, &server.session), ==, GSASL_OK);
    return server;
}

static void server_stop(Server *server)
{
    gsasl_finish(server->session);
    gsasl_done(server->library);
}

/* Lets both sides talk until the server is content; its result otherwise. */
static int talk(Mechanism *mechanism, Server *server)
{
    char *challenge = NULL;
    size_t challenge_length = 0;
    int result = GSASL_NEEDS_MORE;
    if (!mechanism_has_initial_response(mechanism))
        result = gsasl_step(server->session, NULL, 0, &challenge, &challenge_length);
    while (result == GSASL_NEEDS_MORE) {
        const char *answer;
        size_t answer_length;
        g_autoptr(GError) error = NULL;
        if (!mechanism_step(mechanism, challenge, challenge_length, &answer, &answer_length, &error))
            return GSASL_AUTHENTICATION_ERROR;
        gsasl_free(challenge);
        challenge = NULL;
        result = gsasl_step(server->session, answer, answer_length, &challenge, &challenge_length);
    }
    if (result == GSASL_OK && !mechanism_is_complete(mechanism)) {
        const char *answer;
        size_t answer_length;
        g_assert_true(mechanism_step(mechanism, challenge, challenge_length, &answer, &answer_length, NULL));
    }
    gsasl_free(challenge);
    return result;
}

static ChannelBinding binding_of(const char *text, bool is_exporter)
{
    ChannelBinding binding = {.is_exporter = is_exporter, .length = strlen(text)};
    memcpy(binding.bytes, text, binding.length);
    return binding;
}

typedef struct {
    const char *offered;
    const char *expected;
    const char *password;
    const char *only;
    const char *binding;
    bool by_exporter;
    bool certificate_only;
    int outcome;
} Attempt;

static void check_login(const Attempt *attempt)
{
    g_autoptr(Secret) secret = secret_new(attempt->password, strlen(attempt->password));
    Credentials credentials = {
        .user = "alice", .secret = secret, .only = attempt->only, .certificate_only = attempt->certificate_only};
    if (attempt->binding)
        credentials.binding = binding_of(attempt->binding, attempt->by_exporter);
    server_binds_by_exporter = attempt->by_exporter;
    g_autoptr(GError) error = NULL;
    g_autoptr(Mechanism) mechanism = mechanism_choose(attempt->offered, &credentials, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(mechanism_name(mechanism), ==, attempt->expected);
    g_assert_false(mechanism_is_complete(mechanism));
    Server server = server_start(attempt->expected);
    g_assert_cmpint(talk(mechanism, &server), ==, attempt->outcome);
    if (attempt->outcome == GSASL_OK)
        g_assert_true(mechanism_is_complete(mechanism));
    server_stop(&server);
}

#define RIGHT "sesame ż"
#define ALL "PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-256-PLUS EXTERNAL XOAUTH2"

static void test_right(void)
{
    static const Attempt attempts[] = {
        {.offered = ALL, .expected = "SCRAM-SHA-256"},
        {.offered = "plain scram-sha-1", .expected = "SCRAM-SHA-1"},
        {.offered = "LOGIN PLAIN CRAM-MD5 X", .expected = "CRAM-MD5"},
        {.offered = "LOGIN PLAIN", .expected = "PLAIN"},
        {.offered = "LOGIN", .expected = "LOGIN"},
        {.offered = ALL, .only = "PLAIN", .expected = "PLAIN"},
        {.offered = ALL, .certificate_only = true, .expected = "EXTERNAL"},
        {.offered = ALL, .binding = "same on both ends", .by_exporter = true, .expected = "SCRAM-SHA-256-PLUS"},
        {.offered = ALL, .binding = "same on both ends", .expected = "SCRAM-SHA-256-PLUS"},
        {.offered = "SCRAM-SHA-1-PLUS SCRAM-SHA-256", .binding = "same on both ends", .expected = "SCRAM-SHA-1-PLUS"},
        {.offered = ALL, .binding = "same on both ends", .only = "SCRAM-SHA-1", .expected = "SCRAM-SHA-1"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(attempts); i++) {
        Attempt attempt = attempts[i];
        attempt.password = RIGHT;
        attempt.outcome = GSASL_OK;
        check_login(&attempt);
    }
}

static void test_wrong(void)
{
    static const char *const names[] = {"SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        check_login(&(Attempt){
            .offered = names[i], .expected = names[i], .password = "wrong", .outcome = GSASL_AUTHENTICATION_ERROR});
}

/* Right password, but somebody sits between the two ends. */
static void test_wrong_binding(void)
{
    for (int by_exporter = 0; by_exporter <= 1; by_exporter++)
        check_login(&(Attempt){.offered = "SCRAM-SHA-256-PLUS",
                               .expected = "SCRAM-SHA-256-PLUS",
                               .password = RIGHT,
                               .binding = "another connection",
                               .by_exporter = by_exporter,
                               .outcome = GSASL_AUTHENTICATION_ERROR});
}

static void check_none(const char *offered, Credentials credentials)
{
    g_autoptr(Secret) secret = secret_new("x", 1);
    g_autoptr(GError) error = NULL;
    credentials.user = "alice";
    credentials.secret = secret;
    g_assert_null(mechanism_choose(offered, &credentials, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_NOT_FOUND);
}

static void test_none(void)
{
    check_none("", (Credentials){0});
    check_none("XOAUTH2 OAUTHBEARER EXTERNAL GSSAPI", (Credentials){0});
    check_none("SCRAM-SHA-256-PLUS", (Credentials){0}); /* no TLS connection to bind to */
    check_none("PLAIN LOGIN SCRAM-SHA-256", (Credentials){.secret_is_token = true});
    check_none("PLAIN LOGIN SCRAM-SHA-256", (Credentials){.certificate_only = true});
    check_none("PLAIN LOGIN", (Credentials){.only = "SCRAM-SHA-256"}); /* no downgrade */
    check_none("PLAIN", (Credentials){.only = "plain"});
}

static void test_names(void)
{
    g_auto(GStrv) names = g_strsplit(mechanism_names(), ", ", -1);
    for (char **name = names; *name; name++)
        g_assert_true(mechanism_is_known(*name));
    g_assert_false(mechanism_is_known("NTLM"));
    g_assert_cmpstr(mechanism_fallback("SCRAM-SHA-256-PLUS"), ==, "SCRAM-SHA-256");
    g_assert_null(mechanism_fallback("SCRAM-SHA-256"));
    g_assert_null(mechanism_fallback(NULL));
}

static Credentials token_credentials(const char *user, const Secret *token)
{
    return (Credentials){
        .user = user, .secret = token, .secret_is_token = true, .host = "imap.example.com", .port = 993};
}

static void check_token(const char *name, const char *expected, const char *dismissal)
{
    g_autoptr(Secret) token = secret_new("ya29.token", 10);
    Credentials credentials = token_credentials("a,b=c@example.com", token);
    g_autoptr(Mechanism) mechanism = mechanism_choose(name, &credentials, NULL);
    g_assert_cmpstr(mechanism_name(mechanism), ==, name);
    g_assert_false(mechanism_is_complete(mechanism));
    const char *answer;
    size_t length;
    g_assert_true(mechanism_step(mechanism, NULL, 0, &answer, &length, NULL));
    g_assert_cmpmem(answer, length, expected, strlen(expected));
    g_assert_true(mechanism_is_complete(mechanism));
    g_assert_null(mechanism_failure(mechanism));
    static const char refusal[] = "{\"status\":\"invalid_token\\u001b[2J\",\"schemes\":\"bearer\",\"scope\":\"mail\"}";
    g_assert_true(mechanism_step(mechanism, refusal, strlen(refusal), &answer, &length, NULL));
    g_assert_cmpmem(answer, length, dismissal, strlen(dismissal));
    g_assert_cmpstr(mechanism_failure(mechanism), ==, "invalid_token\\x1b[2J");
}

static void test_token(void)
{
    check_token("OAUTHBEARER",
                "n,a=a=2Cb=3Dc@example.com,\1host=imap.example.com\1port=993\1auth=Bearer ya29.token\1\1", "\1");
    check_token("XOAUTH2", "user=a,b=c@example.com\1auth=Bearer ya29.token\1\1", "");
}

static void check_refusal(const char *refusal, const char *expected)
{
    g_autoptr(Secret) token = secret_new("t", 1);
    Credentials credentials = token_credentials("alice", token);
    g_autoptr(Mechanism) mechanism = mechanism_choose("XOAUTH2 OAUTHBEARER", &credentials, NULL);
    const char *answer;
    size_t length;
    mechanism_step(mechanism, NULL, 0, &answer, &length, NULL);
    g_assert_true(mechanism_step(mechanism, refusal, strlen(refusal), &answer, &length, NULL));
    g_assert_cmpstr(mechanism_failure(mechanism), ==, expected);
}

static void test_odd_refusals(void)
{
    check_refusal("{\"status\":400}", "{\"status\":400}");
    check_refusal("[\"status\"]", "[\"status\"]");
    check_refusal("no JSON", "no JSON");
    check_refusal("", "");
    g_autofree char *deep = g_strnfill(60000, '[');
    g_autofree char *shown = g_strnfill(200, '[');
    check_refusal(deep, shown);
}

/* Control characters would end a field of the message. */
static void test_token_injection(void)
{
    g_autoptr(Secret) token = secret_new("good\1auth=other", 15);
    Credentials credentials = token_credentials("alice", token);
    g_autoptr(GError) error = NULL;
    g_assert_null(mechanism_choose("OAUTHBEARER", &credentials, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_INVALID);
    g_clear_error(&error);
    g_autoptr(Secret) good = secret_new("good", 4);
    credentials = token_credentials("alice\1host=x", good);
    g_assert_null(mechanism_choose("XOAUTH2", &credentials, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_INVALID);
}

static Mechanism *scram(const Secret *secret)
{
    Credentials credentials = {.user = "alice", .secret = secret};
    return mechanism_choose("SCRAM-SHA-256", &credentials, NULL);
}

/* The first server message that fits the client's nonce, with an iteration count of choice. */
static bool answer_with_iterations(const char *iterations, GError **error)
{
    g_autoptr(Secret) secret = secret_new("x", 1);
    g_autoptr(Mechanism) mechanism = scram(secret);
    const char *answer;
    size_t length;
    g_assert_true(mechanism_step(mechanism, NULL, 0, &answer, &length, NULL));
    g_autofree char *first = g_strndup(answer, length);
    g_autofree char *challenge = g_strdup_printf("r=%sx,s=c2FsdA==,i=%s", strstr(first, "r=") + 2, iterations);
    return mechanism_step(mechanism, challenge, strlen(challenge), &answer, &length, error);
}

static void test_iterations(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(answer_with_iterations("4096", &error));
    g_assert_no_error(error);
    g_assert_false(answer_with_iterations("1000001", &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_LIMIT);
    g_clear_error(&error);
    g_assert_false(answer_with_iterations("99999999999999999999999", &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_LIMIT);
}

/* A server that does not know the password cannot end the exchange well. */
static void test_false_proof(void)
{
    g_autoptr(Secret) secret = secret_new("x", 1);
    g_autoptr(Mechanism) mechanism = scram(secret);
    const char *answer;
    size_t length;
    g_assert_true(mechanism_step(mechanism, NULL, 0, &answer, &length, NULL));
    g_autofree char *first = g_strndup(answer, length);
    g_autofree char *challenge = g_strdup_printf("r=%sx,s=c2FsdA==,i=4096", strstr(first, "r=") + 2);
    g_assert_true(mechanism_step(mechanism, challenge, strlen(challenge), &answer, &length, NULL));
    static const char proof[] = "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    g_autoptr(GError) error = NULL;
    g_assert_false(mechanism_step(mechanism, proof, strlen(proof), &answer, &length, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_AUTH);
    g_assert_false(mechanism_is_complete(mechanism));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mechanism/right", test_right);
    g_test_add_func("/mechanism/wrong", test_wrong);
    g_test_add_func("/mechanism/wrong-binding", test_wrong_binding);
    g_test_add_func("/mechanism/none", test_none);
    g_test_add_func("/mechanism/names", test_names);
    g_test_add_func("/mechanism/token", test_token);
    g_test_add_func("/mechanism/token-refused", test_odd_refusals);
    g_test_add_func("/mechanism/token-injection", test_token_injection);
    g_test_add_func("/mechanism/iterations", test_iterations);
    g_test_add_func("/mechanism/false-proof", test_false_proof);
    return g_test_run();
}
