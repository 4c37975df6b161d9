/* What the steps of one run share, how they speak to the observer, and how much the run may still fetch. */
#ifndef MB_MIRROR_RUN_H
#define MB_MIRROR_RUN_H

#include "mail_survival.h"
#include "mailbox_trouble.h"
#include "mirror.h"
#include "mirror_ingest.h"
#include "mirror_link.h"
#include "mirror_pace.h"

typedef struct {
    MirrorLink *link; /* the first connection: it alone lists and decides */
    GCancellable *cancellable;
    const char *account_name;
    char *const *rules; /* which mailboxes, mailbox_choice.h; or NULL */
    Repository *repository;
    Ingest *ingest;
    uint32_t account;
    bool shared;           /* mailboxes of others, and shared ones, too */
    uint32_t origin_item;  /* ImapFetchItems: what the server calls contents by; 0: it does not */
    bool has_messages;     /* some are stored, which others may be copies of */
    bool takes_no_copies;  /* the server does not bear being asked what is the same */
    uint32_t gone_on_from; /* the newest snapshot, when runs after it were broken off; else 0 */
    bool look_at_all;      /* every mailbox is opened and its flags listed, whatever the server says of changes */
    unsigned patience_ms;
    bool chooses_connections; /* nobody said how many */
    MailboxTrouble *trouble;  /* owned */
    MailSurvival survival;
    MirrorPace *pace;
    const MirrorObserver *observer; /* or NULL */

    GMutex lock; /* guards what follows, and the observer */
    MirrorReport *report;
    GHashTable *told; /* set of the warnings so far: a look that begins anew tells none twice */
    MirrorProgress progress;
    int64_t progress_told_us;
    GPtrArray *helpers;      /* MirrorLink*, that may help to fetch; owned */
    uint64_t bytes_per_day;  /* 0: any number */
    uint64_t bytes_left;     /* of those, that may still be fetched */
    uint64_t bytes_promised; /* of bytes_left, to messages that were asked for; what of them arrived is counted, too */
    uint64_t bytes_noted;    /* of bytes_left, when the traffic of the day was written down last */
    bool stopped;
} MirrorRun;

/* A warning: something is missing from this run, which is then not complete. */
void mirror_run_incomplete(MirrorRun *run, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* A warning about something that is odd, but not missing. */
void mirror_run_warn(MirrorRun *run, const char *text);

/* The messages of a mailbox that are to be fetched are known now: `estimated` was in messages_total for them. */
void mirror_run_begin_mailbox(MirrorRun *run, const char *display_name, uint64_t to_fetch, uint64_t estimated);
void mirror_run_end_mailbox(MirrorRun *run);
/* A mailbox is done: counts it and tells it. */
void mirror_run_tell_mailbox(MirrorRun *run, const MirrorMailbox *mailbox);
/* Of any thread: what came. Progress is told at most ten times a second. */
void mirror_run_count_message(MirrorRun *run);
void mirror_run_count_bytes(MirrorRun *run, uint64_t bytes);

/* Sets what may be fetched today, `bytes_per_day` (0: any number) less what earlier runs had. */
void mirror_run_limit_bytes(MirrorRun *run, uint64_t bytes_per_day);
/* Writes down what today's runs had. */
void mirror_run_note_traffic(MirrorRun *run);
/* How many of `count` messages may be asked for now, in their order: 0 when the run was stopped, or has fetched as much
 * as it may. With their sizes (or NULL) only what is left for the day is given away, see plan_budget(), and *promised
 * is to be released when they have come or will not. Any thread. */
size_t mirror_run_promise(MirrorRun *run, const uint64_t *sizes, size_t count, uint64_t *promised);
void mirror_run_release(MirrorRun *run, uint64_t promised);
/* What may still be fetched today; without a limit UINT64_MAX. */
uint64_t mirror_run_bytes_left(MirrorRun *run);
/* Nobody begins to fetch anything more. */
void mirror_run_stop(MirrorRun *run);

/* Connections that may be used beside the first, `most` of them: borrowed MirrorLink*. Caller unrefs. */
GPtrArray *mirror_run_helpers(MirrorRun *run, size_t most);
/* Frees one that the server does not let in. */
void mirror_run_give_up_helper(MirrorRun *run, MirrorLink *helper);

#endif
