/* What one new message costs in a repository of many: its bytes, and next to nothing in the index, though every page of
 * that is written anew that changes. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "optimize.h"
#include "repository_fixture.h"

#define MESSAGES 28000
#define MAILBOXES 4
#define NEW_MESSAGES 10
#define GROWTH_AT_MOST ((uint64_t)8 << 10) /* beyond the bytes of the message, which cannot be compressed */
#define ATTACHMENT_BYTES 6000
#define LINE_LENGTH 76

static uint64_t bytes_below(const char *path)
{
    uint64_t bytes = 0;
    struct stat status;
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    for (const char *name; directory && (name = g_dir_read_name(directory));) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        bytes += bytes_below(child);
    }
    if (!directory && g_stat(path, &status) == 0)
        bytes = (uint64_t)status.st_size;
    return bytes;
}

static void add_message(Fixture *fixture, uint32_t uid, const char *text)
{
    g_autoptr(GError) error = NULL;
    uint32_t mailbox = uid % MAILBOXES + 1;
    OriginId origin;
    for (size_t i = 0; i < sizeof origin; i++)
        ((uint8_t *)&origin)[i] = (uint8_t)g_test_rand_int();
    fixture_message(fixture, mailbox, uid, text);
    writer_set_origin(fixture->writer, fixture->account, mailbox, uid, &origin, &error);
    g_assert_no_error(error);
}

/* A first sync; the index is then as dense as it can be. */
static void fill(Fixture *fixture)
{
    for (uint32_t number = 0; number < MAILBOXES; number++) {
        g_autofree char *name = g_strdup_printf("Mailbox %u", number);
        fixture_mailbox(fixture, name, number + 1);
    }
    for (uint32_t uid = 1; uid <= MESSAGES; uid++) {
        g_autofree char *text = g_strdup_printf("From: someone@example.org\nSubject: message %u\n\nbody\n", uid);
        add_message(fixture, uid, text);
    }
    fixture_publish(fixture);
    g_clear_pointer(&fixture->writer, writer_close);
}

/* With an attachment, which brings more rows. *bytes is what of it cannot be compressed. */
static char *new_message(uint32_t uid, uint64_t *bytes)
{
    guchar attachment[ATTACHMENT_BYTES];
    for (size_t i = 0; i < sizeof attachment; i++)
        attachment[i] = (guchar)g_test_rand_int();
    g_autofree char *encoded = g_base64_encode(attachment, sizeof attachment);
    GString *text = g_string_new(NULL);
    g_string_printf(text, "From: another@example.org\nSubject: new, %u\n\n", uid);
    *bytes = text->len + sizeof attachment;
    for (size_t at = 0; at < strlen(encoded); at += LINE_LENGTH)
        g_string_append_printf(text, "%.*s\n", LINE_LENGTH, encoded + at);
    return g_string_free(text, FALSE);
}

/* As a sync brings it, in a process of its own. */
static void bring(Fixture *fixture, uint32_t uid)
{
    uint64_t new_bytes, before = bytes_below(fixture->path);
    g_autofree char *text = new_message(uid, &new_bytes);
    fixture_reopen(fixture);
    fixture_open_writer(fixture);
    add_message(fixture, uid, text);
    g_assert_cmpuint(fixture_publish(fixture), !=, 0);
    g_clear_pointer(&fixture->writer, writer_close);
    uint64_t growth = bytes_below(fixture->path) - before;
    g_test_message("%" G_GUINT64_FORMAT " bytes more for %" G_GUINT64_FORMAT, growth, new_bytes);
    g_assert_cmpuint(growth, <=, new_bytes + GROWTH_AT_MOST);
}

static void bring_some(Fixture *fixture)
{
    for (uint32_t uid = MESSAGES + 1; uid <= MESSAGES + NEW_MESSAGES; uid++)
        bring(fixture, uid);
}

static void test_after_first_sync(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    fill(fixture);
    bring_some(fixture);
}

static void test_after_optimizing(Fixture *fixture, const void *unused G_GNUC_UNUSED)
{
    const OptimizeOptions options = {0};
    OptimizeTotals totals;
    g_autoptr(GError) error = NULL;
    fill(fixture);
    repository_optimize(fixture->repository, &options, &totals, &error);
    g_assert_no_error(error);
    bring_some(fixture);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/growth/after-first-sync", Fixture, NULL, fixture_set_up, test_after_first_sync, fixture_tear_down);
    g_test_add("/growth/after-optimizing", Fixture, NULL, fixture_set_up, test_after_optimizing, fixture_tear_down);
    return g_test_run();
}
