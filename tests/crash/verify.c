/* verify [--read-only | --rebuild] REPOSITORY SEED ORACLE ACKNOWLEDGED: is everything there that was acknowledged, and
 * nothing wrong?
 *
 * ORACLE is what an uninterrupted ingest said, ACKNOWLEDGED how many lines of it were said before the crash. The
 * repository is looked at twice: as a mount finds it while another process holds the writer's lock, so that nothing is
 * brought up to date, and, unless it is --read-only, again after a writer has recovered it; with --rebuild, or where
 * snapshots were forgotten, a third time after the index was made anew. Exit status 1 and a line for each finding when
 * something is wrong. */
#include <fcntl.h>
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "rebuild.h"
#include "repository.h"
#include "view.h"
#include "workload.h"
#include "writer.h"

typedef struct {
    uint64_t seed;
    char **lines; /* of the oracle */
    bool read_only;
    bool rebuild;
    unsigned acknowledged;
    unsigned forgotten; /* the line that says that snapshots were forgotten; behind the last when there is none */
    unsigned problems;
} Verification;

static void problem(const char *text, void *user)
{
    Verification *verification = user;
    verification->problems++;
    printf("%s\n", text);
}

static void check_data(Verification *verification, Repository *repository)
{
    CheckOptions options = {.read_data = true, .problem = problem, .user = verification};
    CheckTotals totals;
    g_autoptr(GError) error = NULL;
    if (!check_repository(repository, &options, &totals, &error))
        problem(error->message, verification);
}

static bool may_be_gone(const Verification *verification, unsigned line)
{
    unsigned round;
    return verification->lines[verification->forgotten] &&
           sscanf(verification->lines[line], "%*s %u", &round) == 1 && // NOLINT(cert-err34-c): our file
           workload_is_forgotten(round);
}

static bool is_snapshot_of(const GArray *snapshots, unsigned index, const char *line)
{
    char hash[CONTENT_ID_HEX_SIZE];
    if (!snapshots || index >= snapshots->len)
        return false;
    content_id_hex(&g_array_index(snapshots, SnapshotInfo, index).hash, hash);
    return g_str_has_suffix(line, hash);
}

/* Every snapshot there is must be one of the uninterrupted run, in its order, and those acknowledged must be there, but
 * for those that may be forgotten by now. */
static void compare_snapshots(Verification *verification, const GArray *snapshots)
{
    unsigned found = 0;
    for (unsigned i = 0; verification->lines[i]; i++) {
        if (!g_str_has_prefix(verification->lines[i], "snapshot "))
            continue;
        bool there = is_snapshot_of(snapshots, found, verification->lines[i]);
        if (there && may_be_gone(verification, i) && verification->forgotten < verification->acknowledged)
            problem("a snapshot that was forgotten is there", verification);
        if (!there && i < verification->acknowledged && !may_be_gone(verification, i))
            problem("an acknowledged snapshot is lost, or is not that of an uninterrupted run", verification);
        found += there;
    }
    if (snapshots && found < snapshots->len)
        problem("there are more snapshots than were made", verification);
}

static const MailboxInfo *mailbox_of(const GPtrArray *epochs, unsigned mailbox)
{
    for (unsigned i = 0; epochs && i < epochs->len; i++) {
        const MailboxInfo *info = epochs->pdata[i];
        if (info->uidvalidity == workload_uidvalidity(mailbox))
            return info;
    }
    return NULL;
}

static void compare_messages(Verification *verification, View *view, uint32_t number, unsigned mailbox, unsigned round)
{
    for (uint32_t uid = 1; uid <= workload_last_uid(round); uid++) {
        WorkloadMessage wanted;
        MessageRow row;
        if (workload_message(verification->seed, mailbox, uid, round, &wanted) &&
            (!view_message_properties(view, number, uid, &row, NULL) || row.internaldate != wanted.internaldate))
            problem("a message of an acknowledged batch is lost", verification);
    }
}

static void compare_batches(Verification *verification, View *view, uint32_t account)
{
    g_autoptr(GPtrArray) epochs = view_mailbox_epochs(view, account, NULL);
    for (unsigned i = 0; i < verification->acknowledged; i++) {
        unsigned round, mailbox;
        if (sscanf(verification->lines[i], "commit %u %u", &round, &mailbox) != 2 || // NOLINT(cert-err34-c): our file
            !workload_mailbox_name(mailbox, round) || may_be_gone(verification, i))
            continue;
        const MailboxInfo *info = mailbox_of(epochs, mailbox);
        if (info)
            compare_messages(verification, view, info->mailbox, mailbox, round);
        else
            problem("a mailbox of an acknowledged batch is lost", verification);
    }
}

static void compare(Verification *verification, Repository *repository)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(View) view = view_acquire(repository, &error);
    if (!view) {
        problem(error->message, verification);
        return;
    }
    g_autoptr(AccountInfo) account = view_account_by_name(view, WORKLOAD_ACCOUNT, NULL);
    g_autoptr(GArray) snapshots = account ? view_snapshots(view, account->account, NULL) : NULL;
    compare_snapshots(verification, snapshots);
    if (account)
        compare_batches(verification, view, account->account);
    else if (verification->acknowledged > 0)
        problem("the account is lost", verification);
}

/* Taken as a writer takes it. */
static int hold_lock(const char *path)
{
    g_autofree char *name = g_build_filename(path, "lock", NULL);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0)
        fcntl(fd, F_OFD_SETLK, &lock);
    return fd;
}

static void look(Verification *verification, const char *path, bool recover)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Repository) repository = repository_open(path, &error);
    g_autoptr(Writer) writer = repository && recover ? writer_open(repository, &error) : NULL;
    if (error) {
        problem(error->message, verification);
        return;
    }
    check_data(verification, repository);
    compare(verification, repository);
}

/* The index is a function of the packs, at any moment. */
static void look_at_rebuilt(Verification *verification, const char *path)
{
    RebuildOptions options = {0};
    RebuildTotals totals;
    g_autoptr(GError) error = NULL;
    if (!repository_rebuild(path, &options, &totals, &error))
        problem(error->message, verification);
    else if (totals.kept_old)
        problem("a rebuild loses something", verification);
    look(verification, path, false);
}

static void verify(Verification *verification, const char *path)
{
    int lock = hold_lock(path);
    look(verification, path, false);
    close(lock);
    if (!verification->read_only)
        look(verification, path, true);
    if (verification->rebuild)
        look_at_rebuilt(verification, path);
}

int main(int argc, char **argv)
{
    g_autofree char *oracle = NULL;
    const char *how = argc == 6 ? argv[1] : "";
    bool is_known = argc == 5 || strcmp(how, "--read-only") == 0 || strcmp(how, "--rebuild") == 0;
    argv += argc == 6;
    if (!is_known || !g_file_get_contents(argv[3], &oracle, NULL, NULL)) {
        fprintf(stderr, "usage: verify [--read-only | --rebuild] REPOSITORY SEED ORACLE ACKNOWLEDGED\n");
        return 2;
    }
    g_auto(GStrv) lines = g_strsplit(oracle, "\n", -1);
    Verification verification = {.seed = strtoull(argv[2], NULL, 10),
                                 .lines = lines,
                                 .read_only = strcmp(how, "--read-only") == 0,
                                 .acknowledged = (unsigned)strtoul(argv[4], NULL, 10)};
    while (lines[verification.forgotten] && !g_str_equal(lines[verification.forgotten], "forgotten"))
        verification.forgotten++;
    verification.rebuild = strcmp(how, "--rebuild") == 0 || (!verification.read_only && lines[verification.forgotten]);
    if (verification.acknowledged > g_strv_length(lines)) {
        fprintf(stderr, "verify: more was acknowledged than there is\n");
        return 2;
    }
    verify(&verification, argv[1]);
    return verification.problems == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
