/* SPDX-License-Identifier: MIT */
#error "hlkit: a guest has one thread (__STDC_NO_THREADS__)"
