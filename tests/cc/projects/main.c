/* SPDX-License-Identifier: MIT */
#include "greet.h"

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#ifndef HAVE_STRDUP
#error configure checks do not work: libc has strdup
#endif
#ifdef HAVE_EPOLL_CREATE
#error configure checks do not work: nothing has epoll_create here
#endif

int main(void)
{
    greet(BUILT_BY);
    return 0;
}
