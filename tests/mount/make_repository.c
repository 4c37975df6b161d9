/* make_repository REPOSITORY ACCOUNT DIRECTORY: gives the account a snapshot that equals the directory, without a
 * server. Every directory below it is a mailbox, every file a message: its name is the UID, its time INTERNALDATE.
 * Makes the repository when there is none. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "repository.h"
#include "spool.h"
#include "view.h"
#include "writer.h"

#define PIECE_BYTES 65536
#define UIDVALIDITY 1

typedef struct {
    Repository *repository;
    Writer *writer;
    uint32_t account;
    const char *source;
    GHashTable *present; /* names of mailboxes that the directory has */
} Mirror;

static bool read_into(Spool *body, const char *path, GError **error)
{
    char piece[PIECE_BYTES];
    ssize_t got;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return mb_error_errno(error, errno, "%s", path);
    while ((got = read(fd, piece, sizeof(piece))) > 0)
        if (!spool_append(body, piece, (size_t)got, error))
            break;
    close(fd);
    return got == 0 || *error || mb_error_errno(error, errno, "%s", path);
}

static bool add_message(Mirror *mirror, uint32_t mailbox, uint32_t uid, const char *path, GError **error)
{
    g_autoptr(Spool) body = spool_new(g_get_tmp_dir());
    GStatBuf status;
    if (g_stat(path, &status) != 0)
        return mb_error_errno(error, errno, "%s", path);
    return read_into(body, path, error) && writer_add_message(mirror->writer, mirror->account, mailbox, uid,
                                                              status.st_mtime, &(MessageFlags){0, ""}, body, error);
}

static int compare_uids(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* The UIDs that name files in a directory, sorted. */
static GArray *list_uids(const char *directory, GError **error)
{
    GArray *uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_autoptr(GDir) names = g_dir_open(directory, 0, error);
    const char *name;
    while (names && (name = g_dir_read_name(names))) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        uint64_t uid;
        if (g_file_test(path, G_FILE_TEST_IS_REGULAR) &&
            g_ascii_string_to_unsigned(name, 10, 1, UINT32_MAX, &uid, NULL))
            g_array_append_vals(uids, &(uint32_t){(uint32_t)uid}, 1);
    }
    g_array_sort(uids, compare_uids);
    return uids;
}

static GArray *stored_uids(Mirror *mirror, uint32_t mailbox, GError **error)
{
    GArray *uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_autoptr(View) view = view_acquire(mirror->repository, error);
    MessageScan scan;
    MessageRow row;
    if (!view || !message_scan_begin(&scan, view, mailbox, SNAPSHOT_CURRENT, 1, error))
        return uids;
    while (message_scan_next(&scan, &row, error))
        g_array_append_val(uids, row.uid);
    message_scan_end(&scan);
    return uids;
}

static bool has_uid(const GArray *uids, uint32_t uid)
{
    return g_array_binary_search((GArray *)uids, &uid, compare_uids, NULL);
}

static bool mirror_messages(Mirror *mirror, uint32_t mailbox, const char *directory, GError **error)
{
    g_autoptr(GArray) wanted = list_uids(directory, error);
    g_autoptr(GArray) stored = stored_uids(mirror, mailbox, error);
    for (unsigned i = 0; i < wanted->len && !*error; i++) {
        uint32_t uid = g_array_index(wanted, uint32_t, i);
        g_autofree char *path = g_strdup_printf("%s/%u", directory, uid);
        if (!has_uid(stored, uid))
            add_message(mirror, mailbox, uid, path, error);
    }
    for (unsigned i = 0; i < stored->len && !*error; i++) {
        uint32_t uid = g_array_index(stored, uint32_t, i);
        if (!has_uid(wanted, uid))
            writer_remove_message(mirror->writer, mirror->account, mailbox, uid, error);
    }
    return !*error;
}

/* The number of the mailbox `name`, 0 when there is none yet. */
static uint32_t find_mailbox(Mirror *mirror, const char *name, GError **error)
{
    g_autoptr(View) view = view_acquire(mirror->repository, error);
    g_autoptr(GPtrArray) mailboxes =
        view ? view_mailboxes(view, mirror->account, SNAPSHOT_CURRENT, error) : g_ptr_array_new();
    for (unsigned i = 0; mailboxes && i < mailboxes->len; i++) {
        const MailboxInfo *info = mailboxes->pdata[i];
        if (info->name_length == strlen(name) && memcmp(info->name, name, info->name_length) == 0)
            return info->mailbox;
    }
    return 0;
}

static bool mirror_mailbox(Mirror *mirror, const char *name, GError **error)
{
    g_autofree char *directory = g_build_filename(mirror->source, name, NULL);
    const MailboxListing listing = {(const uint8_t *)name, strlen(name), '/', 0};
    uint32_t mailbox = find_mailbox(mirror, name, error);
    if (*error)
        return false;
    g_hash_table_add(mirror->present, g_strdup(name));
    if (mailbox == 0 && !writer_add_mailbox(mirror->writer, mirror->account, UIDVALIDITY, &listing, &mailbox, error))
        return false;
    return mirror_messages(mirror, mailbox, directory, error);
}

/* All directories below the source, each after its parent, relative to it. */
static GPtrArray *list_directories(const char *source)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    for (int at = -1; at < (int)found->len; at++) {
        const char *parent = at < 0 ? "" : found->pdata[at];
        g_autofree char *path = g_build_filename(source, parent, NULL);
        g_autoptr(GDir) names = g_dir_open(path, 0, NULL);
        const char *name;
        while (names && (name = g_dir_read_name(names))) {
            g_autofree char *child = g_build_filename(path, name, NULL);
            if (g_file_test(child, G_FILE_TEST_IS_DIR))
                g_ptr_array_add(found, *parent ? g_build_filename(parent, name, NULL) : g_strdup(name));
        }
    }
    return found;
}

static bool hide_gone(Mirror *mirror, GError **error)
{
    g_autoptr(View) view = view_acquire(mirror->repository, error);
    g_autoptr(GPtrArray) mailboxes = view ? view_mailboxes(view, mirror->account, SNAPSHOT_CURRENT, error) : NULL;
    g_clear_pointer(&view, view_release);
    for (unsigned i = 0; mailboxes && i < mailboxes->len; i++) {
        const MailboxInfo *info = mailboxes->pdata[i];
        g_autofree char *name = g_strndup((const char *)info->name, info->name_length);
        if (!g_hash_table_contains(mirror->present, name) &&
            !writer_hide_mailbox(mirror->writer, mirror->account, info->mailbox, error))
            return false;
    }
    return mailboxes != NULL;
}

static bool mirror_all(Mirror *mirror, GError **error)
{
    g_autoptr(GPtrArray) names = list_directories(mirror->source);
    bool published;
    uint32_t snapshot;
    for (unsigned i = 0; i < names->len; i++)
        if (!mirror_mailbox(mirror, names->pdata[i], error))
            return false;
    return hide_gone(mirror, error) &&
           writer_publish(mirror->writer, mirror->account, true, &published, &snapshot, error);
}

static bool make_repository(const char *path, const char *account, const char *source, GError **error)
{
    if (!g_file_test(path, G_FILE_TEST_EXISTS) && !repository_create(path, error))
        return false;
    g_autoptr(Repository) repository = repository_open(path, error);
    g_autoptr(Writer) writer = repository ? writer_open(repository, error) : NULL;
    g_autoptr(GHashTable) present = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Mirror mirror = {repository, writer, 0, source, present};
    /* Committed at once, so that views of the account find it. */
    return writer && writer_add_account(writer, account, &mirror.account, error) && writer_commit(writer, error) &&
           mirror_all(&mirror, error);
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    if (argc != 4) {
        fprintf(stderr, "usage: make_repository REPOSITORY ACCOUNT DIRECTORY\n");
        return 2;
    }
    if (make_repository(argv[1], argv[2], argv[3], &error))
        return EXIT_SUCCESS;
    fprintf(stderr, "make_repository: %s\n", error->message);
    return EXIT_FAILURE;
}
