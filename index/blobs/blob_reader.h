/* The reading side of the packs: any range of a blob, through the frame cache. Thread-safe. */
#ifndef MB_BLOB_READER_H
#define MB_BLOB_READER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "blob_location.h"
#include "repository_private.h"

/* The bytes that the extents hold. */
uint64_t blob_length(const GArray *extents);

/* Reads all of a message or part: are its bytes those that the id names? */
bool blob_verify(Repository *repository, const GArray *extents, const ContentId *id, GError **error);

/* Copies `length` bytes from `offset` on, which the blob must have. Every frame touched has had its seal verified;
 * MB_ERROR_CORRUPT names pack and frame. */
bool blob_read(Repository *repository, const GArray *extents, uint64_t offset, void *data, size_t length,
               GError **error);

#endif
