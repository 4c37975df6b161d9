#include <glib/gstdio.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "frame.h"
#include "frame_builder.h"
#include "frame_cache.h"
#include "frame_press.h"
#include "open_frame.h"
#include "pack_file.h"
#include "pack_scan.h"
#include "pack_writer.h"

static const uint8_t repository_id[REPOSITORY_ID_SIZE] = "sixteen bytes!!";

static const FrameSettings settings = {.level = 3};

static FrameSegment segment_of(const char *text)
{
    FrameSegment segment = {.type = BLOB_MESSAGE, .blob_length = strlen(text), .length = (uint32_t)strlen(text)};
    memset(segment.id.bytes, (int)strlen(text), CONTENT_ID_SIZE);
    return segment;
}

static GByteArray *encode(const uint8_t *plain, size_t length, size_t directory_length)
{
    g_autoptr(FrameEncoder) encoder = frame_encoder_new();
    return frame_encode(encoder, FRAME_BLOBS, plain, length, directory_length, &settings);
}

static GByteArray *frame_of(const char *first, const char *second)
{
    g_autoptr(FrameBuilder) builder = frame_builder_new(1 << 20);
    FrameSegment one = segment_of(first), two = segment_of(second);
    frame_builder_add(builder, &one, first);
    frame_builder_add(builder, &two, second);
    g_auto(PlainFrame) plain = frame_builder_finish(builder);
    g_assert_cmpuint(plain.segments->len, ==, 2);
    g_assert_true(frame_builder_is_empty(builder));
    return encode(plain.plain->data, plain.plain->len, plain.directory_length);
}

static OpenFrame *open_at(const GByteArray *frame, const FrameHeader *header, LogPosition place, GError **error)
{
    g_autoptr(OpenFrame) opened = open_frame_new(header);
    memcpy(open_frame_stored(opened), frame->data, FRAME_HEADER_SIZE + header->stored_length);
    return open_frame_begin(opened, header, place, error) ? g_steal_pointer(&opened) : NULL;
}

static GBytes *decode_at(const GByteArray *frame, const FrameHeader *header, LogPosition place, GError **error)
{
    OpenFrame *opened = open_at(frame, header, place, error);
    return opened ? open_frame_finish(opened, error) : NULL;
}

static void check_round_trip(SealKind seal)
{
    g_autoptr(GByteArray) frame = frame_of("hello hello hello hello hello hello hello", "world");
    LogPosition place = {.pack = 3, .offset = 77};
    frame_seal(frame, place, seal);
    FrameHeader header;
    g_autoptr(GError) error = NULL;
    g_assert_true(frame_header_decode(frame->data, &header, &error));
    g_autoptr(GBytes) plain = decode_at(frame, &header, place, &error);
    g_assert_no_error(error);
    g_autoptr(GArray) segments = frame_directory_decode(plain, header.directory_length, &error);
    g_assert_no_error(error);
    const FrameSegment *second = &g_array_index(segments, FrameSegment, 1);
    g_assert_cmpmem((const char *)g_bytes_get_data(plain, NULL) + second->plain_offset, second->length, "world", 5);
}

static void test_frame_round_trip(void)
{
    check_round_trip(SEAL_XXH3);
    check_round_trip(SEAL_SHA256);
}

/* A frame that was moved, or that stands in for another, is not taken. */
static void test_frame_belongs_to_its_place(void)
{
    g_autoptr(GByteArray) frame = frame_of("hello", "world");
    LogPosition place = {.pack = 3, .offset = 77}, elsewhere = {.pack = 4, .offset = 77};
    frame_seal(frame, place, SEAL_XXH3);
    FrameHeader header;
    g_assert_true(frame_header_decode(frame->data, &header, NULL));
    g_autoptr(GError) error = NULL;
    g_assert_null(decode_at(frame, &header, elsewhere, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_CORRUPT);
}

static void test_every_flipped_bit_is_found(void)
{
    g_autoptr(GByteArray) frame = frame_of("some text that is long enough to be worth it, it, it, it, it", "x");
    LogPosition place = {.pack = 1, .offset = 64};
    frame_seal(frame, place, SEAL_XXH3);
    for (guint bit = 0; bit < frame->len * 8; bit++) {
        frame->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        FrameHeader header;
        bool sane =
            frame_header_decode(frame->data, &header, NULL) && FRAME_HEADER_SIZE + header.stored_length <= frame->len;
        g_autoptr(GBytes) plain = sane ? decode_at(frame, &header, place, NULL) : NULL;
        g_assert_null(plain);
        frame->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

/* However a frame is asked for, its bytes are the same, and no more than asked for (but for a step) is decompressed. */
static void test_frame_comes_step_by_step(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    while (text->len < 2000000)
        g_string_append_printf(text, "line %u\n", g_test_rand_int());
    g_autoptr(GByteArray) frame = encode((uint8_t *)text->str, text->len, 0);
    LogPosition place = {.pack = 1, .offset = 64};
    frame_seal(frame, place, SEAL_XXH3);
    FrameHeader header;
    g_assert_true(frame_header_decode(frame->data, &header, NULL));
    g_autoptr(OpenFrame) opened = open_at(frame, &header, place, NULL);
    size_t ready = 0, wanted = 1;
    for (; ready < text->len; wanted += 1 + (size_t)g_test_rand_int_range(0, 300000)) {
        g_assert_true(open_frame_advance(opened, wanted, &ready, NULL));
        g_assert_cmpuint(ready, >=, MIN(wanted, text->len));
        g_assert_cmpuint(ready, <=, wanted + 1000000);
        g_assert_cmpmem(open_frame_plain(opened), ready, text->str, ready);
    }
    g_assert_cmpuint(open_frame_length(opened), ==, text->len);
}

/* RFC 8878, 3.1.1.2 */
enum { BLOCK_RAW, BLOCK_RLE };

static void add_block(GByteArray *zstd, unsigned kind, size_t length, bool last, char byte)
{
    g_autofree char *bytes = g_strnfill(length, byte);
    uint32_t header = GUINT32_TO_LE((uint32_t)length << 3 | kind << 1 | last);
    g_byte_array_append(zstd, (const uint8_t *)&header, 3);
    g_byte_array_append(zstd, (const uint8_t *)bytes, kind == BLOCK_RLE ? 1 : (guint)length);
}

#define STORED_BEFORE_ZEROS (FRAME_HEADER_SIZE + 13u)
#define ZEROS (STORED_BEFORE_ZEROS + 10000u * 12u)
#define MORE_ZEROS 100000u
#define TINY_BLOCKS 200000u

/* What no writer makes: plain bytes ahead of the stored ones that they are made of, which take more room. The zeros
 * would overwrite tiny blocks, and zeros are blocks too: empty ones, of three bytes where tiny ones have four. */
static GByteArray *stored_bytes_that_are_overtaken(void)
{
    GByteArray *zstd = g_byte_array_new();
    g_byte_array_append(zstd, (const uint8_t *)"\x28\xb5\x2f\xfd\x00\x50", 6); /* a window of 1 MiB, no length */
    add_block(zstd, BLOCK_RLE, ZEROS, false, 0);
    add_block(zstd, BLOCK_RAW, MORE_ZEROS, false, 0);
    for (unsigned i = 1; i <= TINY_BLOCKS; i++)
        add_block(zstd, BLOCK_RAW, 1, i == TINY_BLOCKS, 't');
    return zstd;
}

/* A frame is decompressed where it is stored, but never from what it has overwritten. */
static void test_frame_does_not_overtake_itself(void)
{
    g_autoptr(GByteArray) zstd = stored_bytes_that_are_overtaken();
    uint32_t stored_length = GUINT32_TO_LE(zstd->len);
    uint32_t plain_length = GUINT32_TO_LE(ZEROS + MORE_ZEROS + TINY_BLOCKS - (ZEROS - STORED_BEFORE_ZEROS) / 4);
    g_autoptr(GByteArray) frame = encode((const uint8_t *)"plain", 5, 0);
    g_byte_array_set_size(frame, FRAME_HEADER_SIZE);
    g_byte_array_append(frame, zstd->data, zstd->len);
    frame->data[5] = FRAME_ZSTD;
    memcpy(frame->data + 8, &plain_length, 4);
    memcpy(frame->data + 12, &stored_length, 4);
    LogPosition place = {.pack = 1, .offset = 64};
    frame_seal(frame, place, SEAL_XXH3);
    FrameHeader header;
    g_assert_true(frame_header_decode(frame->data, &header, NULL));
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) plain = decode_at(frame, &header, place, &error);
    g_assert_null(plain);
    g_assert_error(error, MB_ERROR, MB_ERROR_CORRUPT);
}

typedef struct {
    char *packs;
} Directory;

static void set_up(Directory *directory, const void *unused)
{
    (void)unused;
    directory->packs = g_dir_make_tmp("packs-XXXXXX", NULL);
    g_assert_nonnull(directory->packs);
}

static void tear_down(Directory *directory, const void *unused)
{
    (void)unused;
    g_autofree char *command = g_strdup_printf("rm -r '%s'", directory->packs);
    g_assert_cmpint(system(command), ==, 0);
    g_free(directory->packs);
}

static LogPosition append(PackWriter *writer, const char *text)
{
    g_autoptr(GByteArray) frame = frame_of(text, "-");
    LogPosition place;
    g_assert_true(pack_writer_append(writer, frame, &place, NULL));
    return place;
}

static unsigned count_frames(const char *packs, uint32_t pack, GError **error)
{
    g_autoptr(PackReader) reader = pack_reader_new(packs);
    PackScan scan;
    ScannedFrame frame;
    unsigned count = 0;
    LogPosition from = {.pack = pack};
    g_assert_true(pack_scan_begin(&scan, reader, repository_id, from, NULL));
    for (; pack_scan_next(&scan, &frame, error); count++)
        g_bytes_unref(frame.plain);
    return count;
}

static void test_append_and_scan(Directory *directory, const void *unused)
{
    (void)unused;
    LogPosition none = {0};
    g_autoptr(PackWriter) writer = pack_writer_open(directory->packs, repository_id, none, SEAL_XXH3, NULL);
    append(writer, "first");
    append(writer, "second");
    g_assert_true(pack_writer_sync(writer, NULL));
    LogPosition end = pack_writer_end(writer);
    g_clear_pointer(&writer, pack_writer_close);

    writer = pack_writer_open(directory->packs, repository_id, end, SEAL_XXH3, NULL);
    LogPosition third = append(writer, "third");
    g_assert_cmpuint(third.pack, ==, end.pack);
    g_assert_cmpuint(third.offset, ==, end.offset);
    g_assert_true(pack_writer_sync(writer, NULL));
    g_autoptr(GError) error = NULL;
    g_assert_cmpuint(count_frames(directory->packs, 1, &error), ==, 3);
    g_assert_no_error(error);
}

/* What a killed run left is never overwritten: the next frame goes to a new pack. */
static void test_torn_end_is_left_alone(Directory *directory, const void *unused)
{
    (void)unused;
    LogPosition none = {0};
    g_autoptr(PackWriter) writer = pack_writer_open(directory->packs, repository_id, none, SEAL_XXH3, NULL);
    append(writer, "first");
    LogPosition end = pack_writer_end(writer);
    append(writer, "torn");
    g_clear_pointer(&writer, pack_writer_close);
    g_autofree char *path = pack_file_path(directory->packs, 1);
    g_assert_cmpint(truncate(path, (off_t)end.offset + 60), ==, 0);

    writer = pack_writer_open(directory->packs, repository_id, end, SEAL_XXH3, NULL);
    LogPosition next = append(writer, "next");
    g_assert_cmpuint(next.pack, ==, 2);
    g_autoptr(GError) error = NULL;
    g_assert_cmpuint(count_frames(directory->packs, 1, &error), ==, 1);
    g_assert_error(error, MB_ERROR, MB_ERROR_CORRUPT);
}

static void test_foreign_pack_is_refused(Directory *directory, const void *unused)
{
    (void)unused;
    LogPosition none = {0}, from = {.pack = 1};
    g_autoptr(PackWriter) writer = pack_writer_open(directory->packs, repository_id, none, SEAL_XXH3, NULL);
    append(writer, "first");
    g_autoptr(PackReader) reader = pack_reader_new(directory->packs);
    static const uint8_t another[REPOSITORY_ID_SIZE] = "another one....";
    PackScan scan;
    g_autoptr(GError) error = NULL;
    g_assert_false(pack_scan_begin(&scan, reader, another, from, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_CORRUPT);
}

typedef struct {
    FrameCache *cache;
    LogPosition *places;
    unsigned count;
} CacheJob;

static void *read_many(void *data)
{
    CacheJob *job = data;
    for (unsigned i = 0; i < 2000; i++) {
        unsigned number = (i * 7) % job->count;
        char bytes[100];
        g_assert_true(frame_cache_read(job->cache, job->places[number], i % 900, bytes, sizeof bytes, NULL));
        for (size_t at = 0; at < sizeof bytes; at++)
            g_assert_cmpint(bytes[at], ==, (char)('a' + number));
    }
    return NULL;
}

static void test_cache_under_threads(Directory *directory, const void *unused)
{
    (void)unused;
    LogPosition none = {0}, places[20];
    g_autoptr(PackWriter) writer = pack_writer_open(directory->packs, repository_id, none, SEAL_XXH3, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *text = g_strnfill(1000 + i, (char)('a' + i));
        places[i] = append(writer, text);
    }
    g_autoptr(PackReader) reader = pack_reader_new(directory->packs);
    g_autoptr(FrameCache) cache = frame_cache_new(reader, 5000);
    CacheJob job = {.cache = cache, .places = places, .count = G_N_ELEMENTS(places)};
    GThread *threads[4];
    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("reader", read_many, &job);
    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
    LogPosition nowhere = {.pack = 9, .offset = 64};
    g_autoptr(GError) error = NULL;
    char byte;
    g_assert_false(frame_cache_read(cache, nowhere, 0, &byte, 1, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_NOT_FOUND);
    g_clear_error(&error);
    g_assert_false(frame_cache_read(cache, places[0], 5000, &byte, 1, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_CORRUPT);
}

static char *new_noise(size_t length)
{
    char *noise = g_strnfill(length, ' ');
    for (size_t i = 0; i < length; i++)
        noise[i] = (char)('a' + g_test_rand_int_range(0, 16));
    return noise;
}

static size_t heap_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* Also while all frames are read in part, so that each has a context of zstd's. */
static void test_cache_is_bound_by_memory(Directory *directory, const void *unused)
{
    (void)unused;
    LogPosition none = {0}, places[40];
    g_autoptr(PackWriter) writer = pack_writer_open(directory->packs, repository_id, none, SEAL_XXH3, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *noise = new_noise(1000000);
        places[i] = append(writer, noise);
    }
    const size_t bytes_at_most = 16 << 20;
    g_autoptr(PackReader) reader = pack_reader_new(directory->packs);
    g_autoptr(FrameCache) cache = frame_cache_new(reader, bytes_at_most);
    size_t before = heap_in_use();
    for (unsigned i = 0; i < G_N_ELEMENTS(places); i++) {
        char byte;
        g_assert_true(frame_cache_read(cache, places[i], 0, &byte, 1, NULL));
    }
    g_assert_cmpuint(heap_in_use(), <=, before + bytes_at_most + bytes_at_most / 8);
}

/* A frame of one blob, whose length grows and falls so that later frames are often done earlier. */
static PlainFrame plain_of(unsigned number)
{
    g_autofree char *text = g_strnfill(1 + (number * 7919u) % 300000, (char)('a' + number % 26));
    g_autoptr(FrameBuilder) builder = frame_builder_new(1 << 20);
    FrameSegment segment = segment_of(text);
    frame_builder_add(builder, &segment, text);
    return frame_builder_finish(builder);
}

static void take_and_compare(FramePress *press, unsigned number)
{
    g_auto(PressedFrame) pressed = frame_press_take(press);
    g_auto(PlainFrame) plain = plain_of(number);
    g_autoptr(GByteArray) wanted = encode(plain.plain->data, plain.plain->len, plain.directory_length);
    g_assert_cmpmem(pressed.frame->data, pressed.frame->len, wanted->data, wanted->len);
    g_assert_cmpuint(pressed.segments->len, ==, 1);
}

static void test_press_keeps_the_order(void)
{
    g_autoptr(FramePress) press = frame_press_new();
    unsigned put = 0, taken = 0;
    for (; put < 100; put++) {
        if (frame_press_is_full(press))
            take_and_compare(press, taken++);
        g_auto(PlainFrame) plain = plain_of(put);
        frame_press_put(press, &plain, &settings);
        g_assert_null(plain.plain);
    }
    while (!frame_press_is_empty(press))
        take_and_compare(press, taken++);
    g_assert_cmpuint(taken, ==, put);
}

static void test_press_is_left_with_work(void)
{
    g_autoptr(FramePress) press = frame_press_new();
    for (unsigned i = 0; !frame_press_is_full(press); i++) {
        g_auto(PlainFrame) plain = plain_of(i);
        frame_press_put(press, &plain, &settings);
    }
}

/* Pieces of a blob that follow each other are one segment. */
static void test_pieces_become_one_segment(void)
{
    g_autoptr(FrameBuilder) builder = frame_builder_new(1 << 20);
    FrameSegment first = segment_of("hello"), other = segment_of("world!");
    FrameSegment second = first;
    first.length = second.blob_offset = 2;
    second.length = 3;
    frame_builder_add(builder, &first, "he");
    frame_builder_add(builder, &second, "llo");
    frame_builder_add(builder, &other, "world!");
    g_auto(PlainFrame) plain = frame_builder_finish(builder);
    g_assert_cmpuint(plain.segments->len, ==, 2);
    g_assert_cmpuint(g_array_index(plain.segments, FrameSegment, 0).length, ==, 5);
    g_assert_cmpuint(g_array_index(plain.segments, FrameSegment, 1).plain_offset, ==, 5);
}

#define ADD(path, function) g_test_add(path, Directory, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/frame/round-trip", test_frame_round_trip);
    g_test_add_func("/frame/step-by-step", test_frame_comes_step_by_step);
    g_test_add_func("/frame/does-not-overtake-itself", test_frame_does_not_overtake_itself);
    g_test_add_func("/frame/belongs-to-its-place", test_frame_belongs_to_its_place);
    g_test_add_func("/frame/every-flipped-bit-is-found", test_every_flipped_bit_is_found);
    g_test_add_func("/frame/pieces-become-one-segment", test_pieces_become_one_segment);
    g_test_add_func("/press/keeps-the-order", test_press_keeps_the_order);
    g_test_add_func("/press/is-left-with-work", test_press_is_left_with_work);
    ADD("/pack/append-and-scan", test_append_and_scan);
    ADD("/pack/torn-end-is-left-alone", test_torn_end_is_left_alone);
    ADD("/pack/foreign-pack-is-refused", test_foreign_pack_is_refused);
    ADD("/cache/under-threads", test_cache_under_threads);
    ADD("/cache/is-bound-by-memory", test_cache_is_bound_by_memory);
    return g_test_run();
}
