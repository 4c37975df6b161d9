#include "pack_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "durable.h"
#include "error.h"
#include "frame.h"
#include "pack_file.h"

struct PackWriter {
    char *packs_directory;
    uint8_t repository_id[REPOSITORY_ID_SIZE];
    int fd; /* of the open pack, -1 before the first */
    char *path;
    LogPosition end;
    SealKind seal;
    bool name_is_new; /* the directory entry is not durable yet */
    bool dirty;
    bool begin_new; /* the next frame begins a pack */
    bool together;  /* the pack does not count as full before the next sync */
};

static void close_pack(PackWriter *writer)
{
    if (writer->fd >= 0)
        close(writer->fd);
    writer->fd = -1;
    g_clear_pointer(&writer->path, g_free);
}

static bool open_existing(PackWriter *writer, GError **error)
{
    writer->path = pack_file_path(writer->packs_directory, writer->end.pack);
    writer->fd = open(writer->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (writer->fd < 0)
        return mb_error_errno(error, errno, "cannot open %s", writer->path);
    struct stat status;
    if (fstat(writer->fd, &status) != 0)
        return mb_error_errno(error, errno, "cannot look at %s", writer->path);
    if ((uint64_t)status.st_size != writer->end.offset)
        close_pack(writer);
    return true;
}

PackWriter *pack_writer_open(const char *packs_directory, const uint8_t repository_id[REPOSITORY_ID_SIZE],
                             LogPosition end, SealKind seal, GError **error)
{
    g_autoptr(PackWriter) writer = g_new0(PackWriter, 1);
    writer->packs_directory = g_strdup(packs_directory);
    memcpy(writer->repository_id, repository_id, REPOSITORY_ID_SIZE);
    writer->end = end;
    writer->seal = seal;
    writer->fd = -1;
    if (end.pack != 0 && !open_existing(writer, error))
        return NULL;
    return g_steal_pointer(&writer);
}

void pack_writer_close(PackWriter *writer)
{
    if (!writer)
        return;
    close_pack(writer);
    g_free(writer->packs_directory);
    g_free(writer);
}

void pack_writer_begin_pack(PackWriter *writer)
{
    writer->begin_new = writer->together = true;
}

bool pack_writer_sync(PackWriter *writer, GError **error)
{
    if (!writer->dirty)
        return true;
    if (!durable_sync(writer->fd, writer->path, error))
        return false;
    if (writer->name_is_new) {
        g_autofree char *directory = pack_file_directory(writer->packs_directory, writer->end.pack);
        if (!durable_sync_directory(directory, error))
            return false;
        writer->name_is_new = false;
    }
    writer->dirty = false;
    writer->together = false;
    return true;
}

/* Opens the first free number after the present pack: one that is taken holds what a run that was killed left. */
static bool create_file(PackWriter *writer, GError **error)
{
    do {
        g_clear_pointer(&writer->path, g_free);
        writer->end.pack++;
        g_autofree char *directory = pack_file_directory(writer->packs_directory, writer->end.pack);
        if (!durable_make_directory(directory, error))
            return false;
        writer->path = pack_file_path(writer->packs_directory, writer->end.pack);
        writer->fd = open(writer->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    } while (writer->fd < 0 && errno == EEXIST);
    return writer->fd >= 0 ? true : mb_error_errno(error, errno, "cannot create %s", writer->path);
}

static bool create_pack(PackWriter *writer, GError **error)
{
    if (!create_file(writer, error))
        return false;
    uint8_t header[PACK_HEADER_SIZE];
    pack_header_encode(writer->repository_id, writer->end.pack, header);
    if (!durable_write_at(writer->fd, header, sizeof header, 0, writer->path, error))
        return false;
    writer->end.offset = sizeof header;
    writer->name_is_new = true;
    writer->dirty = true;
    return true;
}

static bool next_pack(PackWriter *writer, GError **error)
{
    bool together = writer->together;
    if (!pack_writer_sync(writer, error))
        return false;
    close_pack(writer);
    writer->begin_new = false;
    writer->together = together;
    return create_pack(writer, error);
}

static bool is_full(const PackWriter *writer)
{
    return writer->fd < 0 || writer->begin_new || (!writer->together && writer->end.offset >= PACK_TARGET_BYTES);
}

bool pack_writer_append(PackWriter *writer, GByteArray *frame, LogPosition *place, GError **error)
{
    if (is_full(writer) && !next_pack(writer, error))
        return false;
    frame_seal(frame, writer->end, writer->seal);
    if (!durable_write_at(writer->fd, frame->data, frame->len, writer->end.offset, writer->path, error))
        return false;
    /* The disk begins at once, so that there is little left to wait for when the batch ends. */
    sync_file_range(writer->fd, (off64_t)writer->end.offset, frame->len, SYNC_FILE_RANGE_WRITE);
    *place = writer->end;
    writer->end.offset += frame->len;
    writer->dirty = true;
    return true;
}

LogPosition pack_writer_end(const PackWriter *writer)
{
    return writer->end;
}
