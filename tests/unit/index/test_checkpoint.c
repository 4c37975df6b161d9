/* A checkpoint takes the place of all that came before it, so it is there twice: whatever is damaged in one copy while
 * the index is lost too, the repository shows what it did. */
#include <string.h>

#include "disk_format.h"
#include "error.h"
#include "frame.h"
#include "optimize.h"
#include "pack_file.h"
#include "repack.h"
#include "repository_fixture.h"
#include "repository_private.h"

#define MESSAGES 30
#define SNAPSHOTS 2

typedef struct {
    const char *name;
    bool goes_on; /* something is stored behind the checkpoint */
} Case;

typedef struct {
    const char *name;
    guint pack; /* of the three that there are then, from 0 */
    bool goes_on;
} LostCopy;

static void publish(Fixture *fixture, uint32_t mailbox, uint32_t from)
{
    for (uint32_t uid = from; uid < from + MESSAGES; uid++) {
        g_autofree char *text = g_strdup_printf("From: a@b\nSubject: %u\n\nbody %u\n", uid, uid);
        fixture_message(fixture, mailbox, uid, text);
    }
    g_assert_cmpuint(fixture_publish(fixture), !=, 0);
}

static void repack_all(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    const RepackOptions options = {0};
    RepackTotals totals;
    g_autoptr(GArray) packs = pack_file_list(fixture->repository->packs_directory, &error);
    repack(fixture->writer, packs, &options, &totals, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(totals.packs, ==, packs->len);
}

static void make_history(Fixture *fixture, bool goes_on)
{
    uint32_t inbox = fixture_mailbox(fixture, "INBOX", 1);
    for (uint32_t i = 0; i < SNAPSHOTS; i++)
        publish(fixture, inbox, 1 + i * MESSAGES);
    repack_all(fixture);
    if (goes_on)
        publish(fixture, inbox, 1 + SNAPSHOTS * MESSAGES);
    fixture_reopen(fixture);
}

/* What every snapshot shows, with its hash. */
static char *shown(Fixture *fixture)
{
    g_autoptr(View) view = view_acquire(fixture->repository, NULL);
    g_autoptr(GArray) snapshots = view_snapshots(view, fixture->account, NULL);
    g_clear_pointer(&view, view_release);
    GString *all = g_string_new(NULL);
    for (guint i = 0; i < snapshots->len; i++) {
        const SnapshotInfo *snapshot = &g_array_index(snapshots, SnapshotInfo, i);
        g_autofree char *dump = fixture_dump(fixture, snapshot->snapshot);
        char hash[CONTENT_ID_HEX_SIZE];
        content_id_hex(&snapshot->hash, hash);
        g_string_append_printf(all, "%u %s\n%s", snapshot->snapshot, hash, dump);
    }
    g_assert_cmpuint(snapshots->len, >=, SNAPSHOTS);
    return g_string_free(all, FALSE);
}

static void lose_index(Fixture *fixture)
{
    g_autofree char *index = g_build_filename(fixture->path, "index", NULL);
    g_clear_pointer(&fixture->repository, repository_close);
    remove_tree(index);
    fixture_reopen(fixture);
}

/* One bit of a pack, then and back again. */
static void flip(const char *path, uint64_t offset)
{
    g_autofree char *bytes = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    bytes[offset] ^= 4;
    g_assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
}

static void assert_harmless(Fixture *fixture, const char *path, uint64_t offset, const char *wanted)
{
    flip(path, offset);
    fixture_reopen(fixture);
    g_assert_cmpuint(fixture_check(fixture, true), >, 0); /* named, before it can do harm */
    lose_index(fixture);
    g_autofree char *found = shown(fixture);
    g_assert_cmpstr(found, ==, wanted);
    flip(path, offset);
    lose_index(fixture);
}

/* Flips bits in every frame up to the journal that ends the checkpoint; false where the pack does not begin with one.
 */
static bool damage_frames(Fixture *fixture, uint32_t pack, const char *wanted)
{
    g_autofree char *path = pack_file_path(fixture->repository->packs_directory, pack);
    FrameHeader header = {.kind = FRAME_ROWS};
    for (uint64_t at = PACK_HEADER_SIZE; header.kind == FRAME_ROWS; at += FRAME_HEADER_SIZE + header.stored_length) {
        uint8_t bytes[FRAME_HEADER_SIZE];
        LogPosition place = {.pack = pack, .offset = at};
        g_assert_true(pack_reader_bytes(fixture->repository->packs, place, bytes, sizeof bytes, NULL));
        g_assert_true(frame_header_decode(bytes, &header, NULL));
        if (at == PACK_HEADER_SIZE && header.kind != FRAME_ROWS)
            return false;
        assert_harmless(fixture, path, at, wanted);
        assert_harmless(fixture, path, at + 13, wanted); /* its length */
        assert_harmless(fixture, path, at + FRAME_HEADER_SIZE + header.stored_length / 2, wanted);
    }
    g_assert_cmpint(header.kind, ==, FRAME_JOURNAL);
    assert_harmless(fixture, path, 9, wanted); /* of the pack's header */
    return true;
}

static void test_damage_in_either_copy(Fixture *fixture, const void *data)
{
    const Case *one = data;
    make_history(fixture, one->goes_on);
    g_autofree char *wanted = shown(fixture);
    g_autoptr(GArray) packs = pack_file_list(fixture->repository->packs_directory, NULL);
    unsigned copies = 0;
    for (guint i = 0; i < packs->len; i++)
        copies += damage_frames(fixture, g_array_index(packs, uint32_t, i), wanted);
    g_assert_cmpuint(copies, ==, 2);
}

static void write_anew(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    const OptimizeOptions options = {0};
    OptimizeTotals totals;
    repository_optimize(fixture->repository, &options, &totals, &error);
    g_assert_no_error(error);
}

/* A copy may be lost with its whole pack. That is found without reading all, and can be put right. */
static void test_lost_copy(Fixture *fixture, const void *data)
{
    const LostCopy *lost = data;
    make_history(fixture, lost->goes_on);
    g_autofree char *wanted = shown(fixture);
    g_autoptr(GArray) packs = pack_file_list(fixture->repository->packs_directory, NULL);
    g_assert_cmpuint(packs->len, ==, 3); /* what was copied, and the checkpoint twice */
    g_autofree char *path =
        pack_file_path(fixture->repository->packs_directory, g_array_index(packs, uint32_t, lost->pack));
    remove_tree(path);
    fixture_reopen(fixture);
    g_assert_cmpuint(fixture_check(fixture, false), ==, 1);
    lose_index(fixture);
    g_autofree char *found = shown(fixture);
    g_assert_cmpstr(found, ==, wanted);
    write_anew(fixture);
    g_assert_cmpuint(fixture_check(fixture, true), ==, 0);
    lose_index(fixture);
    g_autofree char *again = shown(fixture);
    g_assert_cmpstr(again, ==, wanted);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const Case cases[] = {{"/checkpoint/damage-at-the-end", false}, {"/checkpoint/damage-within", true}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_test_add(cases[i].name, Fixture, &cases[i], fixture_set_up, test_damage_in_either_copy, fixture_tear_down);
    static const LostCopy copies[] = {
        {"/checkpoint/lost-first-copy", 1, true},
        {"/checkpoint/lost-second-copy", 2, false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(copies); i++)
        g_test_add(copies[i].name, Fixture, &copies[i], fixture_set_up, test_lost_copy, fixture_tear_down);
    return g_test_run();
}
