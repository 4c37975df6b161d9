/* Writing that is on the disk when the function returns: the only place that calls fsync and fdatasync.
 *
 * A failed sync is final: the kernel may have dropped the pages, so a second try that succeeds proves nothing. The
 * caller must give up the file and everything that depends on it. */
#ifndef MB_DURABLE_H
#define MB_DURABLE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Writes all bytes at `offset`, resuming short writes. Not yet durable. `name` is for the error. */
bool durable_write_at(int fd, const void *data, size_t length, uint64_t offset, const char *name, GError **error);

/* Reads exactly `length` bytes at `offset`; fewer is MB_ERROR_CORRUPT. */
bool durable_read_at(int fd, void *data, size_t length, uint64_t offset, const char *name, GError **error);

/* fdatasync: the file's bytes and its length. */
bool durable_sync(int fd, const char *name, GError **error);

/* fsync of the directory `path`: the names in it. */
bool durable_sync_directory(const char *path, GError **error);

/* Makes directory `path` with mode 0700 and its name in the parent durable. An existing directory is kept,
 * its name is made durable all the same. */
bool durable_make_directory(const char *path, GError **error);

/* Replaces file `path` atomically by the bytes, with `mode`: write to a temporary name beside it, sync, rename, sync
 * the directory. A reader sees the old file or the new one. */
bool durable_replace_file(const char *path, const void *data, size_t length, mode_t mode, GError **error);

#endif
