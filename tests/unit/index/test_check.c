/* Missing batches, reading in shares, and going on after an interruption. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "repository_fixture.h"

#define PACKS 4
#define MESSAGES_A_PACK 6

/* What stops a check: so many packs' worth of progress. */
typedef struct {
    GCancellable *cancellable;
    unsigned steps_left;
    GString *problems;
} Run;

static char *pack_path(const Fixture *fixture, unsigned pack)
{
    return g_strdup_printf("%s/packs/00/%08x.pack", fixture->path, pack);
}

/* A run that was killed leaves half a frame, so that the next one begins another pack. */
static void leave_half_a_frame(const Fixture *fixture, unsigned pack)
{
    g_autofree char *path = pack_path(fixture, pack);
    int fd = open(path, O_WRONLY | O_APPEND);
    g_assert_cmpint(write(fd, "FRM1", 4), ==, 4);
    close(fd);
}

static void begin_pack(Fixture *fixture, unsigned last)
{
    g_clear_pointer(&fixture->writer, writer_close);
    leave_half_a_frame(fixture, last);
    fixture_reopen(fixture);
    fixture_open_writer(fixture);
}

static uint32_t make_packs(Fixture *fixture)
{
    uint32_t inbox = fixture_mailbox(fixture, "INBOX", 1);
    for (unsigned pack = 1; pack <= PACKS; pack++) {
        for (uint32_t i = 0; i < MESSAGES_A_PACK; i++) {
            g_autofree char *text = g_strdup_printf("Subject: %u in %u\n\nbody\n", i, pack);
            fixture_message(fixture, inbox, pack * 100 + i, text);
        }
        g_assert_cmpuint(fixture_publish(fixture), !=, 0);
        if (pack < PACKS)
            begin_pack(fixture, pack);
    }
    g_clear_pointer(&fixture->writer, writer_close);
    return inbox;
}

/* In the middle of the messages' frame. */
static void damage_pack(const Fixture *fixture, unsigned pack)
{
    g_autofree char *path = pack_path(fixture, pack), *bytes = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    char *frame = memmem(bytes, length, "FRM1\1", 5);
    int fd = open(path, O_WRONLY);
    g_assert_cmpint(pwrite(fd, "damage", 6, frame - bytes + 60), ==, 6);
    close(fd);
}

static void note_problem(const char *text, void *user)
{
    g_string_append_printf(((Run *)user)->problems, "%s\n", text);
}

static void count_down(const char *what, uint64_t done, uint64_t total, void *user)
{
    Run *run = user;
    (void)done;
    (void)total;
    if (g_str_equal(what, "MiB of packs") && run->steps_left > 0 && --run->steps_left == 0)
        g_cancellable_cancel(run->cancellable);
}

static CheckTotals check(Fixture *fixture, Run *run, uint32_t share, uint32_t shares)
{
    g_autoptr(GError) error = NULL;
    CheckTotals totals;
    const CheckOptions options = {.read_data = true,
                                  .share = share,
                                  .shares = shares,
                                  .resumable = true,
                                  .problem = note_problem,
                                  .progress = count_down,
                                  .user = run,
                                  .cancellable = run->cancellable};
    bool is_interrupted = run->steps_left > 0;
    g_assert_true(check_repository(fixture->repository, &options, &totals, &error) == !is_interrupted);
    if (is_interrupted)
        g_assert_error(error, MB_ERROR, MB_ERROR_CANCELLED);
    g_cancellable_reset(run->cancellable);
    return totals;
}

/* Without reading the mail. */
static uint64_t check_quickly(Fixture *fixture, Run *run)
{
    g_autoptr(GError) error = NULL;
    CheckTotals totals;
    const CheckOptions options = {.problem = note_problem, .progress = count_down, .user = run};
    g_string_truncate(run->problems, 0);
    check_repository(fixture->repository, &options, &totals, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(totals.frames, ==, 0);
    return totals.problems;
}

static Run run_new(unsigned steps)
{
    return (Run){.cancellable = g_cancellable_new(), .steps_left = steps, .problems = g_string_new(NULL)};
}

static void run_clear(Run *run)
{
    g_object_unref(run->cancellable);
    g_string_free(run->problems, TRUE);
}

static void test_goes_on(Fixture *fixture, const void *unused)
{
    (void)unused;
    make_packs(fixture);
    Run run = run_new(0);
    CheckTotals whole = check(fixture, &run, 0, 0);
    g_assert_cmpuint(whole.problems, ==, 0);
    g_assert_cmpuint(whole.resumed_behind, ==, 0);
    unsigned steps_a_pack = (unsigned)(whole.frames + whole.blobs) / PACKS;
    run.steps_left = 2 * steps_a_pack + 4;
    CheckTotals first = check(fixture, &run, 0, 0);
    CheckTotals second = check(fixture, &run, 0, 0);
    g_assert_cmpuint(second.resumed_behind, >=, 1);
    g_assert_cmpuint(second.problems, ==, 0);
    g_assert_cmpuint(first.frames + second.frames, >=, whole.frames);
    g_assert_cmpuint(second.frames, <, whole.frames);
    g_assert_cmpuint(check(fixture, &run, 0, 0).frames, ==, whole.frames); /* all over again */
    run_clear(&run);
}

static void interrupt_late(Fixture *fixture, Run *run)
{
    CheckTotals whole = check(fixture, run, 0, 0);
    run->steps_left = (unsigned)(whole.frames + whole.blobs) - 2;
    check(fixture, run, 0, 0);
}

/* What was damaged in what is read again, or was found before, is told. */
static void test_damage_is_told_again(Fixture *fixture, const void *unused)
{
    (void)unused;
    make_packs(fixture);
    damage_pack(fixture, 2);
    Run run = run_new(0);
    interrupt_late(fixture, &run);
    g_assert_nonnull(strstr(run.problems->str, "UID 200"));
    g_string_truncate(run.problems, 0);
    CheckTotals rest = check(fixture, &run, 0, 0);
    g_assert_cmpuint(rest.resumed_behind, ==, 1);
    g_assert_nonnull(strstr(run.problems->str, "UID 200"));
    run_clear(&run);
}

static void test_damaged_place_does_not_count(Fixture *fixture, const void *unused)
{
    (void)unused;
    make_packs(fixture);
    Run run = run_new(0);
    interrupt_late(fixture, &run);
    g_autofree char *path = g_build_filename(fixture->path, "check", NULL), *text = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(path, &text, &length, NULL));
    char *pack = strchr(strchr(text, ' ') + 1, ' ') + 1;
    *pack = '9';
    g_assert_true(g_file_set_contents(path, text, (gssize)length, NULL));
    g_assert_cmpuint(check(fixture, &run, 0, 0).resumed_behind, ==, 0);
    run_clear(&run);
}

static void test_shares(Fixture *fixture, const void *unused)
{
    (void)unused;
    make_packs(fixture);
    Run run = run_new(0);
    CheckTotals whole = check(fixture, &run, 0, 0);
    uint64_t frames = 0;
    for (uint32_t share = 1; share <= 3; share++)
        frames += check(fixture, &run, share, 3).frames;
    g_assert_cmpuint(frames, ==, whole.frames);
    damage_pack(fixture, 2);
    g_clear_pointer(&fixture->repository, repository_close);
    fixture_reopen(fixture); /* nothing is cached */
    g_assert_cmpuint(check(fixture, &run, 1, 3).problems, ==, 0);
    g_assert_cmpuint(check(fixture, &run, 2, 3).problems, ==, MESSAGES_A_PACK + 1);
    g_assert_cmpuint(check(fixture, &run, 3, 3).problems, ==, 0);
    run_clear(&run);
}

static void change_flags(Fixture *fixture, uint32_t mailbox)
{
    const MessageFlags seen = {.flags = FLAG_SEEN, .keywords = ""};
    g_assert_true(writer_set_flags(fixture->writer, fixture->account, mailbox, 100, &seen, NULL));
    g_assert_cmpuint(fixture_publish(fixture), !=, 0);
}

/* A pack in which no mail is, but what became of it. */
static void test_missing_journals(Fixture *fixture, const void *data)
{
    bool at_the_end = data != NULL;
    uint32_t inbox = make_packs(fixture);
    fixture_open_writer(fixture);
    begin_pack(fixture, PACKS);
    change_flags(fixture, inbox);
    if (!at_the_end) {
        begin_pack(fixture, PACKS + 1);
        fixture_message(fixture, inbox, 9000, "Subject: later\n\nbody\n");
        g_assert_cmpuint(fixture_publish(fixture), !=, 0);
    }
    g_clear_pointer(&fixture->writer, writer_close);
    Run run = run_new(0);
    g_assert_cmpuint(check_quickly(fixture, &run), ==, 0);
    g_autofree char *path = pack_path(fixture, PACKS + 1);
    g_assert_cmpint(g_remove(path), ==, 0);
    g_clear_pointer(&fixture->repository, repository_close);
    fixture_reopen(fixture);
    g_assert_cmpuint(check_quickly(fixture, &run), ==, 1);
    g_assert_nonnull(strstr(run.problems->str, "pack 00000005 is missing, and with it batches "));
    run_clear(&run);
}

/* What an interrupted run left in a pack does not hide the batches behind it, and what is damaged is not missing. */
static void test_damaged_journal(Fixture *fixture, const void *unused)
{
    (void)unused;
    make_packs(fixture);
    g_autofree char *path = pack_path(fixture, 2), *bytes = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    char *journal = memmem(bytes, length, "FRM1\2", 5);
    journal[60] ^= 1;
    g_assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
    g_clear_pointer(&fixture->repository, repository_close);
    fixture_reopen(fixture);
    Run run = run_new(0);
    g_assert_cmpuint(check_quickly(fixture, &run), ==, 1);
    g_assert_nonnull(strstr(run.problems->str, "missing from the packs: batch "));
    run_clear(&run);
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/check/goes-on", test_goes_on);
    ADD("/check/damage-is-told-again", test_damage_is_told_again);
    ADD("/check/damaged-place-does-not-count", test_damaged_place_does_not_count);
    ADD("/check/shares", test_shares);
    ADD("/check/missing-journals", test_missing_journals);
    g_test_add("/check/missing-journals-at-the-end", Fixture, "", fixture_set_up, test_missing_journals,
               fixture_tear_down);
    ADD("/check/damaged-journal", test_damaged_journal);
    return g_test_run();
}
