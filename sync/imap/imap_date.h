/* INTERNALDATE (RFC 9051 date-time), as leniently as servers write it. */
#ifndef MB_IMAP_DATE_H
#define MB_IMAP_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "imap_data.h"

/* "17-Jul-1996 02:44:25 -0700", the day with one digit or two, as seconds since 1970. False when that is no point in
 * time: no such day, no such zone, anything else. */
bool imap_date_parse(ImapData text, int64_t *time);

#endif
