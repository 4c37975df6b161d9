/* A loopback server that listens to the one who comes and never answers. One at a time. */
#ifndef MB_TEST_SILENT_SERVER_H
#define MB_TEST_SILENT_SERVER_H

#include "loopback_server.h"

/* How far the client came. */
typedef enum { VISIT_NONE, VISIT_CAME, VISIT_SPOKE, VISIT_LEFT } Visit;

LoopbackServer *silent_server_start(void);
Visit silent_server_visit(void);
/* Waits until the client came so far. */
void silent_server_wait(Visit stage);

#endif
