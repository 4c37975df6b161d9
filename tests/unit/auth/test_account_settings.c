/* What is saved of an account comes back; what makes no sense is refused. */
#include "account_settings.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "error.h"
#include "mb_limits.h"

typedef struct {
    char *repository;
    char *path;
} Fixture;

static void set_up(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    fixture->repository = g_dir_make_tmp("settings-XXXXXX", NULL);
    fixture->path = g_build_filename(fixture->repository, "accounts", NULL);
}

static void tear_down(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    g_unlink(fixture->path);
    g_assert_cmpint(g_rmdir(fixture->repository), ==, 0); /* nothing else was left there */
    g_free(fixture->path);
    g_free(fixture->repository);
}

static GPtrArray *load(const Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *accounts = account_settings_load(fixture->repository, &error);
    g_assert_no_error(error);
    return accounts;
}

static void save(const Fixture *fixture, const AccountSettings *settings)
{
    g_autoptr(GError) error = NULL;
    account_settings_save(fixture->repository, settings, &error);
    g_assert_no_error(error);
}

static void check_same(const AccountSettings *a, const AccountSettings *b)
{
    g_assert_cmpstr(a->name, ==, b->name);
    g_assert_cmpstr(a->host, ==, b->host);
    g_assert_cmpint(a->port, ==, b->port);
    g_assert_cmpint(a->tls, ==, b->tls);
    g_assert_cmpstr(a->user, ==, b->user);
    g_assert_cmpstr(a->password_command, ==, b->password_command);
    g_assert_cmpstr(a->password_file, ==, b->password_file);
    g_assert_cmpstr(a->token_command, ==, b->token_command);
    g_assert_cmpstr(a->auth, ==, b->auth);
    g_assert_cmpstr(a->ca_file, ==, b->ca_file);
    g_assert_cmpstr(a->pins, ==, b->pins);
    g_assert_cmpstr(a->client_certificate, ==, b->client_certificate);
    g_assert_cmpstr(a->client_key, ==, b->client_key);
    g_assert_cmpstr(a->plaintext_to, ==, b->plaintext_to);
    g_assert_cmpint(a->compress, ==, b->compress);
    g_assert_cmpint(a->shared, ==, b->shared);
    g_assert_cmpuint(a->limits.connections, ==, b->limits.connections);
    g_assert_cmpuint(a->limits.bytes_per_second, ==, b->limits.bytes_per_second);
    g_assert_cmpuint(a->limits.bytes_per_day, ==, b->limits.bytes_per_day);
}

static void test_none(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(GPtrArray) accounts = load(fixture);
    g_assert_cmpuint(accounts->len, ==, 0);
}

static void test_round_trip(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    AccountSettings alice = {.name = (char *)"[work] %41 zażółć",
                             .host = (char *)"imap.example.com",
                             .port = 10143,
                             .tls = TLS_STARTTLS,
                             .user = (char *)" alice\\ ",
                             .password_command = (char *)"pass show 'a b' | head -1; echo \"#\"\nexit 0"};
    AccountSettings bob = {.name = (char *)"bob@example.org",
                           .host = (char *)"::1",
                           .port = 993,
                           .user = (char *)"bob",
                           .password_file = (char *)"/home/bob/pass word",
                           .ca_file = (char *)"/etc/ca.pem"};
    AccountSettings carol = {.name = (char *)"carol",
                             .host = (char *)"imap.example.com",
                             .port = 143,
                             .tls = TLS_NONE,
                             .user = (char *)"carol",
                             .token_command = (char *)"oauth2 token",
                             .auth = (char *)"OAUTHBEARER",
                             .pins = (char *)"sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
                             .client_certificate = (char *)"/c.pem",
                             .client_key = (char *)"/k.pem",
                             .plaintext_to = (char *)"imap.example.com",
                             .compress = COMPRESS_OFF,
                             .shared = true,
                             .limits = {7, 500000, 2500000000}};
    save(fixture, &alice);
    save(fixture, &bob);
    save(fixture, &carol);
    g_autoptr(GPtrArray) accounts = load(fixture);
    g_assert_cmpuint(accounts->len, ==, 3);
    check_same(accounts->pdata[0], &alice);
    check_same(accounts->pdata[1], &bob);
    check_same(accounts->pdata[2], &carol);
}

static void test_replace(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    AccountSettings settings = {.name = (char *)"alice",
                                .host = (char *)"one.example",
                                .port = 993,
                                .user = (char *)"alice",
                                .password_command = (char *)"true"};
    save(fixture, &settings);
    settings.host = (char *)"two.example";
    settings.password_command = NULL;
    settings.password_file = (char *)"/f";
    save(fixture, &settings);
    g_autoptr(GPtrArray) accounts = load(fixture);
    g_assert_cmpuint(accounts->len, ==, 1);
    check_same(accounts->pdata[0], &settings);
}

static void test_mode(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    AccountSettings settings = {.name = (char *)"a", .host = (char *)"h", .port = 993, .user = (char *)"u"};
    save(fixture, &settings);
    struct stat status;
    g_assert_cmpint(stat(fixture->path, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 07777, ==, 0600);
}

static void check_file(const Fixture *fixture, const char *text, const char *words)
{
    g_assert_true(g_file_set_contents(fixture->path, text, -1, NULL));
    g_autoptr(GError) error = NULL;
    g_assert_null(account_settings_load(fixture->repository, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, words));
}

static void test_defaults(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    g_assert_true(
        g_file_set_contents(fixture->path, "[a]\nhost=h\nuser=u\n[b]\nhost=h\nuser=u\ntls=starttls\n", -1, NULL));
    g_autoptr(GPtrArray) accounts = load(fixture);
    g_assert_cmpint(((AccountSettings *)accounts->pdata[0])->port, ==, 993);
    g_assert_cmpint(((AccountSettings *)accounts->pdata[1])->port, ==, 143);
}

static void test_bad_files(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    check_file(fixture, "nonsense\n", fixture->path);
    check_file(fixture, "[a]\nuser=u\n", "host and user");
    check_file(fixture, "[a]\nhost=h\nuser=u\nport=65536\n", "port");
    check_file(fixture, "[a]\nhost=h\nuser=u\nport=0\n", "port");
    check_file(fixture, "[a]\nhost=h\nuser=u\ntls=maybe\n", "tls");
    check_file(fixture, "[a]\nhost=h\nuser=u\ncompress=\n", "compress");
    check_file(fixture, "[a]\nhost=h\nuser=u\npins=sha256//x\n", "pin");
    check_file(fixture, "[a%2Fb]\nhost=h\nuser=u\n", "[a%2Fb]");
}

static void test_pins(void)
{
    static const char good[] = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    g_autofree char *two = g_strconcat(good, ",", good, NULL);
    g_assert_true(account_pins_check(good, NULL));
    g_assert_true(account_pins_check(two, NULL));
    static const char *const bad[] = {"",
                                      "sha256//",
                                      "sha256//47DEQpj8HBSa",
                                      "sha1//47DEQpj8HBSa+/TImW+5JCeuQeQ=",
                                      "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
                                      good + 8};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(account_pins_check(bad[i], &error));
        g_assert_error(error, MB_ERROR, MB_ERROR_INVALID);
    }
}

static void test_names(void)
{
    static const char *const good[] = {"alice@example.com", "zażółć gęślą", "a", "a.b-c", "[x]"};
    static const char *const bad[] = {"", ".", "..", ".a", "-a", " a", "a/b", "a\nb", "a\x7f", "a\xff", "a\u202eb"};
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++)
        g_assert_true(account_name_check(good[i], NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(account_name_check(bad[i], &error));
        g_assert_error(error, MB_ERROR, MB_ERROR_INVALID);
    }
    g_autofree char *longest = g_strnfill(LIMIT_ACCOUNT_NAME_BYTES, 'a');
    g_autofree char *too_long = g_strnfill(LIMIT_ACCOUNT_NAME_BYTES + 1, 'a');
    g_assert_true(account_name_check(longest, NULL));
    g_assert_false(account_name_check(too_long, NULL));
}

#define ADD(name, function) g_test_add(name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/account-settings/none", test_none);
    ADD("/account-settings/round-trip", test_round_trip);
    ADD("/account-settings/replace", test_replace);
    ADD("/account-settings/mode", test_mode);
    ADD("/account-settings/defaults", test_defaults);
    ADD("/account-settings/bad-files", test_bad_files);
    g_test_add_func("/account-settings/names", test_names);
    g_test_add_func("/account-settings/pins", test_pins);
    return g_test_run();
}
