/* What runs leave to the next: key files in the repository with a group for each account. */
#ifndef MB_ACCOUNT_NOTES_H
#define MB_ACCOUNT_NOTES_H

#include <glib.h>

typedef struct {
    char *path;
    char *group;    /* of the account */
    GKeyFile *file; /* of all accounts; empty when there is none that can be read */
} AccountNotes;

/* Of the file `name`. */
AccountNotes account_notes_load(const char *repository_path, const char *name, const char *account);

void account_notes_clear(AccountNotes *notes);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AccountNotes, account_notes_clear)

#endif
