/* What the exit status of both programs says; mailbackup(1) documents it. */
#ifndef MB_EXIT_CODES_H
#define MB_EXIT_CODES_H

typedef enum {
    EXIT_CODE_DONE = 0,
    EXIT_CODE_FAILED = 1,
    EXIT_CODE_USAGE = 2,
    EXIT_CODE_INCOMPLETE = 3,   /* a partial snapshot: something the server listed could not be had */
    EXIT_CODE_SERVER = 4,       /* connection, certificate, login, or an answer that makes no sense or no end */
    EXIT_CODE_DAMAGE = 6,       /* stored bytes are not what was written */
    EXIT_CODE_DISK_FULL = 7,    /* or a quota reached */
    EXIT_CODE_BUSY = 75,        /* another process writes to this repository; EX_TEMPFAIL of sysexits.h */
    EXIT_CODE_INTERRUPTED = 130 /* stopped by SIGINT or SIGTERM; what was stored stays */
} ExitCode;

#endif
