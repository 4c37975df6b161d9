#include "message_description.h"

#include <string.h>

#include "imap_uid_set.h"
#include "mirror_origin.h"

enum { CHUNK_UIDS = 1000, UID_SET_BYTES = 1000, CHUNKS_IN_FLIGHT = 4 };

typedef struct {
    uint32_t origin_item;
    KeywordTable *keywords;
    GArray *descriptions;
} Describing;

static void take_fetch(const Describing *describing, const ImapFetch *fetch)
{
    const char *words = fetch->has_flags ? fetch->keywords : "";
    MessageDescription description = {
        .uid = fetch->uid,
        .flags = fetch->has_flags ? fetch->flags : 0,
        .keywords = keyword_table_number(describing->keywords, words, strlen(words)),
        .has_internaldate = fetch->has_internaldate,
        .internaldate = fetch->internaldate,
        .has_size = fetch->has_size,
        .size = fetch->size,
    };
    description.has_origin = mirror_origin_id(describing->origin_item, fetch->origin, &description.origin);
    bool is_answer = fetch->uid != 0 && (description.has_origin || description.has_size);
    if (is_answer)
        g_array_append_val(describing->descriptions, description);
}

static bool send_chunk(ImapClient *client, const GArray *uids, size_t *next, uint32_t items, GError **error)
{
    g_autofree char *set =
        imap_uid_set_chunk((const uint32_t *)(const void *)uids->data, uids->len, next, CHUNK_UIDS, UID_SET_BYTES);
    return imap_client_send(client, imap_command_fetch(set, IMAP_ITEM_FLAGS | items, 0, error)) != 0;
}

/* A refusal only means that less is known: then the messages are fetched. */
GArray *message_descriptions(ImapClient *client, const GArray *uids, uint32_t items, uint32_t origin_item,
                             KeywordTable *keywords, GError **error)
{
    g_autoptr(GArray) descriptions = g_array_new(FALSE, FALSE, sizeof(MessageDescription));
    Describing describing = {.origin_item = origin_item, .keywords = keywords, .descriptions = descriptions};
    const ImapSession *session = imap_client_session(client);
    for (size_t next = 0; next < uids->len || imap_session_commands_open(session) > 0;) {
        if (next < uids->len && imap_session_commands_open(session) < CHUNKS_IN_FLIGHT) {
            if (!send_chunk(client, uids, &next, items, error))
                return NULL;
            continue;
        }
        ImapEvent event;
        if (!imap_client_next(client, &event, error))
            return NULL;
        if (event.kind == IMAP_EVENT_FETCH)
            take_fetch(&describing, &event.fetch);
    }
    return g_steal_pointer(&descriptions);
}
