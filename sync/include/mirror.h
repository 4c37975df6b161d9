/* Mirrors one account from its server into a repository. Never changes anything on the server: mailboxes are opened
 * with EXAMINE and bodies read with BODY.PEEK. */
#ifndef MB_MIRROR_H
#define MB_MIRROR_H

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

#include "account_settings.h"
#include "repository.h"
#include "secrets.h"
#include "writer.h"

/* What is happening; called often. */
typedef struct {
    const char *mailbox;     /* for display: UTF-8, escaped */
    uint64_t mailbox_done;   /* messages of this mailbox fetched in this run */
    uint64_t mailbox_total;  /* messages of this mailbox to fetch in this run */
    uint64_t messages_done;  /* of all mailboxes */
    uint64_t messages_total; /* an estimate until every mailbox was looked at */
    uint64_t bytes_done;     /* message bytes read from the server */
} MirrorProgress;

/* A mailbox at the end of a look at it. */
typedef struct {
    const char *name; /* for display: UTF-8, escaped */
    uint64_t messages_on_server;
    uint64_t messages_stored;
    uint64_t refused;  /* that the server lists and does not give; each was told as a warning */
    uint64_t unasked;  /* for another day: as much as may be read in one was read */
    uint64_t left_out; /* by the user's choice */
} MirrorMailbox;

/* Called by any thread of the run, never by two at once. */
typedef struct {
    void (*progress)(const MirrorProgress *progress, void *user);
    /* One thing that went wrong with a mailbox or message but did not stop the run; a whole sentence. */
    void (*warning)(const char *text, void *user);
    void (*mailbox)(const MirrorMailbox *mailbox, void *user); /* or NULL */
    void *user;
} MirrorObserver;

/* What a server says of itself and of the room it gives to the account. */
typedef struct {
    char *software;       /* name and version, escaped; NULL: not told */
    uint64_t quota_used;  /* bytes, as the server counts them */
    uint64_t quota_limit; /* likewise; 0: not told */
} MirrorServer;

void mirror_server_clear(MirrorServer *server);

typedef struct {
    uint64_t mailboxes;
    uint64_t messages_on_server; /* in the mailboxes that were looked at or are known to be unchanged */
    uint64_t messages_stored;    /* of those */
    uint64_t added;
    uint64_t removed;
    uint64_t reflagged;
    uint64_t bytes_read;
    uint64_t missing;  /* messages the server listed and did not give, or was not asked for */
    uint64_t unasked;  /* of those: for another day */
    uint64_t left_out; /* messages that the user does not want, in mailboxes that he does */
    unsigned mailboxes_left_out;
    bool complete;     /* nothing missing, no mailbox refused */
    bool published;    /* a snapshot was made */
    uint32_t snapshot; /* its number */
    char *mechanism;   /* how the login went: "SCRAM-SHA-256" */
    MirrorServer server;
} MirrorReport;

void mirror_report_clear(MirrorReport *report);

#define MIRROR_CONNECTIONS_AT_MOST 15 /* what the most generous of the large providers allows */

/* How hard a run may try. */
typedef struct {
    unsigned connections;      /* at most; 0: as suits the server. One that wants fewer gets fewer */
    uint64_t bytes_per_second; /* 0: as fast as it goes */
    uint64_t bytes_per_day;    /* of messages, over all runs; 0: what the provider allows, where that is known */
    unsigned
        patience_s; /* how long to wait for a server that is gone or wants a pause; 0: connections are not renewed */
} MirrorOptions;

/* Begins to connect to the server of an account, on a thread of its own, while other things are done; over `attempt`
 * (borrowed until the end, or NULL) where that leads to it. `settings` are not needed any more when it returns. Freeing
 * gives up, at once, what mirror_account() did not take; NULL is fine. */
typedef struct ConnectAhead ConnectAhead;
typedef struct TcpAttempt TcpAttempt;

ConnectAhead *mirror_connect(const AccountSettings *settings, TcpAttempt *attempt, GCancellable *cancellable);
void mirror_connect_free(ConnectAhead *ahead);

/* One run: log in, find what changed, fetch it, publish a snapshot when something changed. On false what was stored so
 * far stays, and the next run goes on from there. */
typedef struct {
    Repository *repository;
    Writer *writer; /* of that repository */
    const AccountSettings *settings;
    const Secret *password;
    MirrorOptions options;
    const MirrorObserver *observer; /* or NULL */
    GCancellable *cancellable;      /* or NULL */
    ConnectAhead *ahead;            /* what mirror_connect() began for these settings, or NULL; borrowed */
} MirrorTask;

bool mirror_account(const MirrorTask *task, MirrorReport *report, GError **error);

typedef struct {
    const char *mechanism;         /* how the login went; a static string */
    const char *refused_mechanism; /* a stronger one that the server offers and then refuses; or NULL */
    uint64_t mailboxes;
    uint64_t messages;
    MirrorServer server; /* freed by mirror_server_clear() */
} MirrorProbe;

/* Logs in and counts, for `mailbackup add`: tells whether the settings work before they are saved. */
bool mirror_probe(const AccountSettings *settings, const Secret *password, MirrorProbe *probe,
                  GCancellable *cancellable, GError **error);

#endif
