#include "mailbox_name.h"

#include <glib.h>
#include <string.h>

static void test_canonical(void)
{
    static const struct {
        const char *name;
        const char *text;
    } names[] = {
        {"INBOX", "INBOX"}, {"", ""},          {"Entw&APw-rfe", "Entwürfe"},
        {"&-", "&"},        {"a&-b", "a&b"},   {"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"},
        {"&2D3eAA-", "😀"},  {"&AAE-", "\x01"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *text = mailbox_name_decode((const uint8_t *)names[i].name, strlen(names[i].name));
        g_assert_cmpstr(text, ==, names[i].text);
        g_autofree char *name = mailbox_name_encode(names[i].text);
        g_assert_cmpstr(name, ==, names[i].name);
    }
}

static void test_odd(void)
{
    static const char *const names[] = {
        "&",     "a&b",        "Entw\xc3\xbcrfe", "&AGE-",       "&AOk-&AOk-",  "&AP-",
        "&2D0-", "&APx-rfe&A", "&APw=-",          "&AP y-",      "Entw\xfcrfe", "a\tb",
        "\x7f",  "&AAA-",      "&ZeVnLIqd",       "&ZeVnLIqf+-", "&3gDYPQ-",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        g_assert_null(mailbox_name_decode((const uint8_t *)names[i], strlen(names[i])));
    g_assert_null(mailbox_name_decode((const uint8_t *)"a\0b", 3));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mailbox-name/canonical", test_canonical);
    g_test_add_func("/mailbox-name/odd", test_odd);
    return g_test_run();
}
