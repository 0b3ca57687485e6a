/* SPDX-License-Identifier: MIT */
#error                                                                         \
    "hlkit: a guest waits for nothing: read() of stdin and host calls return when they are done"
