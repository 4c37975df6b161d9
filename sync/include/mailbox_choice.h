/* What the user wants of which mailboxes: rules in order, the last one that fits a mailbox counts; without one it is
 * mirrored whole. Pure.
 *
 *   !PATTERN                  not at all
 *   headers:PATTERN           the headers of its messages only
 *   since=2024-01-31:PATTERN  only messages whose INTERNALDATE is of that day or later
 *   PATTERN                   whole
 *
 * In a pattern * stands for anything, % for anything within one level; \Junk and its like for the mailbox of that
 * special use (RFC 6154). INBOX fits in any case. */
#ifndef MB_MAILBOX_CHOICE_H
#define MB_MAILBOX_CHOICE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum { CHOICE_WHOLE, CHOICE_HEADERS, CHOICE_SINCE, CHOICE_NONE } ChoiceKind;

typedef struct {
    ChoiceKind kind;
    int64_t since; /* seconds since 1970, the start of the day in UTC; of CHOICE_SINCE */
} MailboxChoice;

/* MB_ERROR_INVALID when `rule` is none. */
bool mailbox_rule_check(const char *rule, GError **error);

/* `rules`: NULL-terminated, or NULL; checked. `name`: UTF-8, decoded; `attributes`: MailboxAttributes. */
MailboxChoice mailbox_choose(char *const *rules, const char *name, char delimiter, uint32_t attributes);

#endif
