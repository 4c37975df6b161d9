#include "mirror_ingest.h"

#include "error.h"

/* What may wait for the disk: with the buffers of the writer it keeps a run far below 128 MiB. */
enum { QUEUE_BYTES = 8 << 20, QUEUE_ITEMS = 4096 };

/* The worker gives back what it has done in pieces of this size: the lock is not for every message. */
enum { SETTLE_BYTES = 1 << 20, SETTLE_ITEMS = 256 };

typedef enum {
    ITEM_ADD_MAILBOX,
    ITEM_SHOW_MAILBOX,
    ITEM_HIDE_MAILBOX,
    ITEM_ADD_MESSAGE,
    ITEM_COPY_MESSAGE,
    ITEM_SET_FLAGS,
    ITEM_REMOVE_MESSAGE,
    ITEM_SET_CURSOR,
    ITEM_COMMIT,
    ITEM_END,
} ItemKind;

struct IngestMailbox {
    char *display_name;
    uint32_t number;    /* set by the worker when the mailbox is new; only the worker reads it */
    GPtrArray *refused; /* likewise: sentences, one for each message that was */
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
    bool has_origin;
    OriginId origin;
    Spool *body;
    uint32_t from_mailbox;
    uint32_t from_uid;
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
    uint64_t queued_bytes; /* with those that the worker took and has not settled */
    unsigned queued_items; /* likewise */
    GError *failure;       /* the first one */
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

static void gather_refused(Ingest *ingest)
{
    g_mutex_lock(&ingest->lock);
    for (guint i = 0; i < ingest->mailboxes->len; i++) {
        const IngestMailbox *mailbox = ingest->mailboxes->pdata[i];
        for (guint k = 0; k < mailbox->refused->len; k++)
            g_ptr_array_add(ingest->result.refused, g_strdup(mailbox->refused->pdata[k]));
    }
    g_mutex_unlock(&ingest->lock);
}

static bool apply_end(Ingest *ingest, IngestEnd end, GError **error)
{
    IngestResult *result = &ingest->result;
    gather_refused(ingest);
    if (end == INGEST_COMMIT)
        return writer_commit(ingest->writer, error);
    bool complete = end == INGEST_PUBLISH_COMPLETE && result->refused->len == 0;
    return writer_publish(ingest->writer, ingest->account, complete, &result->published, &result->snapshot, error);
}

static bool apply_origin(Ingest *ingest, const Item *item, GError **error)
{
    return !item->has_origin ||
           writer_set_origin(ingest->writer, ingest->account, item->mailbox->number, item->uid, &item->origin, error);
}

/* A UID that was another message before spoils that message only: what is stored of the first stays. */
static bool refuse_message(const Item *item, GError **failure, GError **error)
{
    if (!g_error_matches(*failure, MB_ERROR, MB_ERROR_EXISTS)) {
        g_propagate_error(error, g_steal_pointer(failure));
        return false;
    }
    g_ptr_array_add(item->mailbox->refused, g_strdup_printf("%s: %s; the server breaks the rule that a UID is never "
                                                            "used again, and the new message is not stored",
                                                            item->mailbox->display_name, (*failure)->message));
    return true;
}

static bool apply_copy(Ingest *ingest, const Item *item, const MessageFlags *flags, GError **error)
{
    MessageCopy copy = {.account = ingest->account,
                        .mailbox = item->mailbox->number,
                        .uid = item->uid,
                        .internaldate = item->internaldate,
                        .flags = *flags,
                        .from_mailbox = item->from_mailbox,
                        .from_uid = item->from_uid};
    g_autoptr(GError) failure = NULL;
    if (writer_add_copy(ingest->writer, &copy, &failure))
        return apply_origin(ingest, item, error);
    return refuse_message(item, &failure, error);
}

static bool apply_message(Ingest *ingest, const Item *item, const MessageFlags *flags, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (writer_add_message(ingest->writer, ingest->account, item->mailbox->number, item->uid, item->internaldate, flags,
                           item->body, &failure))
        return apply_origin(ingest, item, error);
    return refuse_message(item, &failure, error);
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
    case ITEM_COPY_MESSAGE:
        return apply_copy(ingest, item, &flags, error);
    case ITEM_SET_FLAGS:
        return writer_set_flags(writer, account, item->mailbox->number, item->uid, &flags, error);
    case ITEM_REMOVE_MESSAGE:
        return writer_remove_message(writer, account, item->mailbox->number, item->uid, error);
    case ITEM_SET_CURSOR:
        return item->mailbox->refused->len > 0 ||
               writer_set_cursor(writer, item->mailbox->number, &item->cursor, error);
    case ITEM_COMMIT:
        return writer_commit(writer, error);
    case ITEM_END:
        return apply_end(ingest, item->end, error);
    }
    g_assert_not_reached();
}

/* All that waits, taken at once. */
static void take_items(Ingest *ingest, GQueue *items)
{
    g_mutex_lock(&ingest->lock);
    while (g_queue_is_empty(&ingest->items))
        g_cond_wait(&ingest->changed, &ingest->lock);
    *items = ingest->items;
    g_queue_init(&ingest->items);
    g_mutex_unlock(&ingest->lock);
}

/* What the worker has done and not told yet. */
typedef struct {
    uint64_t bytes;
    unsigned items;
    GError *failure;
} Done;

/* The charge is given back only now, so that the items the worker has in hand count as well. */
static void settle(Ingest *ingest, Done *done)
{
    g_mutex_lock(&ingest->lock);
    ingest->queued_bytes -= done->bytes;
    ingest->queued_items -= done->items;
    if (done->failure)
        ingest->failure = done->failure;
    g_cond_broadcast(&ingest->changed);
    g_mutex_unlock(&ingest->lock);
    *done = (Done){0};
}

static void work_off(Ingest *ingest, GQueue *items, bool *failed, bool *ended)
{
    Done done = {0};
    while (!g_queue_is_empty(items)) {
        g_autoptr(Item) item = g_queue_pop_head(items);
        if (!*failed)
            *failed = !apply_item(ingest, item, &done.failure);
        *ended = item->kind == ITEM_END;
        done.bytes += item->charge;
        done.items++;
        if (done.bytes >= SETTLE_BYTES || done.items >= SETTLE_ITEMS || done.failure)
            settle(ingest, &done);
    }
    settle(ingest, &done);
}

static void *work(void *user)
{
    Ingest *ingest = user;
    bool failed = false;
    for (bool ended = false; !ended;) {
        GQueue items;
        take_items(ingest, &items);
        work_off(ingest, &items, &failed, &ended);
    }
    return NULL;
}

static void ingest_mailbox_free(void *pointer)
{
    IngestMailbox *mailbox = pointer;
    g_ptr_array_unref(mailbox->refused);
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

/* What is larger than the queue still goes in when nothing else is in it. */
static bool is_full(const Ingest *ingest, uint64_t charge)
{
    return ingest->queued_items >= QUEUE_ITEMS ||
           (ingest->queued_bytes > 0 && ingest->queued_bytes + charge > QUEUE_BYTES);
}

static void append(Ingest *ingest, GQueue *items, uint64_t charge)
{
    ingest->queued_bytes += charge;
    ingest->queued_items += g_queue_get_length(items);
    for (Item *item; (item = g_queue_pop_head(items));)
        g_queue_push_tail(&ingest->items, item);
    g_cond_broadcast(&ingest->changed);
}

/* Takes the items out of `items`, unless it fails. */
static bool push_items(Ingest *ingest, GQueue *items, uint64_t charge, GError **error)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&ingest->lock);
    while (!ingest->failure && is_full(ingest, charge))
        g_cond_wait(&ingest->changed, &ingest->lock);
    if (!ingest->failure)
        append(ingest, items, charge);
    else if (error)
        *error = g_error_copy(ingest->failure);
    return !ingest->failure;
}

/* Takes the item over, also on error. */
static bool push(Ingest *ingest, Item *item, GError **error)
{
    GQueue items = G_QUEUE_INIT;
    g_queue_push_tail(&items, item);
    bool pushed = push_items(ingest, &items, item->charge, error);
    g_queue_clear_full(&items, (GDestroyNotify)item_free);
    return pushed;
}

static void ingest_free(Ingest *ingest)
{
    g_clear_error(&ingest->failure);
    g_ptr_array_unref(ingest->mailboxes);
    g_mutex_clear(&ingest->lock);
    g_cond_clear(&ingest->changed);
    g_free(ingest);
}

/* After a failure too: the worker waits for it. */
static void push_end(Ingest *ingest, IngestEnd end)
{
    GQueue items = G_QUEUE_INIT;
    Item *item = item_new(ITEM_END, NULL);
    item->end = end;
    g_queue_push_tail(&items, item);
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&ingest->lock);
    append(ingest, &items, 0);
}

bool ingest_finish(Ingest *ingest, IngestEnd end, IngestResult *result, GError **error)
{
    push_end(ingest, end);
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
    known->refused = g_ptr_array_new_with_free_func(g_free);
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

struct IngestParcel {
    GQueue items;
    uint64_t charge;
};

IngestParcel *ingest_parcel_new(void)
{
    IngestParcel *parcel = g_new0(IngestParcel, 1);
    g_queue_init(&parcel->items);
    return parcel;
}

void ingest_parcel_free(IngestParcel *parcel)
{
    if (!parcel)
        return;
    g_queue_clear_full(&parcel->items, (GDestroyNotify)item_free);
    g_free(parcel);
}

static Item *message_item(ItemKind kind, IngestMailbox *mailbox, const IngestMessage *message)
{
    Item *item = item_new(kind, mailbox);
    item->uid = message->uid;
    item->internaldate = message->internaldate;
    item->has_origin = message->has_origin;
    item->origin = message->origin;
    item_set_flags(item, &message->flags);
    return item;
}

uint64_t ingest_parcel_add_message(IngestParcel *parcel, IngestMailbox *mailbox, const IngestMessage *message,
                                   Spool *body)
{
    Item *item = message_item(ITEM_ADD_MESSAGE, mailbox, message);
    item->body = body;
    item->charge = spool_size(body);
    g_queue_push_tail(&parcel->items, item);
    parcel->charge += item->charge;
    return parcel->charge;
}

bool ingest_push_parcel(Ingest *ingest, IngestParcel *parcel, GError **error)
{
    bool pushed = g_queue_is_empty(&parcel->items) || push_items(ingest, &parcel->items, parcel->charge, error);
    ingest_parcel_free(parcel);
    return pushed;
}

bool ingest_copy_message(Ingest *ingest, IngestMailbox *mailbox, const IngestMessage *message, uint32_t from_mailbox,
                         uint32_t from_uid, GError **error)
{
    Item *item = message_item(ITEM_COPY_MESSAGE, mailbox, message);
    item->from_mailbox = from_mailbox;
    item->from_uid = from_uid;
    return push(ingest, item, error);
}

bool ingest_drain(Ingest *ingest, GError **error)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&ingest->lock);
    while (!ingest->failure && ingest->queued_items > 0)
        g_cond_wait(&ingest->changed, &ingest->lock);
    if (ingest->failure && error)
        *error = g_error_copy(ingest->failure);
    return !ingest->failure;
}

bool ingest_settle(Ingest *ingest, GError **error)
{
    return push(ingest, item_new(ITEM_COMMIT, NULL), error) && ingest_drain(ingest, error);
}

bool ingest_take_refused(Ingest *ingest, IngestMailbox *mailbox)
{
    bool refused = mailbox->refused->len > 0;
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&ingest->lock);
    g_ptr_array_set_size(mailbox->refused, 0);
    return refused;
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
