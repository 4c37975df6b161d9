#include "mail_types.h"

void account_info_free(AccountInfo *info)
{
    if (!info)
        return;
    g_free(info->name);
    g_free(info);
}

void mailbox_info_free(MailboxInfo *info)
{
    if (!info)
        return;
    g_free(info->name);
    g_free(info);
}
