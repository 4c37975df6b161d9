/* What a command is made of: between imap_command, which builds it, and imap_outbox, which says it. */
#ifndef MB_IMAP_COMMAND_PARTS_H
#define MB_IMAP_COMMAND_PARTS_H

#include <glib.h>

#include "imap_command.h"
#include "wiped_bytes.h"

typedef enum {
    IMAP_COMMAND_ORDINARY,
    IMAP_COMMAND_STARTTLS,
    IMAP_COMMAND_LOGIN,
    IMAP_COMMAND_AUTHENTICATE,
    IMAP_COMMAND_COMPRESS,
    IMAP_COMMAND_ENABLE,
    IMAP_COMMAND_LOGOUT,
} ImapCommandKind;

/* The bytes up to the next literal. All parts but the first start with the `literal` octets of one. */
typedef struct {
    WipedBytes bytes;
    size_t literal;
} ImapCommandPart;

struct ImapCommand {
    ImapCommandKind kind;
    GArray *parts; /* of ImapCommandPart; without tag and final CRLF */
};

#endif
