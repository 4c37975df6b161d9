/* The small values inside responses: dates, flags, capabilities, sets, names, base64, and the lexer under them. */
#include <stdio.h>
#include <string.h>

#include "imap_base64.h"
#include "imap_capability.h"
#include "imap_date.h"
#include "imap_flags.h"
#include "imap_uid_set.h"
#include "mb_limits.h"

/* A lexer over a copy of `text` that ends where the text ends, so that a sanitizer sees reading past it. */
typedef struct {
    uint8_t *bytes;
    ImapLexer lexer;
} Text;

static Text text_of(const char *text, size_t length)
{
    Text copy = {.bytes = g_memdup2(length > 0 ? text : "x", length > 0 ? length : 1)};
    copy.lexer = imap_lexer_of(copy.bytes, length);
    return copy;
}

static Text text_of_string(const char *text)
{
    return text_of(text, strlen(text));
}

static ImapData data_of(const char *text)
{
    return (ImapData){.bytes = (const uint8_t *)text, .length = strlen(text)};
}

static void test_dates(void)
{
    static const struct {
        const char *text;
        int64_t time;
    } valid[] = {
        {"17-Jul-1996 02:44:25 -0700", 837596665},
        {" 1-Jan-1970 00:00:00 +0000", 0},
        {"1-jan-1970 01:00:00 +0100", 0},
        {"29-Feb-2024 23:59:59 +0530", 1709231399},
        {"31-Dec-2016 23:59:60 +0000", 1483228799},
        {"01-JAN-1970 00:00:00 -0030", 1800},
        {"19-Jan-2038 03:14:08 +0000", 2147483648LL},
    };
    static const char *const invalid[] = {
        "",
        "00-Jan-0000 00:00:00 +0000",
        "30-Feb-2024 00:00:00 +0000",
        "17-Jul-1996 02:44:25 +9900",
        "17-Jul-1996 02:44:25 +0090",
        "17-Jul-1996 02:44:25 0700",
        "17-Jul-1996 24:44:25 +0700",
        "17-Jul-1996 02:44:25 +0700x",
        "17-Jux-1996 02:44:25 +0700",
        "17-Ju",
        "17-Jul-1996",
        "-Jul-1996 02:44:25 +0700",
    };
    int64_t time;
    for (size_t i = 0; i < G_N_ELEMENTS(valid); i++) {
        g_assert_true(imap_date_parse(data_of(valid[i].text), &time));
        g_assert_cmpint(time, ==, valid[i].time);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(invalid); i++)
        g_assert_false(imap_date_parse(data_of(invalid[i]), &time));
}

static void check_flags(const char *text, uint32_t flags, const char *keywords)
{
    Text list = text_of_string(text);
    g_autoptr(GString) found = g_string_new("left from before");
    g_assert_cmpuint(imap_flags_parse(&list.lexer, found), ==, flags);
    g_assert_false(list.lexer.failed);
    g_assert_cmpstr(found->str, ==, keywords);
    g_free(list.bytes);
}

static void test_flags(void)
{
    check_flags("()", 0, "");
    check_flags("(\\seen \\ANSWERED \\Flagged \\Deleted \\Draft)", 31, "");
    check_flags("(\\Recent)", 0, "");
    check_flags("(b a B a  c )", 0, "B a b c");
    check_flags("(\\$NOTJUNK \\Forwarded \\Seen)", IMAP_FLAG_SEEN, "\\$NOTJUNK \\Forwarded");
    check_flags("(aa a ab)", 0, "a aa ab");
}

static void test_too_many_flags(void)
{
    g_autoptr(GString) list = g_string_new("(");
    for (int i = 0; i <= LIMIT_FLAGS_PER_MESSAGE; i++)
        g_string_append_printf(list, "k%d ", i);
    g_string_append_c(list, ')');
    g_autofree char *long_flag = g_strnfill(LIMIT_FLAG_BYTES + 1, 'k');
    g_autofree char *long_list = g_strdup_printf("(%s)", long_flag);
    const char *const lists[] = {list->str, long_list};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        Text text = text_of_string(lists[i]);
        g_autoptr(GString) keywords = g_string_new(NULL);
        imap_flags_parse(&text.lexer, keywords);
        g_assert_true(text.lexer.failed && text.lexer.too_much);
        g_free(text.bytes);
    }
}

static void test_capabilities(void)
{
    Text text = text_of_string(" IMAP4rev1  AUTH=PLAIN auth=scram-sha-256 LIST-STATUS LITERAL-");
    g_autofree char *capabilities = imap_capability_parse(&text.lexer);
    g_assert_true(imap_capability_has(capabilities, "imap4REV1"));
    g_assert_true(imap_capability_has(capabilities, "LITERAL-"));
    g_assert_false(imap_capability_has(capabilities, "LITERAL"));
    g_assert_false(imap_capability_has(capabilities, "STATUS"));
    g_assert_false(imap_capability_has(NULL, "IMAP4rev1"));
    g_autofree char *mechanisms = imap_capability_mechanisms(capabilities);
    g_assert_cmpstr(mechanisms, ==, "PLAIN SCRAM-SHA-256");
    g_autofree char *none = imap_capability_mechanisms(NULL);
    g_assert_cmpstr(none, ==, "");
    g_free(text.bytes);
}

static void check_chunk(const uint32_t *uids, size_t count, size_t *next, size_t most, size_t bytes,
                        const char *expected)
{
    g_autofree char *set = imap_uid_set_chunk(uids, count, next, most, bytes);
    g_assert_cmpstr(set, ==, expected);
}

static void test_uid_set_chunks(void)
{
    static const uint32_t uids[] = {1, 2, 3, 4, 7, 9, 10, 4294967294, 4294967295};
    size_t next = 0;
    check_chunk(uids, 9, &next, 100, 1000, "1:4,7,9:10,4294967294:4294967295");
    g_assert_cmpuint(next, ==, 9);
    check_chunk(uids, 9, &next, 100, 1000, NULL);
    next = 0;
    check_chunk(uids, 9, &next, 3, 1000, "1:3");
    check_chunk(uids, 9, &next, 3, 1000, "4,7,9");
    check_chunk(uids, 9, &next, 0, 1000, "10");
    check_chunk(uids, 9, &next, 3, 0, "4294967294:4294967295");
}

/* Walks the UIDs of a set; each must be the next of `uids`. */
static void check_set(const char *set, const GArray *uids, size_t *seen)
{
    g_auto(GStrv) ranges = g_strsplit(set, ",", -1);
    for (char **range = ranges; *range; range++) {
        unsigned first, last;
        if (sscanf(*range, "%u:%u", &first, &last) != 2)
            first = last = (unsigned)g_ascii_strtoull(*range, NULL, 10);
        for (unsigned uid = first; uid <= last; uid++, (*seen)++)
            g_assert_cmpuint(uid, ==, g_array_index(uids, uint32_t, *seen));
    }
}

/* Whatever the limits, the chunks together name every UID once and no chunk is longer than asked. */
static void test_uid_set_covers_all(void)
{
    g_autoptr(GArray) uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (uint32_t uid = 1; uids->len < 5000; uid += (uint32_t)g_test_rand_int_range(1, 4))
        g_array_append_val(uids, uid);
    size_t next = 0, seen = 0;
    char *set;
    while ((set = imap_uid_set_chunk((const uint32_t *)(void *)uids->data, uids->len, &next, 700, 500))) {
        g_assert_cmpuint(strlen(set), <=, 500);
        check_set(set, uids, &seen);
        g_free(set);
    }
    g_assert_cmpuint(seen, ==, uids->len);
}

static void check_same(const void *a, size_t a_length, const void *b, size_t b_length)
{
    g_assert_cmpuint(a_length, ==, b_length);
    g_assert_true(a_length == 0 || memcmp(a, b, a_length) == 0);
}

static void test_base64(void)
{
    WipedBytes out = {0};
    g_assert_true(imap_base64_decode(data_of("AGEAYg=="), &out));
    check_same(out.data, out.length, "\0a\0b", 4);
    g_assert_true(imap_base64_decode(data_of(""), &out));
    g_assert_cmpuint(out.length, ==, 0);
    static const char *const invalid[] = {"A", "AB", "ABC", "ABC=D", "A===", "AB C", "AB\nC", "====", "AB-_"};
    for (size_t i = 0; i < G_N_ELEMENTS(invalid); i++)
        g_assert_false(imap_base64_decode(data_of(invalid[i]), &out));
    wiped_bytes_clear(&out);
}

static void check_skip(const char *text, bool understood, size_t left)
{
    Text value = text_of_string(text);
    imap_lexer_skip_value(&value.lexer);
    g_assert_cmpint(!value.lexer.failed, ==, understood);
    if (understood)
        g_assert_cmpuint((size_t)(value.lexer.end - value.lexer.at), ==, left);
    g_free(value.bytes);
}

static void test_skipping(void)
{
    check_skip("NIL rest", true, 5);
    check_skip("(a (b \"c)\" {2}\r\n)) d) e) f", true, 2);
    check_skip("\"a\\\"b\" f", true, 2);
    check_skip("()", true, 0);
    check_skip("(a", false, 0);
    check_skip("\"a", false, 0);
    check_skip("\"a\\", false, 0);
    check_skip("{5}\r\nabc", false, 0);
    check_skip("{18446744073709551617}\r\nabc", false, 0);
    check_skip("{}\r\nabc", false, 0);
    check_skip("", false, 0);
}

static void test_depth(void)
{
    g_autofree char *open = g_strnfill(100000, '(');
    g_autofree char *close = g_strnfill(100000, ')');
    g_autofree char *deep = g_strconcat(open, close, NULL);
    Text text = text_of_string(deep);
    imap_lexer_skip_value(&text.lexer);
    g_assert_true(text.lexer.failed && text.lexer.too_much);
    g_free(text.bytes);
    check_skip(deep + 100000 - LIMIT_RESPONSE_DEPTH, true, 100000 - LIMIT_RESPONSE_DEPTH);
}

static void test_numbers(void)
{
    Text largest = text_of_string("18446744073709551615 4294967295 4294967296");
    g_assert_cmpuint(imap_lexer_number(&largest.lexer), ==, UINT64_MAX);
    imap_lexer_skip_spaces(&largest.lexer);
    g_assert_cmpuint(imap_lexer_number32(&largest.lexer), ==, UINT32_MAX);
    imap_lexer_skip_spaces(&largest.lexer);
    g_assert_cmpuint(imap_lexer_number32(&largest.lexer), ==, 0);
    g_assert_true(largest.lexer.failed);
    g_free(largest.bytes);
    Text above = text_of_string("18446744073709551616");
    g_assert_cmpuint(imap_lexer_number(&above.lexer), ==, 0);
    g_assert_true(above.lexer.failed);
    g_free(above.bytes);
}

static bool told_implies_esearch(const char *told)
{
    Text text = text_of_string(told);
    g_autofree char *capabilities = imap_capability_parse(&text.lexer);
    g_free(text.bytes);
    return imap_capability_has(capabilities, "ESEARCH");
}

static void test_implied_capabilities(void)
{
    g_assert_true(told_implies_esearch("IMAP4rev2 AUTH=PLAIN"));
    g_assert_false(told_implies_esearch("IMAP4rev2 IMAP4rev1 AUTH=PLAIN"));
    g_assert_false(told_implies_esearch("IMAP4rev1"));
    g_assert_false(told_implies_esearch(""));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/imap/values/dates", test_dates);
    g_test_add_func("/imap/values/flags", test_flags);
    g_test_add_func("/imap/values/too-many-flags", test_too_many_flags);
    g_test_add_func("/imap/values/capabilities", test_capabilities);
    g_test_add_func("/imap/values/implied_capabilities", test_implied_capabilities);
    g_test_add_func("/imap/values/uid-set-chunks", test_uid_set_chunks);
    g_test_add_func("/imap/values/uid-set-covers-all", test_uid_set_covers_all);
    g_test_add_func("/imap/values/base64", test_base64);
    g_test_add_func("/imap/values/skipping", test_skipping);
    g_test_add_func("/imap/values/depth", test_depth);
    g_test_add_func("/imap/values/numbers", test_numbers);
    return g_test_run();
}
