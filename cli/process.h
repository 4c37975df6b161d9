/* What the process is allowed to leave behind and to give away. */
#ifndef MB_PROCESS_H
#define MB_PROCESS_H

/* New files are for their owner alone; descriptors 0 to 2 are taken, so that no file of the repository becomes standard
 * output. Does with little address space where that is limited. For every command, first of all. */
void process_prepare(void);

/* Memory that is freed stays with the process, up to some MiB, and is used again: what comes fresh from the kernel
 * costs a sync a tenth of its time. For programs that end soon. */
void process_keep_memory(void);

/* No core file, no debugger of other processes of the same user; a broken connection is an error, not a signal. For
 * commands that handle passwords. */
void process_protect_secrets(void);

#endif
