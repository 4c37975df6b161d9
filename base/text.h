/* Text for people: outside text made harmless, numbers and sizes made readable. */
#ifndef MB_TEXT_H
#define MB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A copy of `text` that is safe on a terminal and in a log: control characters (C0, C1, DEL), bidi controls and
 * invalid UTF-8 are shown as \xNN, a backslash as \\. Caller frees with g_free(). */
char *text_escape(const char *text, size_t length);

/* True for characters that text must not carry into names or terminals: C0, C1, DEL, line separators, bidi controls,
 * and other invisible format characters. */
int text_is_unsafe(uint32_t character);

/* "81,204". Caller frees. */
char *text_count(uint64_t count);

/* "9.4 GB", powers of ten. Caller frees. */
char *text_size(uint64_t bytes);

/* What people type for a number of bytes: "500", "500K", "2.5G": K, M, G are powers of ten, and B may follow. False
 * when it is nothing of the kind or nothing. */
bool text_parse_size(const char *text, uint64_t *bytes);

/* "4 min", "38 s", "2 h 10 min". Caller frees. */
char *text_duration(uint64_t seconds);

/* Seconds since 1970 as "2026-11-22T05-14-00Z" (a snapshot's name) or, with colons, RFC 3339. Caller frees. */
char *text_snapshot_name(int64_t time);
char *text_utc(int64_t time);
/* In the user's time zone: "2026-11-22 06:14:00". Caller frees. */
char *text_local(int64_t time);

#endif
