/* A key from a password: PBKDF2 (RFC 8018 5.2) with HMAC-SHA-1 or HMAC-SHA-256. Any thread. */
#ifndef MB_PASSWORD_KEY_H
#define MB_PASSWORD_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PASSWORD_KEY_SIZE_AT_MOST 32

typedef enum { PASSWORD_KEY_SHA1, PASSWORD_KEY_SHA256 } PasswordKeyHash;

/* 20 or 32 bytes, as long as the hash is. */
size_t password_key_size(PasswordKeyHash hash);

/* Fills in password_key_size() bytes. False when `iterations` is 0 or libcrypto cannot do it. */
bool password_key(PasswordKeyHash hash, const char *password, const uint8_t *salt, size_t salt_length,
                  unsigned iterations, uint8_t *key);

#endif
