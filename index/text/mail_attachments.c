#include "mail_attachments.h"

#include <string.h>

#include "mail_parts.h"
#include "mail_stream.h"

#define PIECE_BYTES ((size_t)64 << 10)

static void clear_file(void *file)
{
    g_free(((MailFile *)file)->name);
}

GArray *mail_files_new(void)
{
    GArray *files = g_array_new(FALSE, FALSE, sizeof(MailFile));
    g_array_set_clear_func(files, clear_file);
    return files;
}

static bool copy_part(GMimePart *part, Spool *out, GError **error)
{
    GMimeStream *stream = part_open(part);
    g_autofree char *piece = g_malloc(PIECE_BYTES);
    bool copied = true;
    ssize_t got;
    while (copied && stream && (got = g_mime_stream_read(stream, piece, PIECE_BYTES)) > 0)
        copied = spool_append(out, piece, (size_t)got, error);
    g_clear_object(&stream);
    return copied;
}

static char *number_name(const char *name, unsigned number)
{
    const char *dot = strrchr(name, '.');
    const char *end = dot ? dot : name + strlen(name);
    return g_strdup_printf("%.*s.%u%s", (int)(end - name), name, number, end);
}

/* "report.2.pdf" for a second "report.pdf". Takes the name over. */
static char *make_unique(GHashTable *taken, char *name, unsigned number)
{
    g_autofree char *plain = name;
    char *unique = g_strdup(plain);
    while (!g_hash_table_add(taken, g_utf8_casefold(unique, -1))) {
        g_free(unique);
        unique = number_name(plain, number++);
    }
    return unique;
}

static bool add_file(GArray *files, GHashTable *taken, GMimePart *part, Spool *out, GError **error)
{
    unsigned number = files->len + 1;
    MailFile file = {.name = make_unique(taken, part_file_name(part, number), number), .start = spool_size(out)};
    bool copied = copy_part(part, out, error);
    file.size = spool_size(out) - file.start;
    g_array_append_val(files, file);
    return copied;
}

GArray *mail_attachments(const MailSource *source, Spool *out, GError **error)
{
    g_auto(ParsedMail) mail = {0};
    g_auto(PartWalk) walk = {0};
    g_autoptr(GArray) files = mail_files_new();
    g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GMimeObject *object;
    mail_open(&mail, source);
    part_walk_begin(&walk, mail.message);
    while ((object = part_walk_next(&walk)))
        if (GMIME_IS_PART(object) && !add_file(files, taken, GMIME_PART(object), out, error))
            return NULL;
    return mail_was_read(&mail, error) ? g_steal_pointer(&files) : NULL;
}
