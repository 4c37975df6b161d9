#include "last_seen.h"

#include <fcntl.h>

#include "account_notes.h"
#include "rewrite.h"

static const char FILE_NAME[] = "seen", KEY_TIME[] = "time";

int64_t last_seen(const char *repository_path, const char *account)
{
    g_auto(AccountNotes) notes = account_notes_load(repository_path, FILE_NAME, account);
    return g_key_file_get_int64(notes.file, notes.group, KEY_TIME, NULL);
}

void last_seen_note(const char *repository_path, const char *account, int64_t time)
{
    g_auto(AccountNotes) notes = account_notes_load(repository_path, FILE_NAME, account);
    g_key_file_set_int64(notes.file, notes.group, KEY_TIME, time);
    g_autofree char *text = g_key_file_to_data(notes.file, NULL, NULL);
    rewrite_text(AT_FDCWD, notes.path, text);
}
