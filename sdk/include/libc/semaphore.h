/* SPDX-License-Identifier: MIT */
#error "hlkit: a guest has one thread: leave semaphores out"
