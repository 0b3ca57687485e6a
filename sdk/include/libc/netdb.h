/* SPDX-License-Identifier: MIT */
#error                                                                         \
    "hlkit: a guest has no network: ask the host for data by a function of its own (HL_IMPORT)"
