#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"
#include "rebuild.h"
#include "repository_fixture.h"

static char *child(const Fixture *fixture, const char *name)
{
    return g_build_filename(fixture->path, name, NULL);
}

static void fill(Fixture *fixture, uint32_t mailbox, uint32_t from, uint32_t to)
{
    for (uint32_t uid = from; uid < to; uid++) {
        g_autofree char *text = g_strdup_printf("From: a@b\nSubject: %u\n\nbody %u\n", uid, uid);
        fixture_message(fixture, mailbox, uid, text);
    }
}

/* Runs the repository through two snapshots and leaves changes that wait for a third. */
static void make_history(Fixture *fixture, uint32_t snapshots[2])
{
    uint32_t inbox = fixture_mailbox(fixture, "INBOX", 1);
    fill(fixture, inbox, 1, 50);
    snapshots[0] = fixture_publish(fixture);
    MessageFlags seen = {.flags = FLAG_SEEN, .keywords = "$Junk"};
    g_assert_true(writer_set_flags(fixture->writer, fixture->account, inbox, 3, &seen, NULL));
    g_assert_true(writer_remove_message(fixture->writer, fixture->account, inbox, 7, NULL));
    fill(fixture, inbox, 50, 60);
    fixture_mailbox(fixture, "Sent", 2);
    snapshots[1] = fixture_publish(fixture);
    fill(fixture, inbox, 60, 70);
    g_assert_true(writer_commit(fixture->writer, NULL));
}

typedef struct {
    char *dumps[3];
    ContentId hashes[2];
} State;

static State state_of(Fixture *fixture, const uint32_t snapshots[2])
{
    State state;
    for (int i = 0; i < 2; i++) {
        state.dumps[i] = fixture_dump(fixture, snapshots[i]);
        state.hashes[i] = fixture_snapshot(fixture, snapshots[i]).hash;
    }
    state.dumps[2] = fixture_dump(fixture, SNAPSHOT_CURRENT);
    return state;
}

static void assert_same_and_free(State *left, State *right)
{
    for (int i = 0; i < 3; i++) {
        g_assert_cmpstr(left->dumps[i], ==, right->dumps[i]);
        g_free(left->dumps[i]);
        g_free(right->dumps[i]);
    }
    for (int i = 0; i < 2; i++)
        g_assert_true(content_id_equal(&left->hashes[i], &right->hashes[i]));
}

/* The index is a function of the packs. */
static void test_deleted_index_is_rebuilt(Fixture *fixture, const void *unused)
{
    (void)unused;
    uint32_t snapshots[2];
    make_history(fixture, snapshots);
    State before = state_of(fixture, snapshots);
    g_clear_pointer(&fixture->writer, writer_close);
    g_clear_pointer(&fixture->repository, repository_close);
    g_autofree char *index = child(fixture, "index");
    remove_tree(index);
    fixture_reopen(fixture);
    State after = state_of(fixture, snapshots);
    assert_same_and_free(&before, &after);
    g_assert_cmpuint(fixture_check(fixture, true), ==, 0);
    fixture_open_writer(fixture);
    g_assert_cmpuint(fixture_publish(fixture), !=, 0); /* what waited still waits */
}

/* A catalog that is older than the packs, as after a crash between the pack's sync and the catalog's, catches up. */
static void test_older_index_catches_up(Fixture *fixture, const void *unused)
{
    (void)unused;
    g_autofree char *data = child(fixture, "index/data.mdb");
    char *old;
    gsize length;
    g_assert_true(g_file_get_contents(data, &old, &length, NULL));
    uint32_t snapshots[2];
    make_history(fixture, snapshots);
    State before = state_of(fixture, snapshots);
    g_clear_pointer(&fixture->writer, writer_close);
    g_clear_pointer(&fixture->repository, repository_close);
    g_assert_true(g_file_set_contents(data, old, (gssize)length, NULL));
    g_free(old);
    fixture_reopen(fixture); /* a reader is enough */
    State after = state_of(fixture, snapshots);
    assert_same_and_free(&before, &after);
    g_assert_cmpuint(fixture_check(fixture, true), ==, 0);
}

/* Dies at a random point of writing; returns when the child is gone. */
static void write_and_die(Fixture *fixture, uint32_t mailbox, uint32_t from)
{
    pid_t pid = fork();
    if (pid == 0) {
        fixture->writer = NULL;
        fixture->repository = repository_open(fixture->path, NULL);
        fixture_open_writer(fixture);
        for (uint32_t uid = from;; uid++) {
            fill(fixture, mailbox, uid, uid + 1);
            if (uid % 10 == 0 && !writer_commit(fixture->writer, NULL))
                _exit(1);
        }
    }
    g_usleep((gulong)g_test_rand_int_range(1000, 60000));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static uint32_t count_current(Fixture *fixture)
{
    g_autofree char *dump = fixture_dump(fixture, SNAPSHOT_CURRENT);
    g_auto(GStrv) lines = g_strsplit(dump, "\n", -1);
    return g_strv_length(lines) - 2; /* the mailbox and the empty line at the end */
}

static void test_killed_writers(Fixture *fixture, const void *unused)
{
    (void)unused;
    uint32_t inbox = fixture_mailbox(fixture, "INBOX", 1);
    g_assert_true(writer_commit(fixture->writer, NULL));
    uint32_t known = 0;
    for (int round = 0; round < 20; round++) {
        g_clear_pointer(&fixture->writer, writer_close);
        g_clear_pointer(&fixture->repository, repository_close);
        write_and_die(fixture, inbox, known + 1);
        fixture_reopen(fixture);
        fixture_open_writer(fixture);
        uint32_t now = count_current(fixture);
        g_assert_cmpuint(now, >=, known);
        known = now;
        g_assert_cmpuint(fixture_check(fixture, round % 5 == 4), ==, 0);
    }
    g_assert_cmpuint(known, >, 0);
    g_assert_cmpuint(fixture_publish(fixture), !=, 0);
    g_assert_cmpuint(fixture_check(fixture, true), ==, 0);
}

static void close_all(Fixture *fixture)
{
    g_clear_pointer(&fixture->writer, writer_close);
    g_clear_pointer(&fixture->repository, repository_close);
}

typedef void (*Change)(GByteArray *bytes);

static GByteArray *bytes_of(Fixture *fixture, const char *name)
{
    g_autofree char *path = child(fixture, name);
    char *data;
    gsize length;
    g_assert_true(g_file_get_contents(path, &data, &length, NULL));
    return g_byte_array_new_take((guint8 *)data, length);
}

static void put_bytes_of(Fixture *fixture, const char *name, const GByteArray *bytes)
{
    g_autofree char *path = child(fixture, name);
    g_assert_true(g_file_set_contents(path, (const char *)bytes->data, (gssize)bytes->len, NULL));
}

static void change_file(Fixture *fixture, const char *name, Change change)
{
    g_autoptr(GByteArray) bytes = bytes_of(fixture, name);
    change(bytes);
    put_bytes_of(fixture, name, bytes);
}

static void make_empty(GByteArray *bytes)
{
    g_byte_array_set_size(bytes, 0);
}

static void cut_in_half(GByteArray *bytes)
{
    g_byte_array_set_size(bytes, bytes->len / 2);
}

static void make_noise(GByteArray *bytes)
{
    for (guint i = 0; i < bytes->len; i++)
        bytes->data[i] = (guint8)g_test_rand_int();
}

/* The second half of all pages: roots, which were written last, among them. */
static void zero_the_end(GByteArray *bytes)
{
    memset(bytes->data + bytes->len / 2, 0, bytes->len - bytes->len / 2);
}

/* Whatever became of the index, who opens the repository next finds it as it was. */
static void test_damaged_index_is_rebuilt(Fixture *fixture, const void *unused)
{
    (void)unused;
    static const Change changes[] = {make_empty, cut_in_half, make_noise, zero_the_end};
    uint32_t snapshots[2];
    make_history(fixture, snapshots);
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        State before = state_of(fixture, snapshots);
        close_all(fixture);
        change_file(fixture, "index/data.mdb", changes[i]);
        fixture_reopen(fixture);
        g_assert_nonnull(*repository_notices(fixture->repository));
        State after = state_of(fixture, snapshots);
        assert_same_and_free(&before, &after);
        g_assert_cmpuint(fixture_check(fixture, true), ==, 0);
    }
}

static void cut_in_header(GByteArray *bytes)
{
    g_byte_array_set_size(bytes, 26);
}

/* Without an index nobody can know whether anything was in it. */
static void test_pack_without_header_is_named(Fixture *fixture, const void *unused)
{
    (void)unused;
    close_all(fixture);
    change_file(fixture, "packs/00/00000001.pack", cut_in_header);
    g_autofree char *index = child(fixture, "index");
    remove_tree(index);
    fixture_reopen(fixture);
    g_autofree char *notices = g_strjoinv("\n", (char **)repository_notices(fixture->repository));
    g_assert_nonnull(strstr(notices, "pack 00000001"));
}

static void test_rebuild_waits_for_no_writer(Fixture *fixture, const void *unused)
{
    (void)unused;
    g_autoptr(GError) error = NULL;
    const RebuildOptions options = {0};
    RebuildTotals totals;
    g_assert_false(repository_rebuild(fixture->path, &options, &totals, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_BUSY);
}

/* Where the frame begins that is the n-th of its kind (1 blobs, 2 journal) in a pack. */
static gsize find_frame(const GByteArray *pack, guint8 kind, unsigned number)
{
    gsize at = 64;
    for (unsigned seen = 0;;) {
        if (pack->data[at + 4] == kind && ++seen == number)
            return at;
        guint32 stored;
        memcpy(&stored, pack->data + at + 12, sizeof stored);
        at += 48 + GUINT32_FROM_LE(stored);
        g_assert_cmpuint(at, <, pack->len);
    }
}

static void flip_in_second_journal(GByteArray *pack)
{
    pack->data[find_frame(pack, 2, 2) + 50] ^= 4;
}

static void flip_in_first_blobs(GByteArray *pack)
{
    pack->data[find_frame(pack, 1, 1) + 60] ^= 4;
}

/* The header of a frame does not tell where the next one is. */
static void flip_length_of_first_blobs(GByteArray *pack)
{
    pack->data[find_frame(pack, 1, 1) + 13] ^= 1;
}

static RebuildTotals rebuild(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    const RebuildOptions options = {0};
    RebuildTotals totals;
    repository_rebuild(fixture->path, &options, &totals, &error);
    g_assert_no_error(error);
    return totals;
}

/* A frame of messages is lost: nothing else is. */
static void test_rebuild_passes_over_damaged_frames(Fixture *fixture, const void *data)
{
    Change change = *(const Change *)data;
    uint32_t snapshots[2];
    make_history(fixture, snapshots);
    State before = state_of(fixture, snapshots);
    close_all(fixture);
    change_file(fixture, "packs/00/00000001.pack", change);
    g_assert_true(rebuild(fixture).kept_old);
    g_autofree char *index = child(fixture, "index");
    remove_tree(index);
    RebuildTotals totals = rebuild(fixture);
    g_assert_cmpuint(totals.damaged_places, ==, 1);
    g_assert_cmpuint(totals.lost_batches, ==, 0);
    fixture_reopen(fixture);
    State after = state_of(fixture, snapshots);
    assert_same_and_free(&before, &after);
    g_assert_cmpuint(fixture_check(fixture, true), >, 0);
}

#define PACK "packs/00/00000001.pack"
#define FRAME_HEADER_BYTES 48

static void flip_at(Fixture *fixture, gsize offset)
{
    g_autoptr(GByteArray) pack = bytes_of(fixture, PACK);
    pack->data[offset] ^= 4;
    put_bytes_of(fixture, PACK, pack);
}

/* A batch of a frame of messages and a journal, written where the pack ended: that is returned. */
static gsize write_batch(Fixture *fixture)
{
    g_autoptr(GByteArray) pack = bytes_of(fixture, PACK);
    fixture_reopen(fixture);
    fixture_open_writer(fixture);
    fixture_message(fixture, 1, 100, "Subject: torn\n\nor damaged\n");
    g_assert_true(writer_commit(fixture->writer, NULL));
    close_all(fixture);
    return pack->len;
}

/* The power fails when the journal has reached the disk, and the messages before it have not. */
static void cut_power_in_batch(Fixture *fixture)
{
    g_autoptr(GByteArray) index = bytes_of(fixture, "index/data.mdb");
    flip_at(fixture, write_batch(fixture) + FRAME_HEADER_BYTES);
    put_bytes_of(fixture, "index/data.mdb", index);
}

/* What an interrupted run left in pieces is no loss: at the end of all packs, and when others follow. */
static void test_rebuild_knows_what_is_torn(Fixture *fixture, const void *unused)
{
    (void)unused;
    uint32_t snapshots[2];
    make_history(fixture, snapshots);
    close_all(fixture);
    cut_power_in_batch(fixture);
    for (int followed = 0; followed < 2; followed++) {
        fixture_reopen(fixture);
        fixture_open_writer(fixture);
        if (followed)
            g_assert_cmpuint(fixture_publish(fixture), !=, 0);
        State before = state_of(fixture, snapshots);
        close_all(fixture);
        RebuildTotals totals = rebuild(fixture);
        g_assert_false(totals.kept_old);
        g_assert_cmpuint(totals.torn_places, ==, 1);
        g_assert_cmpuint(totals.damaged_places, ==, 0);
        fixture_reopen(fixture);
        State after = state_of(fixture, snapshots);
        assert_same_and_free(&before, &after);
        g_assert_cmpuint(fixture_check(fixture, true), ==, 0);
    }
}

/* The last batch looks like one that was torn, but the index has it: so it was not. */
static void test_rebuild_keeps_what_looks_torn(Fixture *fixture, const void *in_journal)
{
    uint32_t snapshots[2];
    make_history(fixture, snapshots);
    close_all(fixture);
    gsize batch = write_batch(fixture);
    g_autoptr(GByteArray) pack = bytes_of(fixture, PACK);
    flip_at(fixture, in_journal ? pack->len - 1 : batch + FRAME_HEADER_BYTES);
    g_assert_true(rebuild(fixture).kept_old);
    fixture_reopen(fixture);
    g_autofree char *dump = fixture_dump(fixture, SNAPSHOT_CURRENT);
    g_assert_nonnull(strstr(dump, "  100 "));
}

/* Two snapshots, of which the second shows more; the batch that made the first mailbox is lost, and so is the index. */
static void make_history_without_second_batch(Fixture *fixture)
{
    uint32_t inbox = fixture_mailbox(fixture, "INBOX", 1);
    g_assert_true(writer_commit(fixture->writer, NULL)); /* the first batch is the account, this the second */
    fixture_message(fixture, inbox, 1, "Subject: a\n\nb\n");
    g_assert_cmpuint(fixture_publish(fixture), !=, 0);
    uint32_t sent = fixture_mailbox(fixture, "Sent", 2);
    fixture_message(fixture, sent, 1, "Subject: c\n\nd\n");
    g_assert_cmpuint(fixture_publish(fixture), !=, 0);
    close_all(fixture);
    change_file(fixture, "packs/00/00000001.pack", flip_in_second_journal);
    g_autofree char *index = child(fixture, "index");
    remove_tree(index);
}

/* A batch is lost: what came later is there as far as it can be, and the next sync goes on. */
static void test_rebuild_goes_on_after_a_lost_batch(Fixture *fixture, const void *unused)
{
    (void)unused;
    make_history_without_second_batch(fixture);
    RebuildTotals totals = rebuild(fixture);
    g_assert_cmpuint(totals.lost_batches, ==, 1);
    g_assert_cmpuint(totals.skipped_changes, >, 0);
    fixture_reopen(fixture);
    g_autofree char *dump = fixture_dump(fixture, SNAPSHOT_CURRENT);
    g_assert_nonnull(strstr(dump, "Sent 2"));
    g_assert_null(strstr(dump, "INBOX"));
    g_assert_cmpuint(fixture_check(fixture, false), ==, 1); /* the batch that is lost */
    fixture_open_writer(fixture);
    fixture_mailbox(fixture, "INBOX", 1);
    g_assert_cmpuint(fixture_publish(fixture), !=, 0);
}

/* Check names a frame that is not what was written. */
static void test_damaged_frame_is_named(Fixture *fixture, const void *unused)
{
    (void)unused;
    uint32_t snapshots[2];
    make_history(fixture, snapshots);
    g_clear_pointer(&fixture->writer, writer_close);
    g_clear_pointer(&fixture->repository, repository_close);
    g_autofree char *pack = child(fixture, "packs/00/00000001.pack");
    char *data;
    gsize length;
    g_assert_true(g_file_get_contents(pack, &data, &length, NULL));
    data[200] ^= 1; /* in the first frames */
    g_assert_true(g_file_set_contents(pack, data, (gssize)length, NULL));
    g_free(data);

    fixture->repository = repository_open(fixture->path, NULL);
    g_assert_cmpuint(fixture_check(fixture, true), >, 0);
    g_clear_pointer(&fixture->repository, repository_close);
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/recovery/deleted-index-is-rebuilt", test_deleted_index_is_rebuilt);
    ADD("/recovery/older-index-catches-up", test_older_index_catches_up);
    ADD("/recovery/killed-writers", test_killed_writers);
    ADD("/recovery/damaged-frame-is-named", test_damaged_frame_is_named);
    ADD("/recovery/damaged-index-is-rebuilt", test_damaged_index_is_rebuilt);
    ADD("/recovery/pack-without-header-is-named", test_pack_without_header_is_named);
    ADD("/recovery/rebuild-waits-for-no-writer", test_rebuild_waits_for_no_writer);
    ADD("/recovery/rebuild-goes-on-after-a-lost-batch", test_rebuild_goes_on_after_a_lost_batch);
    ADD("/recovery/rebuild-knows-what-is-torn", test_rebuild_knows_what_is_torn);
    g_test_add("/recovery/rebuild-keeps-what-looks-torn/messages", Fixture, NULL, fixture_set_up,
               test_rebuild_keeps_what_looks_torn, fixture_tear_down);
    g_test_add("/recovery/rebuild-keeps-what-looks-torn/journal", Fixture, "journal", fixture_set_up,
               test_rebuild_keeps_what_looks_torn, fixture_tear_down);
    static const Change content = flip_in_first_blobs, length = flip_length_of_first_blobs;
    g_test_add("/recovery/rebuild-passes-over-damage/content", Fixture, &content, fixture_set_up,
               test_rebuild_passes_over_damaged_frames, fixture_tear_down);
    g_test_add("/recovery/rebuild-passes-over-damage/length", Fixture, &length, fixture_set_up,
               test_rebuild_passes_over_damaged_frames, fixture_tear_down);
    return g_test_run();
}
