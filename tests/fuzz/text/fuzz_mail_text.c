/* Text and attachments from any bytes: always valid UTF-8 without controls, twice the same, names that are safe. */
#include <string.h>

#include "mail_attachments.h"
#include "mail_text.h"
#include "mb_limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    const uint8_t *bytes;
    size_t length;
} Memory;

static bool read_memory(void *user, uint64_t offset, void *data, size_t length, size_t *got,
                        GError **error G_GNUC_UNUSED)
{
    const Memory *memory = user;
    *got = offset < memory->length ? MIN(length, memory->length - offset) : 0;
    memcpy(data, memory->bytes + offset, *got);
    return true;
}

static GString *render(const MailSource *source)
{
    GString *text = g_string_new(NULL);
    g_assert_true(mail_text_render(source, text, NULL));
    return text;
}

static void check_text(const MailSource *source)
{
    g_autoptr(GString) text = render(source);
    g_autoptr(GString) again = render(source);
    g_assert_true(g_string_equal(text, again));
    g_assert_true(g_utf8_validate_len(text->str, text->len, NULL));
    g_assert_cmpuint(text->len, <, 2 * LIMIT_RENDERED_TEXT_BYTES);
    for (size_t i = 0; i < text->len; i++)
        g_assert_true((unsigned char)text->str[i] >= 0x20 || strchr("\n\t", text->str[i]));
}

static void check_attachments(const MailSource *source)
{
    g_autoptr(Spool) spool = spool_new(g_get_tmp_dir());
    g_autoptr(GArray) files = mail_attachments(source, spool, NULL);
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    g_assert_nonnull(files);
    for (guint i = 0; i < files->len; i++) {
        const MailFile *file = &g_array_index(files, MailFile, i);
        g_assert_true(g_hash_table_add(names, file->name));
        g_assert_true(g_utf8_validate(file->name, -1, NULL));
        g_assert_null(strpbrk(file->name, "/\\"));
        g_assert_true(*file->name && *file->name != '.' && strlen(file->name) < 256);
        g_assert_cmpuint(file->start + file->size, <=, spool_size(spool));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Memory memory = {data, size};
    const MailSource source = {size, read_memory, &memory};
    check_text(&source);
    check_attachments(&source);
    return 0;
}
