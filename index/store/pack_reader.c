#include "pack_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "durable.h"
#include "error.h"
#include "mb_limits.h"
#include "pack_file.h"

#define OPEN_PACKS_AT_MOST 64

/* An open pack; kept alive by whoever reads from it while the table lets it go. */
typedef struct {
    gint references;
    int fd;
    char *path;
} OpenPack;

struct PackReader {
    char *packs_directory;
    GMutex mutex;
    GHashTable *open_packs; /* number -> OpenPack */
};

static void open_pack_unref(void *data)
{
    OpenPack *pack = data;
    if (!g_atomic_int_dec_and_test(&pack->references))
        return;
    close(pack->fd);
    g_free(pack->path);
    g_free(pack);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OpenPack, open_pack_unref)

PackReader *pack_reader_new(const char *packs_directory)
{
    PackReader *reader = g_new0(PackReader, 1);
    reader->packs_directory = g_strdup(packs_directory);
    g_mutex_init(&reader->mutex);
    reader->open_packs = g_hash_table_new_full(NULL, NULL, NULL, open_pack_unref);
    return reader;
}

void pack_reader_free(PackReader *reader)
{
    if (!reader)
        return;
    g_hash_table_unref(reader->open_packs);
    g_mutex_clear(&reader->mutex);
    g_free(reader->packs_directory);
    g_free(reader);
}

static OpenPack *open_pack(PackReader *reader, uint32_t number, GError **error)
{
    g_autofree char *path = pack_file_path(reader->packs_directory, number);
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        mb_error_errno(error, errno, "cannot open %s", path);
        return NULL;
    }
    OpenPack *pack = g_new0(OpenPack, 1);
    pack->references = 1;
    pack->fd = fd;
    pack->path = g_steal_pointer(&path);
    return pack;
}

static OpenPack *acquire_pack(PackReader *reader, uint32_t number, GError **error)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&reader->mutex);
    OpenPack *pack = g_hash_table_lookup(reader->open_packs, GUINT_TO_POINTER(number));
    if (!pack) {
        pack = open_pack(reader, number, error);
        if (!pack)
            return NULL;
        if (g_hash_table_size(reader->open_packs) >= OPEN_PACKS_AT_MOST)
            g_hash_table_remove_all(reader->open_packs);
        g_hash_table_insert(reader->open_packs, GUINT_TO_POINTER(number), pack);
    }
    g_atomic_int_inc(&pack->references);
    return pack;
}

static gboolean is_deleted(void *number, void *value, void *user)
{
    (void)number;
    (void)user;
    struct stat status;
    return fstat(((const OpenPack *)value)->fd, &status) == 0 && status.st_nlink == 0;
}

void pack_reader_drop_deleted(PackReader *reader)
{
    g_mutex_lock(&reader->mutex);
    g_hash_table_foreach_remove(reader->open_packs, is_deleted, NULL);
    g_mutex_unlock(&reader->mutex);
}

static OpenFrame *read_frame(OpenPack *pack, LogPosition place, FrameHeader *header, GError **error)
{
    uint8_t bytes[FRAME_HEADER_SIZE];
    if (!durable_read_at(pack->fd, bytes, sizeof bytes, place.offset, pack->path, error) ||
        !frame_header_decode(bytes, header, error))
        return NULL;
    g_autoptr(OpenFrame) frame = open_frame_new(header);
    size_t length = FRAME_HEADER_SIZE + header->stored_length;
    bool sound = durable_read_at(pack->fd, open_frame_stored(frame), length, place.offset, pack->path, error) &&
                 open_frame_begin(frame, header, place, error);
    return sound ? g_steal_pointer(&frame) : NULL;
}

void pack_reader_name_place(LogPosition place, GError **error)
{
    g_prefix_error(error, "pack %08x, frame at %" G_GUINT64_FORMAT ": ", place.pack, place.offset);
}

static OpenFrame *open_frame(PackReader *reader, LogPosition place, FrameHeader *header, GError **error)
{
    g_autoptr(OpenPack) pack = acquire_pack(reader, place.pack, error);
    return pack ? read_frame(pack, place, header, error) : NULL;
}

OpenFrame *pack_reader_open_frame(PackReader *reader, LogPosition place, GError **error)
{
    FrameHeader header;
    OpenFrame *frame = open_frame(reader, place, &header, error);
    if (!frame)
        pack_reader_name_place(place, error);
    return frame;
}

GBytes *pack_reader_frame(PackReader *reader, LogPosition place, FrameHeader *header, GError **error)
{
    OpenFrame *frame = open_frame(reader, place, header, error);
    GBytes *plain = frame ? open_frame_finish(frame, error) : NULL;
    if (!plain)
        pack_reader_name_place(place, error);
    return plain;
}

bool pack_reader_bytes(PackReader *reader, LogPosition place, void *data, size_t length, GError **error)
{
    g_autoptr(OpenPack) pack = acquire_pack(reader, place.pack, error);
    return pack && durable_read_at(pack->fd, data, length, place.offset, pack->path, error);
}

bool pack_reader_length(PackReader *reader, uint32_t pack_number, uint64_t *length, GError **error)
{
    g_autoptr(OpenPack) pack = acquire_pack(reader, pack_number, error);
    if (!pack)
        return false;
    struct stat status;
    if (fstat(pack->fd, &status) != 0)
        return mb_error_errno(error, errno, "cannot look at %s", pack->path);
    *length = (uint64_t)status.st_size;
    return true;
}
