/* Where the bytes of a message come from. */
#ifndef MB_MAIL_SOURCE_H
#define MB_MAIL_SOURCE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t size;
    /* As body_read(): up to `length` bytes from `offset` on, *got of them. */
    bool (*read)(void *user, uint64_t offset, void *data, size_t length, size_t *got, GError **error);
    void *user;
} MailSource;

#endif
