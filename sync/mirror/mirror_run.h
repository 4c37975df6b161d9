/* What the steps of one run share, and how they speak to the observer. */
#ifndef MB_MIRROR_RUN_H
#define MB_MIRROR_RUN_H

#include "imap_client.h"
#include "mirror.h"
#include "mirror_ingest.h"

typedef struct {
    ImapClient *client;
    Repository *repository;
    Ingest *ingest;
    uint32_t account;
    const MirrorObserver *observer; /* or NULL */
    MirrorReport *report;
    MirrorProgress progress;
    int64_t progress_told_us;
} MirrorRun;

/* A warning: something is missing from this run, which is then not complete. */
void mirror_run_incomplete(MirrorRun *run, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Tells the progress, at most ten times a second. */
void mirror_run_tell_progress(MirrorRun *run);

/* The messages of a mailbox that are to be fetched are known now: `estimated` was in messages_total for them. */
void mirror_run_begin_mailbox(MirrorRun *run, const char *display_name, uint64_t to_fetch, uint64_t estimated);
void mirror_run_count_message(MirrorRun *run);

#endif
