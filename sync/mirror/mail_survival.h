/* Whether the mail that was stored of an account is still on its server. When much of it is gone at once, or all of a
 * mailbox, this may be what its owner did; it may also be a server that has lost mail or is not ready yet, or another
 * account's mail. Earlier snapshots keep what was stored, but somebody should know. Pure. */
#ifndef MB_MAIL_SURVIVAL_H
#define MB_MAIL_SURVIVAL_H

#include "known_mailboxes.h"

/* Counted in a run. Zeroed is a good start. Trash and junk come and go, so their messages do not count. */
typedef struct {
    bool begun;
    uint64_t before;   /* messages that the account had */
    uint64_t kept;     /* of those, found again: in their place, or as copies in another */
    uint64_t copied;   /* of those, in all looks of the run */
    uint64_t fetched;  /* bodies, in looks that were broken off: the next look finds them stored, too */
    char *emptied;     /* display name of the mailbox that lost most messages and has none; or NULL */
    uint64_t lost_all; /* how many that were */
} MailSurvival;

void mail_survival_clear(MailSurvival *survival);

/* Whether what is in a mailbox counts: not when the user's rules leave it out by now, or want it in another form. */
bool mail_survival_counts(const MailboxInfo *mailbox, char *const *rules);

/* Counts what the account had, in the first look of a run. */
void mail_survival_begin(MailSurvival *survival, const GPtrArray *shown, char *const *rules);
/* The look is broken off, and begins again; `arrived` messages came in the run so far, copies among them. */
void mail_survival_begin_anew(MailSurvival *survival, uint64_t arrived);

/* What a mailbox with these attributes kept of what was stored of it. */
void mail_survival_note_kept(MailSurvival *survival, uint32_t attributes, uint64_t kept);
void mail_survival_note_copied(MailSurvival *survival, uint64_t copied);
/* It has no message any more and had `lost`. */
void mail_survival_note_emptied(MailSurvival *survival, const char *display_name, uint32_t attributes, uint64_t lost);

/* At the end of a look at everything: a sentence about what is gone, caller frees; NULL when that is nothing unusual.
 */
char *mail_survival_doubt(const MailSurvival *survival, uint64_t messages_on_server);

#endif
