/* DEFLATE in pieces of any size, and what is none. */
#include "compression.h"

#include <string.h>
#include <zlib.h>

#include "error.h"

/* What one end puts, the other end gets: through channels that take and give `piece` bytes at a time. */
static void check_through(const uint8_t *data, size_t length, size_t piece)
{
    g_autoptr(Compression) sender = compression_new();
    g_autoptr(Compression) receiver = compression_new();
    g_autoptr(GByteArray) result = g_byte_array_new();
    size_t given = 0;
    while (result->len < length) {
        given += compression_put(sender, data + given, MIN(length - given, piece));
        size_t waiting;
        const uint8_t *output = compression_output(sender, &waiting);
        uint8_t received[5000];
        size_t got;
        g_assert_true(compression_get(receiver, received, MIN(piece, sizeof received), &got, NULL));
        g_byte_array_append(result, received, (guint)got);
        if (got > 0 || waiting == 0)
            continue;
        size_t room, moved = MIN(waiting, piece);
        uint8_t *input = compression_input(receiver, &room);
        moved = MIN(moved, room);
        memcpy(input, output, moved);
        compression_received(receiver, moved);
        compression_sent(sender, moved);
    }
    g_assert_cmpmem(result->data, result->len, data, length);
}

static void test_round_trip(void)
{
    g_autofree uint8_t *data = g_malloc(300000);
    for (size_t i = 0; i < 300000; i++)
        data[i] = (uint8_t)(i < 150000 ? g_test_rand_int() : "message "[i % 8]);
    static const size_t pieces[] = {1, 7, 1000, 16384, 65536, 300000};
    for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++)
        check_through(data, pieces[i] == 1 ? 20000 : 300000, pieces[i]);
}

/* What is put goes out whole, without anything being held back for better compression. */
static void test_nothing_is_held_back(void)
{
    g_autoptr(Compression) sender = compression_new();
    g_autoptr(Compression) receiver = compression_new();
    for (int i = 0; i < 100; i++) {
        g_assert_cmpuint(compression_put(sender, "A1 NOOP\r\n", 9), ==, 9);
        g_assert_cmpuint(compression_put(sender, "A2", 2), ==, 0); /* not before it was sent */
        size_t length, room, got;
        const uint8_t *output = compression_output(sender, &length);
        char line[64];
        g_assert_true(compression_get(receiver, line, sizeof line, &got, NULL));
        g_assert_cmpuint(got, ==, 0);
        memcpy(compression_input(receiver, &room), output, length);
        compression_received(receiver, length);
        compression_sent(sender, length);
        g_assert_true(compression_get(receiver, line, sizeof line, &got, NULL));
        g_assert_cmpmem(line, got, "A1 NOOP\r\n", 9);
    }
}

/* Everything that `input` inflates to, at most `most` bytes; false when it is refused. */
static bool inflate_all(const uint8_t *input, size_t length, size_t most, size_t *total, GError **error)
{
    g_autoptr(Compression) receiver = compression_new();
    static uint8_t room[4096];
    *total = 0;
    size_t size, got;
    memcpy(compression_input(receiver, &size), input, length);
    compression_received(receiver, length);
    do {
        if (!compression_get(receiver, room, sizeof room, &got, error))
            return false;
        g_assert_cmpuint(got, <=, sizeof room);
        *total += got;
    } while (got > 0 && *total < most);
    return true;
}

/* A thousandfold of what came in is given out in pieces and never stands in memory. */
static void test_bomb(void)
{
    static uint8_t zeros[1 << 20], bomb[64 << 10];
    z_stream stream = {.next_out = bomb, .avail_out = sizeof bomb};
    g_assert_cmpint(deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), ==, Z_OK);
    for (int i = 0; i < 50; i++) {
        stream.next_in = zeros;
        stream.avail_in = sizeof zeros;
        g_assert_cmpint(deflate(&stream, Z_SYNC_FLUSH), ==, Z_OK);
    }
    size_t length = sizeof bomb - stream.avail_out;
    deflateEnd(&stream);
    size_t total;
    g_assert_true(inflate_all(bomb, length, SIZE_MAX, &total, NULL));
    g_assert_cmpuint(total, ==, 50 * sizeof zeros);
    g_assert_cmpuint(total / length, >, 900);
}

static void test_refused(void)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *words;
    } cases[] = {
        {"\xff\xff\xff", 3, "not compressed"},                           /* a block type that is reserved */
        {"* OK plain text all the time, no more", 36, "not compressed"}, /* never turned on */
        {"\x01\x00\x00\xff\xff", 5, "ended"},                            /* a last block */
        {"\x00\x05\x00\x00\x00", 5, "not compressed"},                   /* a length that is not what it says */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        size_t total;
        g_assert_false(inflate_all((const uint8_t *)cases[i].bytes, cases[i].length, SIZE_MAX, &total, &error));
        g_assert_error(error, MB_ERROR, MB_ERROR_PROTOCOL);
        g_assert_nonnull(strstr(error->message, cases[i].words));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/compression/round-trip", test_round_trip);
    g_test_add_func("/compression/nothing-held-back", test_nothing_is_held_back);
    g_test_add_func("/compression/bomb", test_bomb);
    g_test_add_func("/compression/refused", test_refused);
    return g_test_run();
}
