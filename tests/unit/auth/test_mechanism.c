/* Logins against libgsasl's own server side. */
#include "mechanism.h"

#include <gsasl.h>
#include <string.h>

#include "error.h"

typedef struct {
    Gsasl *library;
    Gsasl_session *session;
} Server;

static int give_property(Gsasl *library G_GNUC_UNUSED, Gsasl_session *session, Gsasl_property property)
{
    if (property == GSASL_PASSWORD)
        return gsasl_property_set(session, property, "sesame ż");
    if (property == GSASL_VALIDATE_SIMPLE) {
        bool right = g_strcmp0(gsasl_property_fast(session, GSASL_AUTHID), "alice") == 0 &&
                     g_strcmp0(gsasl_property_fast(session, GSASL_PASSWORD), "sesame ż") == 0;
        return right ? GSASL_OK : GSASL_AUTHENTICATION_ERROR;
    }
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

static void check_login(const char *offered, const char *expected, const char *password, int outcome)
{
    g_autoptr(Secret) secret = secret_new(password, strlen(password));
    g_autoptr(GError) error = NULL;
    g_autoptr(Mechanism) mechanism = mechanism_choose(offered, "alice", secret, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(mechanism_name(mechanism), ==, expected);
    g_assert_false(mechanism_is_complete(mechanism));
    Server server = server_start(expected);
    g_assert_cmpint(talk(mechanism, &server), ==, outcome);
    if (outcome == GSASL_OK)
        g_assert_true(mechanism_is_complete(mechanism));
    server_stop(&server);
}

static void test_right(void)
{
    check_login("PLAIN LOGIN SCRAM-SHA-1 SCRAM-SHA-256", "SCRAM-SHA-256", "sesame ż", GSASL_OK);
    check_login("plain scram-sha-1", "SCRAM-SHA-1", "sesame ż", GSASL_OK);
    check_login("CRAM-MD5 PLAIN X", "PLAIN", "sesame ż", GSASL_OK);
}

static void test_wrong(void)
{
    check_login("SCRAM-SHA-256", "SCRAM-SHA-256", "wrong", GSASL_AUTHENTICATION_ERROR);
    check_login("PLAIN", "PLAIN", "wrong", GSASL_AUTHENTICATION_ERROR);
}

static void test_none(void)
{
    g_autoptr(Secret) secret = secret_new("x", 1);
    g_autoptr(GError) error = NULL;
    g_assert_null(mechanism_choose("LOGIN XOAUTH2", "alice", secret, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_NOT_FOUND);
    g_clear_error(&error);
    g_assert_null(mechanism_choose("", "alice", secret, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_NOT_FOUND);
}

/* The first server message that fits the client's nonce, with an iteration count of choice. */
static bool answer_with_iterations(const char *iterations, GError **error)
{
    g_autoptr(Secret) secret = secret_new("x", 1);
    g_autoptr(Mechanism) mechanism = mechanism_choose("SCRAM-SHA-256", "alice", secret, NULL);
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
    g_autoptr(Mechanism) mechanism = mechanism_choose("SCRAM-SHA-256", "alice", secret, NULL);
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
    g_test_add_func("/mechanism/none", test_none);
    g_test_add_func("/mechanism/iterations", test_iterations);
    g_test_add_func("/mechanism/false-proof", test_false_proof);
    return g_test_run();
}
