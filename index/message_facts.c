#include "message_facts.h"

#include <stdbool.h>
#include <string.h>

#include "body.h"
#include "error.h"
#include "message_header.h"
#include "text.h"
#include "tree.h"
#include "view.h"

#define HEADER_BYTES ((size_t)64 << 10) /* of a message, where its fields are looked for */
#define FACT_BYTES ((size_t)4096)

const char *const *message_facts(void)
{
    static const char *const names[] = {"uid", "flags",   "sha256", "internaldate", "from",
                                        "to",  "subject", "date",   "message-id",   NULL};
    return names;
}

static char *flags_text(const MessageRow *row)
{
    static const struct {
        SystemFlags flag;
        const char *name;
    } known[] = {{FLAG_SEEN, "\\Seen"},
                 {FLAG_ANSWERED, "\\Answered"},
                 {FLAG_FLAGGED, "\\Flagged"},
                 {FLAG_DELETED, "\\Deleted"},
                 {FLAG_DRAFT, "\\Draft"}};
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (row->flags & known[i].flag)
            g_string_append_printf(text, "%s ", known[i].name);
    g_string_append_len(text, row->keywords, (gssize)row->keywords_length);
    return g_strstrip(g_string_free(g_steal_pointer(&text), FALSE));
}

static char *hash_text(const ContentId *id)
{
    char hex[CONTENT_ID_HEX_SIZE];
    content_id_hex(id, hex);
    return g_strdup(hex);
}

/* What the catalog knows; NULL when it is a field of the header. */
static char *fact_of_row(const MessageRow *row, const char *name)
{
    if (g_str_equal(name, "uid"))
        return g_strdup_printf("%u", row->uid);
    if (g_str_equal(name, "flags"))
        return flags_text(row);
    if (g_str_equal(name, "sha256"))
        return hash_text(&row->id);
    return g_str_equal(name, "internaldate") ? text_utc(row->internaldate) : NULL;
}

/* *body is where to look further when there is neither a fact nor an error. */
static char *ask_catalog(Repository *repository, uint64_t message, const char *name, Body **body, GError **error)
{
    MessageRow row;
    g_autoptr(View) view = view_acquire(repository, error);
    if (!view || !view_message_last(view, tree_mailbox(message), tree_uid(message), &row, error))
        return NULL;
    char *fact = fact_of_row(&row, name);
    if (!fact)
        *body = body_open(view, &row.id, error);
    return fact;
}

static void cut(char *fact)
{
    if (strlen(fact) > FACT_BYTES)
        *g_utf8_find_prev_char(fact, fact + FACT_BYTES + 1) = '\0';
}

static char *ask_header(Body *body, const char *name, GError **error)
{
    g_autofree char *header = g_malloc(HEADER_BYTES);
    size_t got;
    if (!body_read(body, 0, header, HEADER_BYTES, &got, error))
        return NULL;
    char *fact = message_header_text(header, got, name);
    if (fact)
        cut(fact);
    else
        mb_error_set(error, MB_ERROR_NOT_FOUND, "the message has no %s", name);
    return fact;
}

char *message_fact(Repository *repository, uint64_t message, const char *name, GError **error)
{
    g_autoptr(Body) body = NULL;
    if (!g_strv_contains(message_facts(), name)) {
        mb_error_set(error, MB_ERROR_NOT_FOUND, "nothing is known by the name %s", name);
        return NULL;
    }
    char *fact = ask_catalog(repository, message, name, &body, error);
    return body ? ask_header(body, name, error) : fact;
}
