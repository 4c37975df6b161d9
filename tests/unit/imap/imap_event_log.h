/* A session's events as text, the same however the bytes were cut. */
#ifndef MB_IMAP_EVENT_LOG_H
#define MB_IMAP_EVENT_LOG_H

#include "imap_session.h"

/* Printable ASCII as it is, but for the backslash; other octets as \xNN. */
void imap_event_log_octets(GString *log, const void *data, size_t length);

/* Appends all events that are there, one a line; "ERROR ..." and false when the session is dead. */
bool imap_event_log_drain(GString *log, ImapSession *session);

/* Appends what the session would write to the socket, and reports it written. */
void imap_event_log_output(GString *log, ImapSession *session);

#endif
