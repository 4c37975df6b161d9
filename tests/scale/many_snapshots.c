/* many_snapshots make REPOSITORY MESSAGES SNAPSHOTS EVERY: a repository in which an account of so many messages lives
 * on for so many rounds, each with three changes: a message comes, one goes, one is read. After every EVERY-th round
 * there is a snapshot, of what is there then. The state after a round is a function of the numbers alone.
 *
 * many_snapshots list REPOSITORY: a line "SNAPSHOT MAILBOX MESSAGES SECONDS" for each mailbox of some snapshots, the
 * first among them; the best of many times, of the processor.
 *
 * many_snapshots add REPOSITORY: one more message of 4 KiB, and a snapshot. */
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "error.h"
#include "repository.h"
#include "spool.h"
#include "view.h"
#include "writer.h"

#define ACCOUNT "alice@example.com"
#define MAILBOXES 4
#define SAMPLES 9
#define TRIES 40
#define SEED 1

/* A message of the account: its UID is its index + 1. */
typedef struct {
    bool here;
    bool seen;
    bool stored_here; /* in the repository */
    bool stored_seen;
} Message;

typedef struct {
    Repository *repository;
    Writer *writer;
    uint32_t account;
    uint32_t mailboxes[MAILBOXES];
    GArray *messages; /* Message */
    GArray *touched;  /* guint: indices since the last snapshot */
    GRand *chance;
} Life;

static void append_words(GString *text, GRand *chance, int bytes)
{
    static const char *const words[] = {"invoice", "budget", "meeting", "holiday",  "report",   "regards",  "please",
                                        "the",     "of",     "and",     "attached", "tomorrow", "question", "server"};
    for (int end = (int)text->len + bytes; (int)text->len < end;)
        g_string_append_printf(text, "%s %x%s", words[g_rand_int_range(chance, 0, G_N_ELEMENTS(words))],
                               g_rand_int(chance) & 0xfff, g_rand_int_range(chance, 0, 9) ? " " : "\r\n");
}

static void append_attachment(GString *text, GRand *chance)
{
    uint8_t bytes[12000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)g_rand_int(chance);
    g_autofree char *encoded = g_base64_encode(bytes, sizeof bytes);
    for (size_t i = 0; i < strlen(encoded); i += 76)
        g_string_append_printf(text, "%.76s\r\n", encoded + i);
}

static GString *body_of(guint index)
{
    g_autoptr(GRand) chance = g_rand_new_with_seed(SEED + index);
    GString *text = g_string_new(NULL);
    g_string_printf(text, "From: Bob <bob%u@example.org>\r\nSubject: message %u\r\n\r\n", index % 97, index);
    append_words(text, chance, g_rand_int_range(chance, 300, 6000));
    if (index % 20 == 0)
        append_attachment(text, chance);
    return text;
}

static uint32_t mailbox_of(const Life *life, guint index)
{
    return life->mailboxes[index % MAILBOXES];
}

static bool store(Life *life, guint index, GError **error)
{
    g_autoptr(GString) body = body_of(index);
    g_autoptr(Spool) spool = spool_new(repository_path(life->repository));
    const Message *message = &g_array_index(life->messages, Message, index);
    MessageFlags flags = {.flags = message->seen ? FLAG_SEEN : 0, .keywords = ""};
    return spool_append(spool, body->str, body->len, error) &&
           writer_add_message(life->writer, life->account, mailbox_of(life, index), index + 1, 1600000000 + index,
                              &flags, spool, error);
}

/* Brings what changed of a message into the repository, as a sync would. */
static bool bring_in(Life *life, guint index, GError **error)
{
    Message *message = &g_array_index(life->messages, Message, index);
    MessageFlags flags = {.flags = message->seen ? FLAG_SEEN : 0, .keywords = ""};
    uint32_t mailbox = mailbox_of(life, index), uid = index + 1;
    bool done = true;
    if (message->here && !message->stored_here)
        done = store(life, index, error);
    else if (!message->here && message->stored_here)
        done = writer_remove_message(life->writer, life->account, mailbox, uid, error);
    else if (message->here && message->seen != message->stored_seen)
        done = writer_set_flags(life->writer, life->account, mailbox, uid, &flags, error);
    message->stored_here = message->here;
    message->stored_seen = message->seen;
    return done;
}

static bool take_snapshot(Life *life, GError **error)
{
    bool published;
    uint32_t snapshot;
    for (guint i = 0; i < life->touched->len; i++)
        if (!bring_in(life, g_array_index(life->touched, guint, i), error))
            return false;
    g_array_set_size(life->touched, 0);
    return writer_publish(life->writer, life->account, true, &published, &snapshot, error);
}

static void arrive(Life *life)
{
    Message message = {.here = true};
    guint index = life->messages->len;
    g_array_append_val(life->messages, message);
    g_array_append_val(life->touched, index);
}

static guint one_that_is_here(Life *life)
{
    guint index;
    do
        index = (guint)g_rand_int_range(life->chance, 0, (gint32)life->messages->len);
    while (!g_array_index(life->messages, Message, index).here);
    g_array_append_val(life->touched, index);
    return index;
}

static void live_on(Life *life)
{
    arrive(life);
    g_array_index(life->messages, Message, one_that_is_here(life)).here = false;
    guint index = one_that_is_here(life);
    g_array_index(life->messages, Message, index).seen ^= true;
}

static bool begin(Life *life, GError **error)
{
    static const char *const names[MAILBOXES] = {"INBOX", "Sent", "Archive", "Lists"};
    if (!writer_add_account(life->writer, ACCOUNT, &life->account, error))
        return false;
    for (int i = 0; i < MAILBOXES; i++) {
        MailboxListing listing = {.name = (const uint8_t *)names[i], .name_length = strlen(names[i]), .delimiter = '/'};
        if (!writer_add_mailbox(life->writer, life->account, (uint32_t)i + 1, &listing, &life->mailboxes[i], error))
            return false;
    }
    return true;
}

static bool make(const char *path, int messages, int snapshots, int every, GError **error)
{
    if (!repository_create(path, error))
        return false;
    g_autoptr(Repository) repository = repository_open(path, error);
    g_autoptr(Writer) writer = repository ? writer_open(repository, error) : NULL;
    g_autoptr(GArray) array = g_array_new(FALSE, FALSE, sizeof(Message));
    g_autoptr(GArray) touched = g_array_new(FALSE, FALSE, sizeof(guint));
    g_autoptr(GRand) chance = g_rand_new_with_seed(SEED);
    Life life = {.repository = repository, .writer = writer, .messages = array, .touched = touched, .chance = chance};
    if (!writer || !begin(&life, error))
        return false;
    for (int i = 0; i < messages; i++)
        arrive(&life);
    for (int round = 1; round <= snapshots; round++) {
        if (round > 1)
            live_on(&life);
        if (round % every == 0 && !take_snapshot(&life, error))
            return false;
    }
    return true;
}

static bool list_once(Repository *repository, uint32_t mailbox, uint32_t snapshot, unsigned *messages, GError **error)
{
    g_autoptr(View) view = view_acquire(repository, error);
    MessageScan scan;
    MessageRow row;
    GError *failure = NULL;
    if (!view || !message_scan_begin(&scan, view, mailbox, snapshot, 1, error))
        return false;
    *messages = 0;
    while (message_scan_next(&scan, &row, &failure))
        ++*messages;
    message_scan_end(&scan);
    if (failure)
        g_propagate_error(error, failure);
    return failure == NULL;
}

/* A mailbox of a snapshot, and the best time in which it was listed. */
typedef struct {
    uint32_t snapshot;
    uint32_t mailbox;
    unsigned messages;
    double seconds;
} Listing;

/* Of the processor: others may be using it too. */
static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool time_listing(Repository *repository, Listing *listing, GError **error)
{
    double start = now_seconds();
    if (!list_once(repository, listing->mailbox, listing->snapshot, &listing->messages, error))
        return false;
    listing->seconds = MIN(listing->seconds, now_seconds() - start);
    return true;
}

/* All by turns, so that whatever slows the machine down for a while slows all of them. */
static bool time_listings(Repository *repository, GArray *listings, GError **error)
{
    for (int i = 0; i < TRIES; i++)
        for (guint j = 0; j < listings->len; j++)
            if (!time_listing(repository, &g_array_index(listings, Listing, j), error))
                return false;
    return true;
}

static bool list(const char *path, GError **error)
{
    g_autoptr(Repository) repository = repository_open(path, error);
    g_autoptr(View) view = repository ? view_acquire(repository, error) : NULL;
    g_autoptr(AccountInfo) account = view ? view_account_by_name(view, ACCOUNT, error) : NULL;
    g_autoptr(GArray) snapshots = account ? view_snapshots(view, account->account, error) : NULL;
    g_autoptr(GArray) listings = g_array_new(FALSE, FALSE, sizeof(Listing));
    for (guint i = 0; snapshots && i < SAMPLES * MAILBOXES; i++) {
        guint at = (guint)((uint64_t)(snapshots->len - 1) * (i / MAILBOXES) / (SAMPLES - 1));
        Listing listing = {.snapshot = g_array_index(snapshots, SnapshotInfo, at).snapshot,
                           .mailbox = i % MAILBOXES + 1,
                           .seconds = G_MAXDOUBLE};
        g_array_append_val(listings, listing);
    }
    g_clear_pointer(&view, view_release);
    if (!snapshots || !time_listings(repository, listings, error))
        return false;
    for (guint i = 0; i < listings->len; i++) {
        const Listing *listing = &g_array_index(listings, Listing, i);
        printf("%u %u %u %.6f\n", listing->snapshot, listing->mailbox, listing->messages, listing->seconds);
    }
    return true;
}

static bool add(const char *path, GError **error)
{
    g_autoptr(Repository) repository = repository_open(path, error);
    g_autoptr(Writer) writer = repository ? writer_open(repository, error) : NULL;
    if (!writer)
        return false;
    Life life = {.repository = repository, .writer = writer, .account = 1};
    g_autoptr(GRand) chance = g_rand_new_with_seed(99);
    g_autoptr(GString) body = g_string_new("From: a@b\r\nSubject: one more\r\n\r\n");
    g_autoptr(Spool) spool = spool_new(path);
    MessageFlags flags = {.keywords = ""};
    bool published;
    uint32_t snapshot;
    append_words(body, chance, 4096);
    return spool_append(spool, body->str, body->len, error) &&
           writer_add_message(life.writer, 1, 1, 1000000, 1700000000, &flags, spool, error) &&
           writer_publish(writer, 1, true, &published, &snapshot, error);
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    bool done;
    if (argc == 6 && strcmp(argv[1], "make") == 0)
        done = make(argv[2], atoi(argv[3]), atoi(argv[4]), atoi(argv[5]), &error); // NOLINT(cert-err34-c): a script's
    else if (argc == 3 && strcmp(argv[1], "list") == 0)
        done = list(argv[2], &error);
    else if (argc == 3 && strcmp(argv[1], "add") == 0)
        done = add(argv[2], &error);
    else {
        fprintf(stderr,
                "usage: many_snapshots make REPOSITORY MESSAGES SNAPSHOTS EVERY | list REPOSITORY | add REPOSITORY\n");
        return 2;
    }
    if (!done)
        fprintf(stderr, "many_snapshots: %s\n", error->message);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
