/* mailbackup without what main() does for it: finds the command that is meant and runs it. It is a library of its own
 * that main() loads, and this function all that can be seen of it. */
#ifndef MB_PROGRAM_H
#define MB_PROGRAM_H

#include "exit_codes.h"

typedef struct TcpAttempt TcpAttempt;

/* `attempt`: a connection that was begun to the server the command line speaks to first, borrowed; or NULL. Once in a
 * process. */
__attribute__((visibility("default"))) ExitCode mailbackup_program(char **argv, TcpAttempt *attempt);

#endif
