#include "mail_survival.h"

#include "server_mailboxes.h"
#include "text.h"

enum { FEW_MESSAGES = 10 }; /* so many may go without a word */

void mail_survival_clear(MailSurvival *survival)
{
    g_clear_pointer(&survival->emptied, g_free);
}

static bool comes_and_goes(uint32_t attributes)
{
    return attributes & (MAILBOX_TRASH | MAILBOX_JUNK);
}

/* A mailbox that is wanted in another form now begins anew. */
static bool is_wanted_as_it_is(const MailboxInfo *mailbox, char *const *rules)
{
    MailboxChoice choice =
        server_mailbox_choice(mailbox->name, mailbox->name_length, mailbox->delimiter, mailbox->attributes, rules);
    bool had_headers = mailbox->attributes & MAILBOX_HEADERS_ONLY;
    return choice.kind != CHOICE_NONE && (choice.kind == CHOICE_HEADERS) == had_headers;
}

bool mail_survival_counts(const MailboxInfo *mailbox, char *const *rules)
{
    return !comes_and_goes(mailbox->attributes) && is_wanted_as_it_is(mailbox, rules);
}

void mail_survival_begin(MailSurvival *survival, const GPtrArray *shown, char *const *rules)
{
    for (guint i = 0; i < shown->len && !survival->begun; i++) {
        const MailboxInfo *mailbox = shown->pdata[i];
        if (mail_survival_counts(mailbox, rules))
            survival->before += mailbox->messages;
    }
    survival->begun = true;
}

void mail_survival_begin_anew(MailSurvival *survival, uint64_t arrived)
{
    survival->kept = 0;
    survival->lost_all = 0;
    survival->fetched = arrived - MIN(arrived, survival->copied);
}

void mail_survival_note_kept(MailSurvival *survival, uint32_t attributes, uint64_t kept)
{
    if (!comes_and_goes(attributes))
        survival->kept += kept;
}

void mail_survival_note_copied(MailSurvival *survival, uint64_t copied)
{
    survival->kept += copied;
    survival->copied += copied;
}

void mail_survival_note_emptied(MailSurvival *survival, const char *display_name, uint32_t attributes, uint64_t lost)
{
    if (comes_and_goes(attributes) || lost <= survival->lost_all)
        return;
    g_free(survival->emptied);
    survival->emptied = g_strdup(display_name);
    survival->lost_all = lost;
}

char *mail_survival_doubt(const MailSurvival *survival, uint64_t messages_on_server)
{
    uint64_t kept = survival->kept - MIN(survival->kept, survival->fetched);
    uint64_t lost = survival->before - MIN(survival->before, kept);
    g_autofree char *before = text_count(survival->before);
    g_autofree char *gone = text_count(lost);
    g_autofree char *emptied = text_count(survival->lost_all);
    if (lost < FEW_MESSAGES)
        return NULL;
    if (kept == 0 && messages_on_server > 0)
        return g_strdup_printf("none of the %s messages that were stored is on the server any more, but others are: "
                               "is it still the same account? Earlier snapshots keep what was stored",
                               before);
    if (lost > survival->before / 2)
        return g_strdup_printf("%s of %s messages are gone from the server at once; earlier snapshots keep them", gone,
                               before);
    if (survival->lost_all >= FEW_MESSAGES && survival->lost_all <= lost)
        return g_strdup_printf("%s: all %s messages are gone from the server at once; earlier snapshots keep them",
                               survival->emptied, emptied);
    return NULL;
}
