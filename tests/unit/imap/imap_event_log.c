#include "imap_event_log.h"

#include "error.h"

static const char *const outcomes[] = {"OK", "NO", "BAD", "BYE", "PREAUTH"};

void imap_event_log_octets(GString *log, const void *data, size_t length)
{
    const uint8_t *octets = data;
    for (size_t i = 0; i < length; i++) {
        if (octets[i] >= 0x20 && octets[i] < 0x7f && octets[i] != '\\')
            g_string_append_c(log, (char)octets[i]);
        else
            g_string_append_printf(log, "\\x%02x", octets[i]);
    }
}

static void append_condition(GString *log, const char *kind, const ImapCondition *condition)
{
    g_string_append_printf(log, "%s %s code=%d number=%" G_GUINT64_FORMAT " text=%s\n", kind,
                           outcomes[condition->outcome], condition->code, condition->number, condition->text);
}

static void append_list(GString *log, const ImapList *list)
{
    g_string_append_printf(log, "LIST attributes=%x delimiter=", list->attributes);
    imap_event_log_octets(log, &list->delimiter, 1);
    g_string_append(log, " name=");
    imap_event_log_octets(log, list->name, list->name_length);
    g_string_append_c(log, '\n');
}

static void append_status(GString *log, const ImapStatus *status)
{
    g_string_append(log, "STATUS name=");
    imap_event_log_octets(log, status->name, status->name_length);
    g_string_append_printf(log, " items=%x messages=%u uidnext=%u uidvalidity=%u modseq=%" G_GUINT64_FORMAT,
                           status->items, status->messages, status->uidnext, status->uidvalidity,
                           status->highestmodseq);
    g_string_append_printf(log, " size=%" G_GUINT64_FORMAT " id=", status->size);
    imap_event_log_octets(log, status->mailboxid.bytes, status->mailboxid.length);
    g_string_append_c(log, '\n');
}

static void append_fetch(GString *log, const ImapFetch *fetch)
{
    static const char *const bodies[] = {"absent", "nil", "given"};
    g_string_append_printf(log, "FETCH %u uid=%u", fetch->sequence, fetch->uid);
    if (fetch->has_flags) {
        g_string_append_printf(log, " flags=%x keywords=", fetch->flags);
        imap_event_log_octets(log, fetch->keywords, strlen(fetch->keywords));
    }
    if (fetch->has_internaldate)
        g_string_append_printf(log, " date=%" G_GINT64_FORMAT, fetch->internaldate);
    if (fetch->has_size)
        g_string_append_printf(log, " size=%" G_GUINT64_FORMAT, fetch->size);
    if (fetch->origin.length > 0) {
        g_string_append(log, " origin=");
        imap_event_log_octets(log, fetch->origin.bytes, fetch->origin.length);
    }
    if (fetch->is_header)
        g_string_append(log, " header");
    g_string_append_printf(log, " modseq=%" G_GUINT64_FORMAT " body=%s,%" G_GUINT64_FORMAT "\n", fetch->modseq,
                           bodies[fetch->body], fetch->body_size);
}

static void append_uids(GString *log, const char *kind, const ImapUidRanges *uids)
{
    g_string_append(log, kind);
    for (size_t i = 0; i < uids->count; i++)
        g_string_append_printf(log, " %u:%u", uids->ranges[i].first, uids->ranges[i].last);
    g_string_append_c(log, '\n');
}

static void append_challenge(GString *log, ImapData challenge)
{
    g_string_append(log, "CONTINUATION ");
    imap_event_log_octets(log, challenge.bytes, challenge.length);
    g_string_append_c(log, '\n');
}

/* One line for a body, whatever pieces it came in. */
static void append_body(GString *log, const ImapEvent *event)
{
    if (event->kind == IMAP_EVENT_BODY_BEGIN)
        g_string_append_printf(log, "BODY %" G_GUINT64_FORMAT " [", event->body_size);
    else if (event->kind == IMAP_EVENT_BODY_DATA)
        imap_event_log_octets(log, event->data.bytes, event->data.length);
    else
        g_string_append(log, "]\n");
}

static void append_broken(GString *log, const ImapBroken *broken)
{
    static const char *const kinds[] = {
        [IMAP_EVENT_LIST] = "LIST",     [IMAP_EVENT_NAMESPACE] = "NAMESPACE", [IMAP_EVENT_STATUS] = "STATUS",
        [IMAP_EVENT_SEARCH] = "SEARCH", [IMAP_EVENT_VANISHED] = "VANISHED",   [IMAP_EVENT_FETCH] = "FETCH",
        [IMAP_EVENT_ID] = "ID",         [IMAP_EVENT_QUOTA] = "QUOTA",         [IMAP_EVENT_OTHER] = "other"};
    const char *kind = kinds[broken->kind];
    g_string_append_printf(log, "BROKEN %s %s\n", kind ? kind : "other", broken->text);
}

static void append_namespaces(GString *log, const ImapNamespaces *namespaces)
{
    g_string_append(log, "NAMESPACE");
    for (unsigned i = 0; i < namespaces->count; i++) {
        const ImapNamespace *one = &namespaces->all[i];
        g_string_append(log, one->personal ? " personal " : " foreign ");
        imap_event_log_octets(log, one->prefix.bytes, one->prefix.length);
        g_string_append_c(log, ',');
        imap_event_log_octets(log, &one->delimiter, 1);
    }
    g_string_append_c(log, '\n');
}

static void append_id(GString *log, const ImapId *id)
{
    g_string_append(log, "ID name=");
    imap_event_log_octets(log, id->name.bytes, id->name.length);
    g_string_append(log, " version=");
    imap_event_log_octets(log, id->version.bytes, id->version.length);
    g_string_append_c(log, '\n');
}

static void append_quota(GString *log, const ImapQuota *quota)
{
    g_string_append(log, "QUOTA root=");
    imap_event_log_octets(log, quota->root.bytes, quota->root.length);
    if (quota->has_storage)
        g_string_append_printf(log, " storage=%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, quota->used_kib,
                               quota->limit_kib);
    g_string_append_c(log, '\n');
}

static void append_event(GString *log, ImapSession *session, const ImapEvent *event)
{
    switch (event->kind) {
    case IMAP_EVENT_NEED_MORE:
        break;
    case IMAP_EVENT_GREETING:
        append_condition(log, "GREETING", &event->condition);
        break;
    case IMAP_EVENT_CONTINUATION:
        append_challenge(log, event->challenge);
        break;
    case IMAP_EVENT_TAGGED:
        g_string_append_printf(log, "%u ", event->command);
        append_condition(log, "TAGGED", &event->condition);
        break;
    case IMAP_EVENT_CONDITION:
        append_condition(log, "CONDITION", &event->condition);
        break;
    case IMAP_EVENT_BYE:
        append_condition(log, "BYE", &event->condition);
        break;
    case IMAP_EVENT_CAPABILITY: {
        g_autofree char *mechanisms = imap_session_mechanisms(session);
        g_string_append_printf(log, "CAPABILITY mechanisms=%s\n", mechanisms);
        break;
    }
    case IMAP_EVENT_LIST:
        append_list(log, &event->list);
        break;
    case IMAP_EVENT_NAMESPACE:
        append_namespaces(log, event->namespaces);
        break;
    case IMAP_EVENT_STATUS:
        append_status(log, &event->status);
        break;
    case IMAP_EVENT_ID:
        append_id(log, &event->id);
        break;
    case IMAP_EVENT_QUOTA:
        append_quota(log, &event->quota);
        break;
    case IMAP_EVENT_SEARCH:
        append_uids(log, "SEARCH", &event->search);
        break;
    case IMAP_EVENT_VANISHED:
        append_uids(log, event->vanished.earlier ? "VANISHED earlier" : "VANISHED", &event->vanished.uids);
        break;
    case IMAP_EVENT_EXISTS:
        g_string_append_printf(log, "EXISTS %u\n", event->number);
        break;
    case IMAP_EVENT_EXPUNGE:
        g_string_append_printf(log, "EXPUNGE %u\n", event->number);
        break;
    case IMAP_EVENT_BODY_BEGIN:
    case IMAP_EVENT_BODY_DATA:
    case IMAP_EVENT_BODY_END:
        append_body(log, event);
        break;
    case IMAP_EVENT_FETCH:
        append_fetch(log, &event->fetch);
        break;
    case IMAP_EVENT_BROKEN:
        append_broken(log, &event->broken);
        break;
    case IMAP_EVENT_OTHER:
        g_string_append(log, "OTHER\n");
        break;
    }
}

bool imap_event_log_drain(GString *log, ImapSession *session)
{
    ImapEvent event;
    g_autoptr(GError) error = NULL;
    do {
        if (!imap_session_next(session, &event, &error)) {
            g_string_append_printf(log, "ERROR %s %s\n", error->code == MB_ERROR_LIMIT ? "limit" : "protocol",
                                   error->message);
            return false;
        }
        append_event(log, session, &event);
    } while (event.kind != IMAP_EVENT_NEED_MORE);
    return true;
}

void imap_event_log_output(GString *log, ImapSession *session)
{
    const uint8_t *data;
    size_t length;
    imap_session_output(session, &data, &length);
    if (length == 0)
        return;
    g_string_append(log, "> ");
    imap_event_log_octets(log, data, length);
    g_string_append_c(log, '\n');
    imap_session_sent(session, length);
}
