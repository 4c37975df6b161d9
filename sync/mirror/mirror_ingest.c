#include "mirror_ingest.h"

#include "error.h"

/* What may wait for the disk: with the buffers of the writer it keeps a run far below 128 MiB. */
enum { QUEUE_BYTES = 16 << 20, QUEUE_ITEMS = 4096 };

typedef enum {
    ITEM_ADD_MAILBOX,
    ITEM_SHOW_MAILBOX,
    ITEM_HIDE_MAILBOX,
    ITEM_ADD_MESSAGE,
    ITEM_SET_FLAGS,
    ITEM_REMOVE_MESSAGE,
    ITEM_SET_CURSOR,
    ITEM_END,
} ItemKind;

struct IngestMailbox {
    char *display_name;
    uint32_t number; /* set by the worker when the mailbox is new; only the worker reads it */
    bool refused;    /* likewise: one of its messages was */
};

/* One change on its way to the writer; which members count follows from the kind. */
typedef struct {
    ItemKind kind;
    IngestMailbox *mailbox;
    uint32_t uidvalidity;
    MailboxListing listing; /* its name is the item's own */
    uint32_t uid;
    int64_t internaldate;
    uint32_t flags;
    char *keywords;
    Spool *body;
    uint64_t charge; /* bytes it counts for in the queue */
    MailboxCursor cursor;
    IngestEnd end;
} Item;

struct Ingest {
    Writer *writer;
    uint32_t account;
    GThread *thread;
    GPtrArray *mailboxes; /* IngestMailbox*, owned */
    IngestResult result;  /* filled by the worker, read after it ended */

    GMutex lock; /* guards what follows */
    GCond changed;
    GQueue items;
    uint64_t queued_bytes;
    GError *failure; /* the first one */
};

static Item *item_new(ItemKind kind, IngestMailbox *mailbox)
{
    Item *item = g_new0(Item, 1);
    item->kind = kind;
    item->mailbox = mailbox;
    return item;
}

static void item_free(Item *item)
{
    spool_free(item->body);
    g_free(item->keywords);
    g_free((void *)item->listing.name);
    g_free(item);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Item, item_free)

static void item_set_listing(Item *item, const MailboxListing *listing)
{
    item->listing = *listing;
    item->listing.name = g_memdup2(listing->name, listing->name_length);
}

static void item_set_flags(Item *item, const MessageFlags *flags)
{
    item->flags = flags->flags;
    item->keywords = g_strdup(flags->keywords);
}

static bool apply_end(Ingest *ingest, IngestEnd end, GError **error)
{
    IngestResult *result = &ingest->result;
    if (end == INGEST_COMMIT)
        return writer_commit(ingest->writer, error);
    bool complete = end == INGEST_PUBLISH_COMPLETE && result->refused->len == 0;
    return writer_publish(ingest->writer, ingest->account, complete, &result->published, &result->snapshot, error);
}

/* A UID that was another message before spoils that message only: what is stored of the first stays. */
static bool apply_message(Ingest *ingest, const Item *item, const MessageFlags *flags, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (writer_add_message(ingest->writer, ingest->account, item->mailbox->number, item->uid, item->internaldate, flags,
                           item->body, &failure))
        return true;
    if (!g_error_matches(failure, MB_ERROR, MB_ERROR_EXISTS)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    item->mailbox->refused = true;
    g_ptr_array_add(ingest->result.refused, g_strdup_printf("%s: %s; the server breaks the rule that a UID is never "
                                                            "used again, and the new message is not stored",
                                                            item->mailbox->display_name, failure->message));
    return true;
}

static bool apply_item(Ingest *ingest, const Item *item, GError **error)
{
    Writer *writer = ingest->writer;
    uint32_t account = ingest->account;
    MessageFlags flags = {.flags = item->flags, .keywords = item->keywords};
    switch (item->kind) {
    case ITEM_ADD_MAILBOX:
        return writer_add_mailbox(writer, account, item->uidvalidity, &item->listing, &item->mailbox->number, error);
    case ITEM_SHOW_MAILBOX:
        return writer_show_mailbox(writer, account, item->mailbox->number, &item->listing, error);
    case ITEM_HIDE_MAILBOX:
        return writer_hide_mailbox(writer, account, item->mailbox->number, error);
    case ITEM_ADD_MESSAGE:
        return apply_message(ingest, item, &flags, error);
    case ITEM_SET_FLAGS:
        return writer_set_flags(writer, account, item->mailbox->number, item->uid, &flags, error);
    case ITEM_REMOVE_MESSAGE:
        return writer_remove_message(writer, account, item->mailbox->number, item->uid, error);
    case ITEM_SET_CURSOR:
        return item->mailbox->refused || writer_set_cursor(writer, item->mailbox->number, &item->cursor, error);
    case ITEM_END:
        return apply_end(ingest, item->end, error);
    }
    g_assert_not_reached();
}

static Item *pop_item(Ingest *ingest)
{
    g_mutex_lock(&ingest->lock);
    while (g_queue_is_empty(&ingest->items))
        g_cond_wait(&ingest->changed, &ingest->lock);
    Item *item = g_queue_pop_head(&ingest->items);
    g_mutex_unlock(&ingest->lock);
    return item;
}

/* The charge is given back only now, so that the item the writer works on counts as well. */
static void settle_item(Ingest *ingest, const Item *item, GError *failure)
{
    g_mutex_lock(&ingest->lock);
    ingest->queued_bytes -= item->charge;
    if (failure)
        ingest->failure = failure;
    g_cond_signal(&ingest->changed);
    g_mutex_unlock(&ingest->lock);
}

static void *work(void *user)
{
    Ingest *ingest = user;
    bool failed = false;
    for (bool last = false; !last;) {
        g_autoptr(Item) item = pop_item(ingest);
        GError *failure = NULL;
        if (!failed)
            failed = !apply_item(ingest, item, &failure);
        settle_item(ingest, item, failure);
        last = item->kind == ITEM_END;
    }
    return NULL;
}

static void ingest_mailbox_free(void *pointer)
{
    IngestMailbox *mailbox = pointer;
    g_free(mailbox->display_name);
    g_free(mailbox);
}

Ingest *ingest_start(Writer *writer, uint32_t account)
{
    Ingest *ingest = g_new0(Ingest, 1);
    ingest->writer = writer;
    ingest->account = account;
    ingest->mailboxes = g_ptr_array_new_with_free_func(ingest_mailbox_free);
    ingest->result.refused = g_ptr_array_new_with_free_func(g_free);
    g_mutex_init(&ingest->lock);
    g_cond_init(&ingest->changed);
    g_queue_init(&ingest->items);
    ingest->thread = g_thread_new("ingest", work, ingest);
    return ingest;
}

/* An item larger than the queue still goes in when nothing else is in it. */
static bool is_full(const Ingest *ingest, const Item *item)
{
    return g_queue_get_length((GQueue *)&ingest->items) >= QUEUE_ITEMS ||
           (ingest->queued_bytes > 0 && ingest->queued_bytes + item->charge > QUEUE_BYTES);
}

/* Takes the item over, also on error. The end is taken after a failure too: the worker waits for it. */
static bool push(Ingest *ingest, Item *item, GError **error)
{
    g_mutex_lock(&ingest->lock);
    while (!ingest->failure && is_full(ingest, item))
        g_cond_wait(&ingest->changed, &ingest->lock);
    GError *failure = ingest->failure ? g_error_copy(ingest->failure) : NULL;
    if (!failure || item->kind == ITEM_END) {
        ingest->queued_bytes += item->charge;
        g_queue_push_tail(&ingest->items, g_steal_pointer(&item));
        g_cond_signal(&ingest->changed);
    }
    g_mutex_unlock(&ingest->lock);
    if (!failure)
        return true;
    g_clear_pointer(&item, item_free);
    g_propagate_error(error, failure);
    return false;
}

static void ingest_free(Ingest *ingest)
{
    g_clear_error(&ingest->failure);
    g_ptr_array_unref(ingest->mailboxes);
    g_mutex_clear(&ingest->lock);
    g_cond_clear(&ingest->changed);
    g_free(ingest);
}

bool ingest_finish(Ingest *ingest, IngestEnd end, IngestResult *result, GError **error)
{
    Item *item = item_new(ITEM_END, NULL);
    item->end = end;
    push(ingest, item, NULL); /* a failure before is told below */
    g_thread_join(ingest->thread);
    *result = ingest->result;
    bool stored = !ingest->failure;
    if (!stored)
        g_propagate_error(error, g_steal_pointer(&ingest->failure));
    ingest_free(ingest);
    return stored;
}

IngestMailbox *ingest_known_mailbox(Ingest *ingest, const char *display_name, uint32_t mailbox)
{
    IngestMailbox *known = g_new0(IngestMailbox, 1);
    known->display_name = g_strdup(display_name);
    known->number = mailbox;
    g_ptr_array_add(ingest->mailboxes, known);
    return known;
}

IngestMailbox *ingest_add_mailbox(Ingest *ingest, const char *display_name, uint32_t uidvalidity,
                                  const MailboxListing *listing, GError **error)
{
    IngestMailbox *mailbox = ingest_known_mailbox(ingest, display_name, 0);
    Item *item = item_new(ITEM_ADD_MAILBOX, mailbox);
    item->uidvalidity = uidvalidity;
    item_set_listing(item, listing);
    return push(ingest, item, error) ? mailbox : NULL;
}

bool ingest_show_mailbox(Ingest *ingest, IngestMailbox *mailbox, const MailboxListing *listing, GError **error)
{
    Item *item = item_new(ITEM_SHOW_MAILBOX, mailbox);
    item_set_listing(item, listing);
    return push(ingest, item, error);
}

bool ingest_hide_mailbox(Ingest *ingest, IngestMailbox *mailbox, GError **error)
{
    return push(ingest, item_new(ITEM_HIDE_MAILBOX, mailbox), error);
}

bool ingest_add_message(Ingest *ingest, IngestMailbox *mailbox, const IngestMessage *message, Spool *body,
                        GError **error)
{
    Item *item = item_new(ITEM_ADD_MESSAGE, mailbox);
    item->uid = message->uid;
    item->internaldate = message->internaldate;
    item_set_flags(item, &message->flags);
    item->body = body;
    item->charge = spool_size(body);
    return push(ingest, item, error);
}

bool ingest_set_flags(Ingest *ingest, IngestMailbox *mailbox, uint32_t uid, const MessageFlags *flags, GError **error)
{
    Item *item = item_new(ITEM_SET_FLAGS, mailbox);
    item->uid = uid;
    item_set_flags(item, flags);
    return push(ingest, item, error);
}

bool ingest_remove_message(Ingest *ingest, IngestMailbox *mailbox, uint32_t uid, GError **error)
{
    Item *item = item_new(ITEM_REMOVE_MESSAGE, mailbox);
    item->uid = uid;
    return push(ingest, item, error);
}

bool ingest_set_cursor(Ingest *ingest, IngestMailbox *mailbox, const MailboxCursor *cursor, GError **error)
{
    Item *item = item_new(ITEM_SET_CURSOR, mailbox);
    item->cursor = *cursor;
    return push(ingest, item, error);
}
