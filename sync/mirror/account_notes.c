#include "account_notes.h"

/* A group name cannot hold brackets; an account name can. */
static char *group_of(const char *account)
{
    return g_uri_escape_string(account, "@+=,;:!()", TRUE);
}

AccountNotes account_notes_load(const char *repository_path, const char *name, const char *account)
{
    AccountNotes notes = {
        .path = g_build_filename(repository_path, name, NULL), .group = group_of(account), .file = g_key_file_new()};
    g_key_file_load_from_file(notes.file, notes.path, G_KEY_FILE_NONE, NULL);
    return notes;
}

void account_notes_clear(AccountNotes *notes)
{
    g_free(notes->path);
    g_free(notes->group);
    g_key_file_unref(notes->file);
}
