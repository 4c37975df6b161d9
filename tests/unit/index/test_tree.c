#include <string.h>

#include "error.h"
#include "mailbox_name.h"
#include "repository_fixture.h"

typedef struct {
    Fixture base;
    Tree *tree;
} TreeFixture;

static void set_up(TreeFixture *fixture, const void *unused)
{
    fixture_set_up(&fixture->base, unused);
    fixture->tree = tree_new(fixture->base.repository);
}

static void tear_down(TreeFixture *fixture, const void *unused)
{
    tree_free(fixture->tree);
    fixture_tear_down(&fixture->base, unused);
}

static bool walk(TreeFixture *fixture, const char *path, TreeAttributes *attributes)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(View) view = view_acquire(fixture->base.repository, &error);
    g_assert_no_error(error);
    bool there = tree_walk(fixture->tree, view, path, attributes, &error);
    if (!there)
        g_assert_error(error, MB_ERROR, MB_ERROR_NOT_FOUND);
    return there;
}

typedef struct {
    GString *names;
    uint64_t last_node;
    uint64_t resume;
    int left; /* children taken before it stops; negative: all */
} Visit;

static bool note_child(const char *name, const TreeAttributes *attributes, uint64_t next_offset, void *user)
{
    Visit *visit = user;
    if (visit->left == 0)
        return false;
    visit->left--;
    g_string_append_printf(visit->names, "%s\n", name);
    visit->last_node = attributes->node;
    visit->resume = next_offset;
    g_assert_cmpuint(strlen(name), <, TREE_NAME_SIZE);
    g_assert_true(g_utf8_validate(name, -1, NULL));
    g_assert_null(strchr(name, '/'));
    return true;
}

/* Lists `path` in pieces of `piece` children. Caller frees. */
static char *list(TreeFixture *fixture, const char *path, int piece)
{
    TreeAttributes attributes;
    g_assert_true(walk(fixture, path, &attributes));
    Visit visit = {.names = g_string_new(NULL)};
    gsize before;
    do {
        g_autoptr(View) view = view_acquire(fixture->base.repository, NULL);
        before = visit.names->len;
        visit.left = piece;
        g_assert_true(tree_list(fixture->tree, view, attributes.node, visit.resume, note_child, &visit, NULL));
    } while (visit.names->len > before);
    return g_string_free(visit.names, FALSE);
}

static void assert_list(TreeFixture *fixture, const char *path, const char *expected)
{
    for (int piece = 1; piece < 5; piece++) {
        g_autofree char *names = list(fixture, path, piece);
        g_assert_cmpstr(names, ==, expected);
    }
}

static void test_names_and_lookup(TreeFixture *fixture, const void *unused)
{
    (void)unused;
    uint32_t inbox = fixture_mailbox(&fixture->base, "INBOX", 1);
    fixture_mailbox(&fixture->base, "INBOX/Wa&AXw-ne", 1);
    fixture_message(&fixture->base, inbox, 7, "From: Bob Smith <b@c>\nSubject: Re: budget\n\nhello");
    fixture_message(&fixture->base, inbox, 9, "");
    fixture_publish(&fixture->base);
    assert_list(fixture, "", "alice@example.com\n");
    assert_list(fixture, "alice@example.com/latest/INBOX",
                "Ważne\n2023-11-14_2213_Bob-Smith_Re-budget.7.eml\n2023-11-14_2213_unknown_no-subject.9.eml\n");

    TreeAttributes file, directory;
    g_assert_true(walk(fixture, "alice@example.com/latest/INBOX/2023-11-14_2213_Bob-Smith_Re-budget.7.eml", &file));
    g_assert_cmpint(file.kind, ==, TREE_IS_MESSAGE);
    g_assert_cmpuint(file.size, ==, 48);
    g_assert_cmpint(file.mtime, ==, 1700000007);
    g_assert_cmpuint(tree_uid(file.node), ==, 7);
    g_assert_cmpuint(tree_mailbox(file.node), ==, inbox);
    g_assert_true(walk(fixture, "/alice@example.com/latest/INBOX/Ważne", &directory));
    g_assert_cmpint(directory.kind, ==, TREE_IS_DIRECTORY);
    static const char *const absent[] = {"bob@example.com",
                                         "alice@example.com/2020-01-01T00-00-00Z",
                                         "alice@example.com/latest/Sent",
                                         "alice@example.com/latest/INBOX/2023-11-14_2213_Bob-Smith_Re-budget.8.eml",
                                         "alice@example.com/latest/INBOX/other.7.eml",
                                         "alice@example.com/latest/INBOX/.7.eml"};
    for (size_t i = 0; i < G_N_ELEMENTS(absent); i++)
        g_assert_false(walk(fixture, absent[i], &file));
}

static void test_nodes_are_the_same_in_every_snapshot(TreeFixture *fixture, const void *unused)
{
    (void)unused;
    uint32_t inbox = fixture_mailbox(&fixture->base, "INBOX", 1);
    fixture_message(&fixture->base, inbox, 1, "From: a@b\nSubject: s\n\n");
    fixture_publish(&fixture->base);
    TreeAttributes first, second, old_directory, new_directory;
    const char *path = "alice@example.com/latest/INBOX/2023-11-14_2213_a@b_s.1.eml";
    g_assert_true(walk(fixture, path, &first));
    g_assert_true(walk(fixture, "alice@example.com/latest/INBOX", &old_directory));
    MessageFlags seen = {.flags = FLAG_SEEN, .keywords = ""};
    g_assert_true(writer_set_flags(fixture->base.writer, fixture->base.account, inbox, 1, &seen, NULL));
    fixture_publish(&fixture->base);
    g_assert_true(walk(fixture, path, &second));
    g_assert_true(walk(fixture, "alice@example.com/latest/INBOX", &new_directory));
    g_assert_cmpuint(first.node, ==, second.node);
    g_assert_cmpuint(old_directory.node, !=, new_directory.node);
}

static void test_missing_levels(TreeFixture *fixture, const void *unused)
{
    (void)unused;
    fixture_mailbox(&fixture->base, "A/B/C", 1);
    fixture_mailbox(&fixture->base, "A/B/D", 1);
    fixture_publish(&fixture->base);
    assert_list(fixture, "alice@example.com/latest", "A%2FB%2FC\nA%2FB%2FD\n");
}

static void test_hostile_mailbox_names(TreeFixture *fixture, const void *unused)
{
    (void)unused;
    static const struct {
        const char *name, *shown;
    } cases[] = {{"..", "%2E."},
                 {".", "%2E"},
                 {"a.eml", "a%2Eeml"},
                 {"50%", "50%25"},
                 {"-rf", "%2Drf"},
                 {"&Jjo", "%26Jjo"},
                 {"caf\xc3\xa9", "café"},
                 {"caf&AOk-", "café~8"},
                 {"\xff", "%FF"},
                 {"esc\x1b[31m", "esc%1B[31m"},
                 {"&IC4-gpj", "%E2%80%AEgpj"}};
    g_autoptr(GString) expected = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        fixture_mailbox(&fixture->base, cases[i].name, 1);
        g_string_append_printf(expected, "%s\n", cases[i].shown);
    }
    fixture_publish(&fixture->base);
    assert_list(fixture, "alice@example.com/latest", expected->str);
}

static void test_long_mailbox_name(TreeFixture *fixture, const void *unused)
{
    (void)unused;
    g_autofree char *long_name = g_strnfill(1000, 'x');
    g_autofree char *other = g_strnfill(999, 'x');
    fixture_mailbox(&fixture->base, long_name, 1);
    fixture_mailbox(&fixture->base, other, 1);
    fixture_publish(&fixture->base);
    g_autofree char *names = list(fixture, "alice@example.com/latest", -1);
    g_auto(GStrv) lines = g_strsplit(names, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, 3);
    g_assert_cmpstr(lines[0], !=, lines[1]);
}

#define ADD(path, function) g_test_add(path, TreeFixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/tree/names-and-lookup", test_names_and_lookup);
    ADD("/tree/nodes-are-the-same-in-every-snapshot", test_nodes_are_the_same_in_every_snapshot);
    ADD("/tree/missing-levels", test_missing_levels);
    ADD("/tree/hostile-mailbox-names", test_hostile_mailbox_names);
    ADD("/tree/long-mailbox-name", test_long_mailbox_name);
    return g_test_run();
}
