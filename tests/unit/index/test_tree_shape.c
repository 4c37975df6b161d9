/* Mailbox names without end, as a server may list them: whatever they are, no two directories of one parent bear one
 * name, none leads anywhere else, and none does anything to a terminal. TREE_ROUNDS=10000 looks at a million in each
 * form. */
#include "tree_shape.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { MAILBOXES = 100, ROUNDS = 600 };

/* Made of what is meant to go wrong: levels, twins, marks of twins, modified UTF-7 and broken pieces of it, UTF-8 and
 * not. */
static const char *const pieces[] = {"/",        "/",
                                     "..",       ".",
                                     "a",        "A",
                                     "~",        "2",
                                     "3",        "%",
                                     "%2E",      "&",
                                     "&AOk-",    "&-",
                                     "\xc3\xa9", "e",
                                     "\xcc\x81", "\xff",
                                     "\x1b",     "\xe2\x80\xae",
                                     " ",        "-",
                                     ".eml",     "CON",
                                     "cur",      "\xef\xbf\xbd",
                                     "\n"};

static void append_pieces(GString *name)
{
    for (int i = g_test_rand_int_range(1, 6); i > 0; i--)
        g_string_append(name, pieces[g_test_rand_int_range(0, G_N_ELEMENTS(pieces))]);
    if (g_test_rand_int_range(0, 50) == 0)
        for (int i = 0; i < 40; i++)
            g_string_append(name, "\xc3\xa9ndless");
}

/* What comes to the same name, and what is called as the later one of two such is then. */
static void append_twin(GString *name)
{
    static const char *const same[] = {"\xc3\xa9", "&AOk-", "e\xcc\x81", "a", "A"};
    g_string_append(name, same[g_test_rand_int_range(0, G_N_ELEMENTS(same))]);
    for (int i = g_test_rand_int_range(0, 3); i > 0; i--)
        g_string_append_printf(name, "~%d", g_test_rand_int_range(1, MAILBOXES));
}

static MailboxInfo *mailbox_at_random(uint32_t number)
{
    g_autoptr(GString) name = g_string_new(NULL);
    if (g_test_rand_bit())
        append_pieces(name);
    else
        append_twin(name);
    MailboxInfo *info = g_new0(MailboxInfo, 1);
    info->mailbox = number;
    info->delimiter = '/';
    info->name_length = name->len;
    info->name = g_memdup2(name->str, name->len);
    return info;
}

/* A server lists a name once. */
static GPtrArray *mailboxes_at_random(void)
{
    GPtrArray *mailboxes = g_ptr_array_new_with_free_func((GDestroyNotify)mailbox_info_free);
    g_autoptr(GHashTable) names =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    for (uint32_t number = 1; number <= MAILBOXES; number++) {
        g_autoptr(MailboxInfo) info = mailbox_at_random(number);
        if (g_hash_table_add(names, g_bytes_new(info->name, info->name_length)))
            g_ptr_array_add(mailboxes, g_steal_pointer(&info));
    }
    return mailboxes;
}

static void check_name(const char *name)
{
    g_assert_true(g_utf8_validate(name, -1, NULL));
    g_assert_cmpuint(strlen(name), <=, 255);
    g_assert_cmpuint(strlen(name), >, 0);
    g_assert_false(name[0] == '.' || strchr(name, '/'));
    for (const char *at = name; *at; at = g_utf8_next_char(at))
        g_assert_false(text_is_unsafe(g_utf8_get_char(at)));
}

static void check_shape(const TreeStyle *style)
{
    g_autoptr(GPtrArray) mailboxes = mailboxes_at_random();
    const SnapshotInfo snapshot = {.snapshot = 1, .time = 1};
    g_autoptr(TreeShape) shape = tree_shape_new(style, &snapshot, mailboxes);
    for (guint i = 0; i < mailboxes->len; i++) {
        const MailboxInfo *info = mailboxes->pdata[i];
        const ShapeDirectory *directory = tree_shape_directory(shape, info->mailbox);
        check_name(directory->name);
        const ShapeDirectory *found = tree_shape_child(shape, directory->parent, directory->name);
        if (found != directory)
            g_error("mailboxes %u and %u are both \"%s\"", directory->mailbox, found->mailbox, directory->name);
    }
}

static void check_rounds(TreeNames names)
{
    const TreeOptions options = {.names = names};
    TreeStyle style;
    g_assert_true(tree_style_init(&style, &options, NULL));
    const char *rounds = g_getenv("TREE_ROUNDS");
    for (int i = rounds ? atoi(rounds) : ROUNDS; i > 0; i--)
        check_shape(&style);
    tree_style_clear(&style);
}

static void test_any_names(void)
{
    check_rounds(NAMES_UNICODE);
}

static void test_names_for_windows(void)
{
    check_rounds(NAMES_WINDOWS);
}

static void test_names_in_ascii(void)
{
    check_rounds(NAMES_ASCII);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tree-shape/any-names", test_any_names);
    g_test_add_func("/tree-shape/names-for-windows", test_names_for_windows);
    g_test_add_func("/tree-shape/names-in-ascii", test_names_in_ascii);
    return g_test_run();
}
