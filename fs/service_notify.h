/* Tells systemd how a service is doing (sd_notify(3)), when it wants to know: NOTIFY_SOCKET names its socket. */
#ifndef MB_SERVICE_NOTIFY_H
#define MB_SERVICE_NOTIFY_H

/* Sends "READY=1" and who we are. Does nothing when nobody asks; failing is no reason not to serve. */
void service_notify_ready(void);
/* Sends "STOPPING=1". */
void service_notify_stopping(void);

#endif
