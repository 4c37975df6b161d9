#include "imap_data.h"

#include <glib.h>
#include <string.h>

bool imap_data_is(ImapData data, const char *word)
{
    return data.length == strlen(word) && g_ascii_strncasecmp((const char *)data.bytes, word, data.length) == 0;
}
