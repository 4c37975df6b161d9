#include <glib.h>
#include <string.h>

#include "known_places.h"
#include "repository.h"
#include "tree.h"
#include "writer.h"

typedef struct {
    char *directory;
    Repository *repository;
    Tree *tree;
    Writer *writer;
    KnownPlaces *places;
} Fixture;

static void set_up(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    GError *error = NULL;
    fixture->directory = g_dir_make_tmp("known-places-XXXXXX", &error);
    g_assert_no_error(error);
    g_autofree char *path = g_build_filename(fixture->directory, "repository", NULL);
    g_assert_true(repository_create(path, &error));
    fixture->repository = repository_open(path, &error);
    g_assert_no_error(error);
    fixture->writer = writer_open(fixture->repository, &error);
    g_assert_no_error(error);
    fixture->tree = tree_new(fixture->repository);
    fixture->places = known_places_new(fixture->repository, fixture->tree);
}

static void tear_down(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    char *arguments[] = {"rm", "-rf", fixture->directory, NULL};
    known_places_free(fixture->places);
    tree_free(fixture->tree);
    writer_close(fixture->writer);
    repository_close(fixture->repository);
    g_assert_true(g_spawn_sync(NULL, arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
    g_free(fixture->directory);
}

/* The nodes of `kind` that changed; no name may be gone. */
static unsigned count_changed(Fixture *fixture, TreeKind kind)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) changes = known_places_update(fixture->places, &error);
    unsigned count = 0;
    g_assert_no_error(error);
    for (unsigned i = 0; i < changes->len; i++) {
        const PlaceChange *change = &g_array_index(changes, PlaceChange, i);
        g_assert_null(change->gone);
        count += tree_kind(change->node) == kind;
    }
    return count;
}

static uint32_t add_account(Fixture *fixture, const char *name)
{
    GError *error = NULL;
    uint32_t account;
    g_assert_true(writer_add_account(fixture->writer, name, &account, &error));
    g_assert_true(writer_commit(fixture->writer, &error));
    return account;
}

static void publish_mailbox(Fixture *fixture, uint32_t account, const char *name)
{
    GError *error = NULL;
    const MailboxListing listing = {(const uint8_t *)name, strlen(name), '/', 0};
    uint32_t mailbox;
    uint32_t snapshot;
    bool published;
    g_assert_true(writer_add_mailbox(fixture->writer, account, 1, &listing, &mailbox, &error));
    g_assert_true(writer_publish(fixture->writer, account, true, &published, &snapshot, &error));
    g_assert_true(published);
}

static void test_quiet(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    g_assert_cmpuint(count_changed(fixture, TREE_IS_ROOT), ==, 1);
    g_assert_cmpuint(count_changed(fixture, TREE_IS_ROOT), ==, 0);
}

static void test_account_without_snapshot(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    count_changed(fixture, TREE_IS_ROOT);
    add_account(fixture, "alice@example.com");
    g_assert_cmpuint(count_changed(fixture, TREE_IS_ROOT), ==, 1);
    g_assert_cmpuint(count_changed(fixture, TREE_IS_ROOT), ==, 0);
}

static void test_snapshot(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    uint32_t alice = add_account(fixture, "alice@example.com");
    add_account(fixture, "bob@example.org");
    g_assert_cmpuint(count_changed(fixture, TREE_IS_ACCOUNT), ==, 2);
    publish_mailbox(fixture, alice, "INBOX");
    g_assert_cmpuint(count_changed(fixture, TREE_IS_ACCOUNT), ==, 1);
    publish_mailbox(fixture, alice, "Sent");
    g_assert_cmpuint(count_changed(fixture, TREE_IS_ACCOUNT), ==, 1);
    g_assert_cmpuint(count_changed(fixture, TREE_IS_ACCOUNT), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/known_places/quiet", Fixture, NULL, set_up, test_quiet, tear_down);
    g_test_add("/known_places/account", Fixture, NULL, set_up, test_account_without_snapshot, tear_down);
    g_test_add("/known_places/snapshot", Fixture, NULL, set_up, test_snapshot, tear_down);
    return g_test_run();
}
