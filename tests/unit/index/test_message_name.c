#include "message_name.h"

#include <glib.h>
#include <string.h>

static char *name_of(const char *message, size_t length)
{
    g_autoptr(MessageNamer) namer = message_namer_new();
    return message_name(namer, message, length);
}

static void assert_name(const char *message, const char *expected)
{
    g_autofree char *name = name_of(message, strlen(message));
    g_assert_cmpstr(name, ==, expected);
}

static void test_plain(void)
{
    assert_name("From: Bob Smith <bob@example.com>\r\nSubject: Re: budget\r\n\r\nbody", "Bob-Smith_Re-budget");
    assert_name("Subject: only\n\nFrom: in the body", "unknown_only");
    assert_name("From: bob@example.com\n\n", "bob@example.com_no-subject");
    assert_name("subject: lower\nfrom: <x@y>\n\n", "x@y_lower");
    assert_name("Subject: folded\r\n over two lines\r\nFrom: a@b\r\n\r\n", "a@b_folded-over-two-lines");
}

static void test_encoded_words(void)
{
    assert_name("From: =?utf-8?q?Za=C5=BC=C3=B3=C5=82=C4=87?= <z@example.pl>\n"
                "Subject: =?iso-8859-2?Q?g=EA=B6l=B1?= =?iso-8859-2?Q?_ja=BC=F1?=\n\n",
                "Zażółć_gęślą-jaźń");
    assert_name("From: =?UTF-8?B?5bGx55Sw5aSq6YOO?= <t@example.jp>\n"
                "Subject: =?ISO-2022-JP?B?GyRCRnxLXDhsGyhC?=\n\n",
                "山田太郎_日本語");
    assert_name("From: Ż <z@example.pl>\nSubject: raw utf-8 ość\n\n", "Ż_raw-utf-8-ość");
}

static void test_nothing_dangerous_comes_through(void)
{
    assert_name("From: ../../etc <a@b>\nSubject: $(rm -rf /) `x` ; | & < > \" ' \\ * ? [ ] { } ! # ~\n\n",
                "etc-a@b_rm-rf-x");
    assert_name("From: a@b\nSubject: \x1b[31mred\x07 \u202egpj.exe\n\n", "a@b_31mred-gpj.exe");
    assert_name("From: a@b\nSubject: -rf .hidden\n\n", "a@b_rf-.hidden");
}

static void test_any_bytes(void)
{
    assert_name("", "unknown_no-subject");
    assert_name("\r\n\r\n", "unknown_no-subject");
    assert_name("no header at all", "unknown_no-subject");
    assert_name("From:\nSubject:\n\n", "unknown_no-subject");
    g_autofree char *name = name_of("Subject: a\0b\nFrom: \xff\xfe\n\n", 24);
    g_assert_true(g_utf8_validate(name, -1, NULL));
}

static void test_length(void)
{
    g_autofree char *subject = g_strnfill(5000, 'x');
    g_autoptr(GString) wide = g_string_new(NULL);
    for (int i = 0; i < 2000; i++)
        g_string_append(wide, "日");
    g_autofree char *message = g_strdup_printf("From: %s\nSubject: %s\n\n", wide->str, subject);
    g_autofree char *name = name_of(message, strlen(message));
    g_assert_cmpuint(strlen(name), <=, MESSAGE_NAME_AT_MOST);
    g_assert_true(g_utf8_validate(name, -1, NULL));
}

/* Senders come again, more of them than are remembered, and some that are too long for that. */
static void test_many_messages(void)
{
    g_autoptr(MessageNamer) namer = message_namer_new();
    g_autofree char *long_address = g_strnfill(1000, 'x');
    for (int round = 0; round < 5000; round++) {
        int sender = g_test_rand_int_range(0, 2000);
        const char *address = sender % 3 == 0 ? long_address : "x";
        g_autofree char *message =
            g_strdup_printf("From: Sender %d <%s@example.com>\nSubject: %d\n\n", sender, address, round);
        g_autofree char *expected = g_strdup_printf("Sender-%d_%d", sender, round);
        g_autofree char *name = message_name(namer, message, strlen(message));
        g_assert_cmpstr(name, ==, expected);
    }
}

static void test_random_bytes(void)
{
    g_autoptr(MessageNamer) namer = message_namer_new();
    for (int round = 0; round < 20000; round++) {
        char message[200] = "From: ";
        size_t length = 6 + (size_t)g_test_rand_int_range(0, 190);
        for (size_t i = 6; i < length; i++)
            message[i] = (char)g_test_rand_int_range(0, 256);
        memcpy(message + 60, "\nSubject: =?utf-8?q?", 20);
        g_autofree char *name = message_name(namer, message, length);
        g_assert_true(g_utf8_validate(name, -1, NULL));
        g_assert_cmpuint(strlen(name), <=, MESSAGE_NAME_AT_MOST);
        g_assert_null(strpbrk(name, "/ \n\r\t\\\"'`$&;|<>*?[]{}()!#~%"));
        g_assert_true(*name != '.' && *name != '-');
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/message-name/plain", test_plain);
    g_test_add_func("/message-name/encoded-words", test_encoded_words);
    g_test_add_func("/message-name/nothing-dangerous-comes-through", test_nothing_dangerous_comes_through);
    g_test_add_func("/message-name/any-bytes", test_any_bytes);
    g_test_add_func("/message-name/length", test_length);
    g_test_add_func("/message-name/many-messages", test_many_messages);
    g_test_add_func("/message-name/random-bytes", test_random_bytes);
    return g_test_run();
}
