/* How a non-blocking read, write or handshake step ended. */
#ifndef MB_IO_STATUS_H
#define MB_IO_STATUS_H

typedef enum {
    IO_DONE,
    IO_WANT_READ,  /* again when the socket is readable */
    IO_WANT_WRITE, /* again when it is writable */
    IO_CLOSED,     /* the peer ended the stream in the proper way */
    IO_CUT,        /* the stream ended without the proper end */
    IO_FAILED,     /* *error is set */
} IoStatus;

#endif
