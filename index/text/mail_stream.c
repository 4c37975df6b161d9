#include "mail_stream.h"

#include "mail_guard.h"
#include "mb_limits.h"
#include "message_gmime.h"

typedef struct {
    GMimeStream parent;
    const MailSource *source;
    GError **failure;
    MailGuard *guard; /* while it is parsed, from the start on; else NULL */
} MailStream;

typedef GMimeStreamClass MailStreamClass;

static GType mail_stream_get_type(void);
G_DEFINE_TYPE(MailStream, mail_stream, GMIME_TYPE_STREAM)

static GMimeStream *stream_new(const MailSource *source, GError **failure, gint64 start, gint64 end)
{
    MailStream *stream = g_object_new(mail_stream_get_type(), NULL);
    stream->source = source;
    stream->failure = failure;
    g_mime_stream_construct(&stream->parent, start, end);
    return &stream->parent;
}

static ssize_t stream_read(GMimeStream *base, char *data, size_t length)
{
    MailStream *stream = (MailStream *)base;
    size_t got;
    gint64 left = base->bound_end - base->position;
    if (left <= 0)
        return 0;
    g_autoptr(GError) error = NULL;
    if (!stream->source->read(stream->source->user, (uint64_t)base->position, data, MIN(length, (size_t)left), &got,
                              &error)) {
        if (!*stream->failure)
            *stream->failure = g_steal_pointer(&error);
        return -1;
    }
    if (stream->guard)
        mail_guard_apply(stream->guard, data, got);
    base->position += (gint64)got;
    return (ssize_t)got;
}

static gboolean stream_eos(GMimeStream *base)
{
    return base->position >= base->bound_end;
}

static int stream_reset(GMimeStream *base)
{
    base->position = base->bound_start;
    return 0;
}

static gint64 stream_seek(GMimeStream *base, gint64 offset, GMimeSeekWhence whence)
{
    gint64 from = whence == GMIME_STREAM_SEEK_SET   ? base->bound_start
                  : whence == GMIME_STREAM_SEEK_CUR ? base->position
                                                    : base->bound_end;
    if (offset < base->bound_start - from || offset > base->bound_end - from)
        return -1;
    return base->position = from + offset;
}

static gint64 stream_tell(GMimeStream *base)
{
    return base->position;
}

static gint64 stream_length(GMimeStream *base)
{
    return base->bound_end - base->bound_start;
}

static int stream_flush(GMimeStream *base G_GNUC_UNUSED)
{
    return 0;
}

static GMimeStream *stream_part(GMimeStream *base, gint64 start, gint64 end)
{
    MailStream *stream = (MailStream *)base;
    gint64 last = end < 0 ? base->bound_end : MIN(end, base->bound_end);
    return stream_new(stream->source, stream->failure, MIN(start, last), last);
}

static void mail_stream_class_init(MailStreamClass *class)
{
    class->read = stream_read;
    class->flush = stream_flush;
    class->close = stream_flush;
    class->eos = stream_eos;
    class->reset = stream_reset;
    class->seek = stream_seek;
    class->tell = stream_tell;
    class->length = stream_length;
    class->substream = stream_part;
}

static void mail_stream_init(MailStream *stream G_GNUC_UNUSED)
{
}

void mail_open(ParsedMail *mail, const MailSource *source)
{
    message_load_gmime(NULL); /* it is linked here, and only started */
    MailGuard guard = {0};
    *mail = (ParsedMail){0};
    GMimeStream *stream = stream_new(source, &mail->failure, 0, (gint64)MIN(source->size, LIMIT_RENDER_BYTES));
    ((MailStream *)stream)->guard = &guard;
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    g_mime_parser_set_persist_stream(parser, TRUE);
    mail->message = g_mime_parser_construct_message(parser, NULL);
    if (!mail->message)
        mail->message = g_mime_message_new(TRUE);
    ((MailStream *)stream)->guard = NULL;
    g_object_unref(parser);
    g_object_unref(stream);
}

void mail_close(ParsedMail *mail)
{
    g_clear_object(&mail->message);
    g_clear_error(&mail->failure);
}

bool mail_was_read(ParsedMail *mail, GError **error)
{
    if (!mail->failure)
        return true;
    g_propagate_error(error, g_steal_pointer(&mail->failure));
    return false;
}
