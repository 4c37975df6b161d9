#include "copy_check.h"

#include <string.h>

#include "body.h"

enum {
    CHECKS_IN_FLIGHT = 32,
    SAMPLE_BYTES = 512,
    HEADER_BYTES_AT_MOST = 256 << 10,
};

typedef struct {
    ImapClient *client;
    Repository *repository;
    GArray *checks;
    GHashTable *by_uid;
    GByteArray *header; /* of the answer that is just arriving */
} Checking;

/* Far behind the header, where two messages of one size differ. */
static uint64_t sample_offset(const CopyCheck *check)
{
    return g_array_index(check->candidates, CopyCandidate, 0).size / 4 * 3;
}

static bool holds(Body *body, uint64_t offset, const void *bytes, size_t length)
{
    g_autofree uint8_t *stored = g_malloc(length);
    size_t got;
    return body_read(body, offset, stored, length, &got, NULL) && got == length && memcmp(stored, bytes, length) == 0;
}

static Body *open_body(const Checking *checking, const CopyCandidate *candidate)
{
    g_autoptr(View) view = view_acquire(checking->repository, NULL);
    return view ? body_open(view, &candidate->id, NULL) : NULL;
}

/* Without a Message-ID, two messages may differ in a digit that no sample shows: what a machine sends every second. */
static bool has_message_id(const GByteArray *header)
{
    static const char field[] = "\nMessage-ID:";
    const char *text = (const char *)header->data;
    size_t length = sizeof field - 1;
    if (header->len >= length && g_ascii_strncasecmp(text, field + 1, length - 1) == 0)
        return true;
    for (size_t i = 0; i + length <= header->len; i++)
        if (text[i] == '\n' && g_ascii_strncasecmp(text + i, field, length) == 0)
            return true;
    return false;
}

/* The server's sizes may be wrong; that the sample ends where the stored bytes do says more. */
static bool is_proven(const Checking *checking, const CopyCheck *check, const CopyCandidate *candidate,
                      const ImapData *sample)
{
    g_autoptr(Body) body = open_body(checking, candidate);
    uint64_t offset = sample_offset(check);
    return body && sample->length == MIN(SAMPLE_BYTES, body_size(body) - offset) &&
           holds(body, 0, checking->header->data, checking->header->len) &&
           holds(body, offset, sample->bytes, sample->length);
}

static void take_answer(const Checking *checking, const ImapFetch *fetch)
{
    bool whole = fetch->body == IMAP_BODY_GIVEN && fetch->is_header && fetch->sample.length > 0 &&
                 checking->header->len == fetch->body_size && has_message_id(checking->header);
    CopyCheck *check = whole ? g_hash_table_lookup(checking->by_uid, GUINT_TO_POINTER(fetch->uid)) : NULL;
    for (guint i = 0; check && i < check->candidates->len && !check->proven; i++) {
        const CopyCandidate *candidate = &g_array_index(check->candidates, CopyCandidate, i);
        check->proven = is_proven(checking, check, candidate, &fetch->sample) ? candidate : NULL;
    }
}

static void take_event(const Checking *checking, const ImapEvent *event)
{
    if (event->kind == IMAP_EVENT_BODY_BEGIN)
        g_byte_array_set_size(checking->header, 0);
    else if (event->kind == IMAP_EVENT_BODY_DATA && checking->header->len < HEADER_BYTES_AT_MOST)
        g_byte_array_append(checking->header, event->data.bytes, (guint)event->data.length);
    else if (event->kind == IMAP_EVENT_FETCH)
        take_answer(checking, &event->fetch);
}

static bool run(const Checking *checking, GError **error)
{
    const ImapSession *session = imap_client_session(checking->client);
    for (guint next = 0; next < checking->checks->len || imap_session_commands_open(session) > 0;) {
        if (next < checking->checks->len && imap_session_commands_open(session) < CHECKS_IN_FLIGHT) {
            const CopyCheck *check = &g_array_index(checking->checks, CopyCheck, next++);
            imap_client_send(checking->client,
                             imap_command_fetch_sample(check->uid, sample_offset(check), SAMPLE_BYTES));
            continue;
        }
        ImapEvent event;
        if (!imap_client_next(checking->client, &event, error))
            return false;
        take_event(checking, &event);
    }
    return true;
}

GHashTable *copy_checks_by_uid(const GArray *checks)
{
    GHashTable *by_uid = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < checks->len; i++) {
        CopyCheck *check = &g_array_index(checks, CopyCheck, i);
        g_hash_table_insert(by_uid, GUINT_TO_POINTER(check->uid), check);
    }
    return by_uid;
}

bool copy_checks_run(ImapClient *client, Repository *repository, GArray *checks, GError **error)
{
    Checking checking = {.client = client,
                         .repository = repository,
                         .checks = checks,
                         .by_uid = copy_checks_by_uid(checks),
                         .header = g_byte_array_new()};
    bool done = run(&checking, error);
    g_byte_array_unref(checking.header);
    g_hash_table_unref(checking.by_uid);
    return done;
}
