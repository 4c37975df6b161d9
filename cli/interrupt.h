/* SIGINT and SIGTERM ask a long command to stop where it can; a second one ends the program at once, which the
 * repository survives too. */
#ifndef MB_INTERRUPT_H
#define MB_INTERRUPT_H

#include <gio/gio.h>

typedef struct Interrupt Interrupt;

/* From now on the signals are caught, by a thread of its own. Once a process. */
Interrupt *interrupt_new(void);
/* The signals do again what they did before. */
void interrupt_free(Interrupt *interrupt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Interrupt, interrupt_free)

/* Cancelled by the first signal; lives as long as the Interrupt. */
GCancellable *interrupt_cancellable(Interrupt *interrupt);

#endif
