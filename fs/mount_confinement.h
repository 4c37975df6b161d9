/* What a mount gives up before it shows the first mail: whoever breaks into it by mail that was made for that finds a
 * process that can start no program, reach no network and no file but the repository's. */
#ifndef MB_MOUNT_CONFINEMENT_H
#define MB_MOUNT_CONFINEMENT_H

#include "mount_context.h"

/* For good. To be called before threads are started, when all is open that will not be allowed. What this system cannot
 * do is said in the log, and the mount goes on without it. */
void mount_confine(const MountContext *context);

#endif
