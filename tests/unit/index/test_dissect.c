#include <string.h>

#include "digest.h"
#include "dissect.h"
#include "error.h"
#include "repository_fixture.h"

/* Base64 of `length` bytes in lines of `line` characters. */
static void append_base64(GString *out, const uint8_t *bytes, size_t length, size_t line, const char *line_end)
{
    g_autofree char *text = g_base64_encode(bytes, length);
    size_t total = strlen(text);
    for (size_t at = 0; at < total; at += line) {
        if (at > 0)
            g_string_append(out, line_end);
        g_string_append_len(out, text + at, (gssize)MIN(line, total - at));
    }
}

static uint8_t *random_bytes(size_t length)
{
    uint8_t *bytes = g_malloc(MAX(length, 1));
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)g_test_rand_int_range(0, 256);
    return bytes;
}

static Dissection *dissect_text(const GString *message)
{
    g_autoptr(Spool) spool = spool_new(g_get_tmp_dir());
    g_assert_true(spool_append(spool, message->str, message->len, NULL));
    g_autoptr(GError) error = NULL;
    Dissection *dissection = dissect(spool, g_get_tmp_dir(), &error);
    g_assert_no_error(error);
    return dissection;
}

static unsigned count_parts(const GString *message)
{
    g_autoptr(Dissection) dissection = dissect_text(message);
    return dissection ? dissection->parts->len : 0;
}

static void test_forms(void)
{
    static const size_t lines[] = {4, 60, 64, 72, 76, 1000, 40000};
    static const char *const ends[] = {"\n", "\r\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(lines) * G_N_ELEMENTS(ends); i++) {
        size_t length = 2000 + (size_t)g_test_rand_int_range(0, 5000);
        g_autofree uint8_t *bytes = random_bytes(length);
        g_autoptr(GString) message = g_string_new("Subject: x\r\n\r\n");
        append_base64(message, bytes, length, lines[i / 2], ends[i % 2]);
        g_string_append(message, i % 3 ? "\r\n-- end\r\n" : "");
        g_autoptr(Dissection) dissection = dissect_text(message);
        g_assert_nonnull(dissection);
        g_assert_cmpuint(dissection->parts->len, ==, 1);
        const DissectedPart *part = &g_array_index(dissection->parts, DissectedPart, 0);
        ContentId expected;
        digest_of(bytes, length, &expected);
        g_assert_cmpuint(part->length, ==, length);
        g_assert_true(content_id_equal(&part->id, &expected));
    }
}

/* The same attachment under another wrapping is the same part. */
static void test_wrapping_does_not_matter(void)
{
    g_autofree uint8_t *bytes = random_bytes(9000);
    ContentId ids[2];
    for (int i = 0; i < 2; i++) {
        g_autoptr(GString) message = g_string_new("a\n\n");
        append_base64(message, bytes, 9000, i ? 60 : 76, i ? "\n" : "\r\n");
        g_string_append(message, "\n--b--\n");
        g_autoptr(Dissection) dissection = dissect_text(message);
        ids[i] = g_array_index(dissection->parts, DissectedPart, 0).id;
    }
    g_assert_true(content_id_equal(&ids[0], &ids[1]));
}

static void test_small_base64_stays_inline(void)
{
    g_autofree uint8_t *bytes = random_bytes(600);
    g_autoptr(GString) message = g_string_new("a\n\n");
    append_base64(message, bytes, 600, 76, "\n");
    g_autoptr(Dissection) dissection = dissect_text(message);
    g_assert_nonnull(dissection);
    g_assert_cmpuint(dissection->parts->len, ==, 0);
    g_assert_cmpuint(spool_size(dissection->text), ==, 3 + 600);
}

static void test_what_does_not_come_back_stays(void)
{
    g_autofree uint8_t *bytes = random_bytes(3000);
    g_autoptr(GString) plain = g_string_new("no base64 here\n");
    g_assert_null(dissect_text(plain));

    g_autoptr(GString) unused_bits = g_string_new("\n");
    append_base64(unused_bits, bytes, 2998, 76, "\n"); /* one byte in the last group */
    g_assert_cmpint(unused_bits->str[unused_bits->len - 1], ==, '=');
    unused_bits->str[unused_bits->len - 3]++; /* its second character carries bits that decode to nothing */
    g_assert_cmpuint(count_parts(unused_bits), ==, 0);
}

static void test_broken_lines(void)
{
    g_autofree uint8_t *bytes = random_bytes(6000);
    g_autoptr(GString) message = g_string_new("\n");
    append_base64(message, bytes, 6000, 76, "\r\n");
    g_string_insert(message, 77 * 30, "!"); /* garbage in a line: what is before and behind it are parts */
    g_autoptr(Dissection) dissection = dissect_text(message);
    g_assert_nonnull(dissection);
    g_assert_cmpuint(dissection->parts->len, ==, 2);

    g_autoptr(GString) mixed = g_string_new("\n");
    append_base64(mixed, bytes, 3000, 76, "\r\n");
    g_string_append(mixed, "\n"); /* the line end changes */
    append_base64(mixed, bytes, 3000, 76, "\n");
    g_assert_cmpuint(count_parts(mixed), ==, 2);
}

static void append_random_piece(GString *message)
{
    static const char *const junk[] = {"\n",     "\r\n", "\r",  "=",          "====", "text with spaces\n",
                                       "AAAA\n", "\0",   "=\n", "QQ==QQ==\n", "QUJD", "--boundary\r\n"};
    size_t length = (size_t)g_test_rand_int_range(1, 6000);
    g_autofree uint8_t *bytes = random_bytes(length);
    switch (g_test_rand_int_range(0, 3)) {
    case 0:
        append_base64(message, bytes, length, (size_t)g_test_rand_int_range(1, 30) * 4,
                      g_test_rand_bit() ? "\n" : "\r\n");
        break;
    case 1:
        append_base64(message, bytes, length, (size_t)g_test_rand_int_range(1, 120), "\n");
        break;
    default:
        g_string_append(message, junk[g_test_rand_int_range(0, G_N_ELEMENTS(junk))]);
    }
}

/* Whatever a message looks like, it comes out of the repository as it went in: whole and in any range. */
static void test_random_messages_come_back(Fixture *fixture, const void *unused)
{
    (void)unused;
    g_autoptr(GPtrArray) messages = g_ptr_array_new();
    uint32_t inbox = fixture_mailbox(fixture, "INBOX", 1);
    for (uint32_t uid = 1; uid <= 200; uid++) {
        GString *message = g_string_new("From: a@b\nSubject: x\n\n");
        for (int pieces = g_test_rand_int_range(0, 12); pieces > 0; pieces--)
            append_random_piece(message);
        fixture_message_bytes(fixture, inbox, uid, message->str, message->len);
        g_ptr_array_add(messages, message);
    }
    fixture_publish(fixture);
    for (uint32_t uid = 1; uid <= 200; uid++) {
        GString *message = messages->pdata[uid - 1];
        for (int i = 0; i < 5; i++)
            fixture_check_range(fixture, inbox, uid, message, (size_t)g_test_rand_int_range(0, 5000));
        size_t length;
        g_autofree char *bytes = fixture_read(fixture, inbox, uid, &length);
        g_assert_cmpmem(bytes, length, message->str, message->len);
        g_string_free(message, TRUE);
    }
    g_assert_cmpuint(fixture_check(fixture, true), ==, 0);
}

static void test_attachment_is_stored_once(Fixture *fixture, const void *unused)
{
    (void)unused;
    g_autofree uint8_t *bytes = random_bytes(3000000);
    uint32_t inbox = fixture_mailbox(fixture, "INBOX", 1);
    for (uint32_t uid = 1; uid <= 5; uid++) {
        g_autoptr(GString) message = g_string_new(NULL);
        g_string_append_printf(message, "Subject: forwarded %u times\r\n\r\n", uid);
        append_base64(message, bytes, 3000000, uid % 2 ? 76 : 60, uid % 2 ? "\r\n" : "\n");
        fixture_message_bytes(fixture, inbox, uid, message->str, message->len);
    }
    fixture_publish(fixture);
    g_assert_cmpuint(writer_totals(fixture->writer).stored_bytes, <, 3100000);
    g_assert_cmpuint(fixture_check(fixture, true), ==, 0);
}

static void test_recipes_have_limits(void)
{
    g_autoptr(Recipe) recipe = recipe_new();
    RecipeSpan literal = {.kind = SPAN_LITERAL, .stored = 10};
    RecipeSpan part = {.kind = SPAN_PART, .stored = 100, .form = {.line_length = 76, .crlf = true}};
    recipe_add(recipe, &literal);
    recipe_add(recipe, &part);
    g_autoptr(GByteArray) bytes = recipe_encode(recipe);
    uint64_t header;
    g_autoptr(GError) error = NULL;
    g_autoptr(Recipe) again = recipe_decode(bytes->data, bytes->len, bytes->len + 10, &header, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(again->shown, ==, recipe->shown);
    g_assert_cmpuint(header, ==, bytes->len);
    g_assert_null(recipe_decode(bytes->data, bytes->len, bytes->len + 11, &header, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_CORRUPT);
    g_clear_error(&error);
    g_assert_null(recipe_decode(bytes->data, bytes->len - 1, bytes->len + 10, &header, &error));
    g_assert_error(error, MB_ERROR, MB_ERROR_AGAIN);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dissect/forms", test_forms);
    g_test_add_func("/dissect/wrapping-does-not-matter", test_wrapping_does_not_matter);
    g_test_add_func("/dissect/small-base64-stays-inline", test_small_base64_stays_inline);
    g_test_add_func("/dissect/what-does-not-come-back-stays", test_what_does_not_come_back_stays);
    g_test_add_func("/dissect/broken-lines", test_broken_lines);
    g_test_add_func("/dissect/recipes-have-limits", test_recipes_have_limits);
    g_test_add("/dissect/random-messages-come-back", Fixture, NULL, fixture_set_up, test_random_messages_come_back,
               fixture_tear_down);
    g_test_add("/dissect/attachment-is-stored-once", Fixture, NULL, fixture_set_up, test_attachment_is_stored_once,
               fixture_tear_down);
    return g_test_run();
}
