#include "imap_outbox.h"

#include <string.h>

#include "imap_base64.h"

typedef struct {
    uint32_t number;
    char *tag;
    ImapCommand *command;
    unsigned said; /* parts of it that are in the output or beyond */
} Outgoing;

struct ImapOutbox {
    char *tag_prefix;
    uint32_t last_number;
    GQueue queued;
    GQueue in_flight;
    Outgoing *waiting; /* in flight, its next literal needs the server's word */
    bool challenged;
    WipedBytes output;
};

static void outgoing_free(void *data)
{
    Outgoing *outgoing = data;
    imap_command_free(outgoing->command);
    g_free(outgoing->tag);
    g_free(outgoing);
}

ImapOutbox *imap_outbox_new(const char *tag_prefix)
{
    ImapOutbox *outbox = g_new0(ImapOutbox, 1);
    outbox->tag_prefix = g_strdup(tag_prefix);
    g_queue_init(&outbox->queued);
    g_queue_init(&outbox->in_flight);
    return outbox;
}

void imap_outbox_free(ImapOutbox *outbox)
{
    g_queue_clear_full(&outbox->queued, outgoing_free);
    g_queue_clear_full(&outbox->in_flight, outgoing_free);
    wiped_bytes_clear(&outbox->output);
    g_free(outbox->tag_prefix);
    g_free(outbox);
}

uint32_t imap_outbox_add(ImapOutbox *outbox, ImapCommand *command)
{
    Outgoing *outgoing = g_new0(Outgoing, 1);
    outgoing->number = ++outbox->last_number;
    outgoing->tag = g_strdup_printf("%s%" G_GUINT32_FORMAT, outbox->tag_prefix, outgoing->number);
    outgoing->command = command;
    g_queue_push_tail(&outbox->queued, outgoing);
    return outgoing->number;
}

static const ImapCommandPart *next_part(const Outgoing *outgoing)
{
    const GArray *parts = outgoing->command->parts;
    return outgoing->said < parts->len ? &g_array_index(parts, ImapCommandPart, outgoing->said) : NULL;
}

/* Says one part and what announces the next one; true when that may follow at once. */
static bool say_part(ImapOutbox *outbox, Outgoing *outgoing, size_t unasked_literal)
{
    const ImapCommandPart *part = next_part(outgoing);
    wiped_bytes_append(&outbox->output, part->bytes.data, part->bytes.length);
    outgoing->said++;
    const ImapCommandPart *next = next_part(outgoing);
    if (!next) {
        wiped_bytes_append_text(&outbox->output, "\r\n");
        return false;
    }
    bool unasked = next->literal <= unasked_literal;
    g_autofree char *announced = g_strdup_printf("{%zu%s}\r\n", next->literal, unasked ? "+" : "");
    wiped_bytes_append_text(&outbox->output, announced);
    if (!unasked)
        outbox->waiting = outgoing;
    return unasked;
}

static void say_parts(ImapOutbox *outbox, Outgoing *outgoing, size_t unasked_literal)
{
    while (say_part(outbox, outgoing, unasked_literal))
        ;
}

/* After these commands nothing may be said until the server has answered: the connection is another one then. */
static bool is_turning_point(const ImapCommand *command)
{
    return command->kind != IMAP_COMMAND_ORDINARY && command->kind != IMAP_COMMAND_ENABLE;
}

bool imap_outbox_may_advance(ImapOutbox *outbox)
{
    const Outgoing *last = g_queue_peek_tail(&outbox->in_flight);
    bool turning = last && is_turning_point(last->command);
    return !outbox->waiting && !turning && !g_queue_is_empty(&outbox->queued);
}

void imap_outbox_advance(ImapOutbox *outbox, size_t unasked_literal)
{
    while (imap_outbox_may_advance(outbox)) {
        Outgoing *outgoing = g_queue_pop_head(&outbox->queued);
        g_queue_push_tail(&outbox->in_flight, outgoing);
        wiped_bytes_append_text(&outbox->output, outgoing->tag);
        wiped_bytes_append_text(&outbox->output, " ");
        say_parts(outbox, outgoing, unasked_literal);
    }
}

bool imap_outbox_continue(ImapOutbox *outbox)
{
    Outgoing *outgoing = g_steal_pointer(&outbox->waiting);
    if (outgoing)
        say_parts(outbox, outgoing, 0);
    return outgoing != NULL;
}

bool imap_outbox_challenge(ImapOutbox *outbox)
{
    const Outgoing *last = g_queue_peek_tail(&outbox->in_flight);
    if (!last || last->command->kind != IMAP_COMMAND_AUTHENTICATE || outbox->challenged)
        return false;
    outbox->challenged = true;
    return true;
}

void imap_outbox_answer(ImapOutbox *outbox, const void *data, size_t length)
{
    g_return_if_fail(outbox->challenged);
    outbox->challenged = false;
    imap_base64_append(&outbox->output, data, length);
    wiped_bytes_append_text(&outbox->output, "\r\n");
}

static GList *find(ImapOutbox *outbox, ImapData tag)
{
    for (GList *link = outbox->in_flight.head; link; link = link->next) {
        const char *known = ((const Outgoing *)link->data)->tag;
        if (strlen(known) == tag.length && memcmp(known, tag.bytes, tag.length) == 0)
            return link;
    }
    return NULL;
}

bool imap_outbox_finish(ImapOutbox *outbox, ImapData tag, uint32_t *number, ImapCommandKind *kind)
{
    GList *link = find(outbox, tag);
    if (!link)
        return false;
    Outgoing *outgoing = link->data;
    g_queue_delete_link(&outbox->in_flight, link);
    *number = outgoing->number;
    *kind = outgoing->command->kind;
    if (outbox->waiting == outgoing)
        outbox->waiting = NULL;
    if (*kind == IMAP_COMMAND_AUTHENTICATE)
        outbox->challenged = false;
    outgoing_free(outgoing);
    return true;
}

unsigned imap_outbox_open(const ImapOutbox *outbox)
{
    return outbox->queued.length + outbox->in_flight.length;
}

ImapData imap_outbox_output(const ImapOutbox *outbox)
{
    return (ImapData){.bytes = outbox->output.data, .length = outbox->output.length};
}

void imap_outbox_sent(ImapOutbox *outbox, size_t length)
{
    wiped_bytes_drop(&outbox->output, length);
}
