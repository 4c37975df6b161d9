/* A repository in a temporary directory, and short words for what the tests do with it. Everything that fails ends the
 * test. */
#ifndef MB_REPOSITORY_FIXTURE_H
#define MB_REPOSITORY_FIXTURE_H

#include "check.h"
#include "tree.h"
#include "view.h"
#include "writer.h"

typedef struct {
    char *path;
    Repository *repository;
    Writer *writer; /* NULL between fixture_close_writer() and fixture_open_writer() */
    uint32_t account;
} Fixture;

void fixture_set_up(Fixture *fixture, const void *unused);
void fixture_tear_down(Fixture *fixture, const void *unused);
void fixture_reopen(Fixture *fixture); /* without a writer */
void fixture_open_writer(Fixture *fixture);

uint32_t fixture_mailbox(Fixture *fixture, const char *name, uint32_t uidvalidity);
void fixture_message(Fixture *fixture, uint32_t mailbox, uint32_t uid, const char *text);
void fixture_message_bytes(Fixture *fixture, uint32_t mailbox, uint32_t uid, const void *bytes, size_t length);
/* The number of the new snapshot; 0 when there was nothing new. */
uint32_t fixture_publish(Fixture *fixture);

/* All that a snapshot shows, as text: a line "mailbox/uid flags sha256" each. Caller frees. */
char *fixture_dump(Fixture *fixture, uint32_t snapshot);
char *fixture_read(Fixture *fixture, uint32_t mailbox, uint32_t uid, size_t *length);
/* Reads some bytes from a random offset on and compares them with those of `message`. */
void fixture_check_range(Fixture *fixture, uint32_t mailbox, uint32_t uid, const GString *message, size_t length);
SnapshotInfo fixture_snapshot(Fixture *fixture, uint32_t snapshot);
/* Problems that `check` finds. */
uint64_t fixture_check(Fixture *fixture, bool read_data);

/* Removes a directory with all that is in it. */
void remove_tree(const char *path);

#endif
