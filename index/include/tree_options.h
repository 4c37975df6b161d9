/* How a tree is shown: where it begins, what its directories and files are called. */
#ifndef MB_TREE_OPTIONS_H
#define MB_TREE_OPTIONS_H

#include <stdbool.h>

typedef enum {
    LAYOUT_EML,     /* a message is a file of its mailbox's directory */
    LAYOUT_MAILDIR, /* a mailbox is a Maildir: cur/ new/ tmp/, flags in the names of files */
} TreeLayout;

typedef enum {
    NAMES_UNICODE, /* whatever Linux takes and is safe to show */
    NAMES_ASCII,   /* letters without their accents, what has no such letter left out or as %XX */
    NAMES_WINDOWS, /* also good for Windows and Samba: no reserved characters and names, no names that differ by case */
} TreeNames;

/* All zero is what `mailbackup ls` shows. Strings are borrowed until tree_new_shown() returns. */
typedef struct {
    const char *account;     /* the root is this account; NULL: it holds all of them */
    const char *snapshot;    /* the root is this snapshot of the account, by its name or "latest"; NULL */
    const char *date_format; /* strftime(3) for the names of snapshots; NULL: "2026-11-22T05-14-00Z" */
    TreeLayout layout;
    TreeNames names;
    bool local_time; /* dates in names are the process's local time instead of UTC */
    bool text;       /* files are what index/include/renderings.h makes of messages, and named .txt */
} TreeOptions;

#endif
