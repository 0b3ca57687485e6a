/* SPDX-License-Identifier: MIT */
#error "hlkit: a guest has no devices: leave ioctl out"
