/* SPDX-License-Identifier: MIT */
/* _exit(): back to hl_main with the status, from however deep inside main. */
#include "os.h"
#include "os_exit.h"

#include <unistd.h>

#include "../guest.h"

struct os_exit os_exit;

_Noreturn void _exit(int status)
{
    char buffer[OS_DECIMAL];

    if (os_exit.armed) {
        os_exit.armed = false;
        os_exit.status = status;
        longjmp(os_exit.back, 1);
    }
    /* An exported function ends by returning; there is nobody to take a
     * status. */
    hl_abort_text(HL_ERR_UNKNOWN, "exit(", os_decimal(buffer, status),
                  ") was called outside main", NULL);
}
