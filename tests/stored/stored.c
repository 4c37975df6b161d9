/* stored REPOSITORY --nasty SEED COUNT | stored REPOSITORY --files LIST: stores messages, generated ones (nasty_mail.h)
 * or the files that LIST names, a line each, as a sync would. Then it reads all of them back, in pieces of odd sizes,
 * and compares their SHA-256, which GLib computes here and nothing of ours. What memory it took at most must be below
 * the budget of a sync. */
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "body.h"
#include "error.h"
#include "nasty_mail.h"
#include "spool.h"
#include "writer.h"

#define A_MAILBOX 10000u
#define MEMORY_KIB_AT_MOST (128 << 10)

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_COUNTS false /* it is the sanitizer's */
#else
#define MEMORY_COUNTS true
#endif

typedef struct {
    Repository *repository;
    Writer *writer;
    uint64_t seed;
    char **files; /* NULL: generated */
    uint32_t count;
    uint32_t account;
    GArray *mailboxes; /* uint32_t */
    GArray *sums;      /* ContentId, of what was put in */
    uint64_t bytes;
} Stored;

/* Where a message goes while it is written. */
typedef struct {
    Spool *spool;
    GChecksum *checksum;
    GError **error;
} Filling;

static bool fill(const void *data, size_t length, void *user)
{
    Filling *filling = user;
    g_checksum_update(filling->checksum, data, (gssize)length);
    return spool_append(filling->spool, data, length, filling->error);
}

static bool write_file(const char *path, Filling *filling)
{
    g_autofree char *bytes = NULL;
    gsize length;
    return g_file_get_contents(path, &bytes, &length, filling->error) && fill(bytes, length, filling);
}

static ContentId sum_of(GChecksum *checksum)
{
    ContentId id;
    gsize size = sizeof id.bytes;
    g_checksum_get_digest(checksum, id.bytes, &size);
    return id;
}

static bool add_message(Stored *stored, uint32_t number, GError **error)
{
    g_autoptr(Spool) spool = spool_new(g_get_tmp_dir());
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    Filling filling = {.spool = spool, .checksum = checksum, .error = error};
    if (!(stored->files ? write_file(stored->files[number], &filling)
                        : nasty_mail_write(stored->seed, number, fill, &filling)))
        return false;
    ContentId sum = sum_of(checksum);
    g_array_append_val(stored->sums, sum);
    stored->bytes += spool_size(spool);
    return writer_add_message(stored->writer, stored->account,
                              g_array_index(stored->mailboxes, uint32_t, number / A_MAILBOX), number % A_MAILBOX + 1,
                              1700000000 + number, &(MessageFlags){.keywords = ""}, spool, error);
}

static bool add_mailbox(Stored *stored, GError **error)
{
    uint32_t mailbox;
    g_autofree char *name = g_strdup_printf("Box %u", stored->mailboxes->len);
    const MailboxListing listing = {(const uint8_t *)name, strlen(name), '/', 0};
    if (!writer_add_mailbox(stored->writer, stored->account, stored->mailboxes->len + 1, &listing, &mailbox, error))
        return false;
    g_array_append_val(stored->mailboxes, mailbox);
    return true;
}

static bool add_all(Stored *stored, GError **error)
{
    bool published;
    uint32_t snapshot;
    if (!writer_add_account(stored->writer, "nasty@example.com", &stored->account, error))
        return false;
    for (uint32_t number = 0; number < stored->count; number++)
        if ((number % A_MAILBOX == 0 && !add_mailbox(stored, error)) || !add_message(stored, number, error))
            return false;
    return writer_publish(stored->writer, stored->account, true, &published, &snapshot, error);
}

static bool read_back(Body *body, uint32_t number, GChecksum *checksum, GError **error)
{
    size_t size = 1 + number * 7919u % 200000, got;
    g_autofree char *piece = g_malloc(size);
    for (uint64_t offset = 0; body_read(body, offset, piece, size, &got, error); offset += got) {
        if (got == 0)
            return true;
        g_checksum_update(checksum, (const guchar *)piece, (gssize)got);
    }
    return false;
}

static bool compare_message(Stored *stored, uint32_t number, GError **error)
{
    MessageRow row;
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autoptr(View) view = view_acquire(stored->repository, error);
    if (!view || !view_message_properties(view, g_array_index(stored->mailboxes, uint32_t, number / A_MAILBOX),
                                          number % A_MAILBOX + 1, &row, error))
        return false;
    g_autoptr(Body) body = body_open(view, &row.id, error);
    g_clear_pointer(&view, view_release);
    if (!body || !read_back(body, number, checksum, error))
        return false;
    ContentId sum = sum_of(checksum);
    return content_id_equal(&sum, &g_array_index(stored->sums, ContentId, number)) ||
           mb_error_set(error, MB_ERROR_CORRUPT, "it is not what was stored");
}

static bool compare_all(Stored *stored, GError **error)
{
    for (uint32_t number = 0; number < stored->count; number++)
        if (!compare_message(stored, number, error)) {
            g_prefix_error(error, "message %u: ", number);
            return false;
        }
    return true;
}

static bool is_memory_small(GError **error)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%ld MiB of memory at most\n", usage.ru_maxrss >> 10);
    return !MEMORY_COUNTS || usage.ru_maxrss < MEMORY_KIB_AT_MOST ||
           mb_error_set(error, MB_ERROR_LIMIT, "it took more memory than it may");
}

static bool store_and_compare(Stored *stored, const char *path, GError **error)
{
    if (!repository_create(path, error))
        return false;
    g_autoptr(Repository) repository = repository_open(path, error);
    g_autoptr(Writer) writer = repository ? writer_open(repository, error) : NULL;
    stored->repository = repository;
    stored->writer = writer;
    if (!writer || !add_all(stored, error) || !compare_all(stored, error))
        return false;
    printf("%u messages, %" G_GUINT64_FORMAT " bytes, %" G_GUINT64_FORMAT " stored: all came back\n", stored->count,
           stored->bytes, writer_totals(writer).stored_bytes);
    return is_memory_small(error);
}

static bool read_list(Stored *stored, const char *path, GError **error)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, error))
        return false;
    stored->files = g_strsplit(g_strchomp(text), "\n", -1);
    stored->count = g_strv_length(stored->files);
    return true;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    Stored stored = {.mailboxes = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
                     .sums = g_array_new(FALSE, FALSE, sizeof(ContentId))};
    bool done = false;
    if (argc == 5 && strcmp(argv[2], "--nasty") == 0) {
        stored.seed = strtoull(argv[3], NULL, 10);
        stored.count = (uint32_t)strtoul(argv[4], NULL, 10);
        done = store_and_compare(&stored, argv[1], &error);
    } else if (argc == 4 && strcmp(argv[2], "--files") == 0) {
        done = read_list(&stored, argv[3], &error) && store_and_compare(&stored, argv[1], &error);
    } else {
        fprintf(stderr, "usage: stored REPOSITORY --nasty SEED COUNT | stored REPOSITORY --files LIST\n");
        return 2;
    }
    g_array_unref(stored.mailboxes);
    g_array_unref(stored.sums);
    g_strfreev(stored.files);
    if (!done)
        fprintf(stderr, "stored: %s\n", error->message);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
