/* Whose server `mailbackup sync` speaks to first, told from the command line before the program is loaded. */
#ifndef MB_FIRST_ACCOUNT_H
#define MB_FIRST_ACCOUNT_H

#include "account_settings.h"

/* NULL for other commands, and for all that is wrong: the program will say so. Prints nothing and never exits. Caller
 * frees. */
AccountSettings *first_account(char **argv);

#endif
