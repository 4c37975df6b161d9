/* GMime wants to be started before it is used. */
#ifndef MB_MESSAGE_GMIME_H
#define MB_MESSAGE_GMIME_H

/* Does so once. Any thread. */
void message_start_gmime(void);

#endif
