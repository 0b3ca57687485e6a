/* SPDX-License-Identifier: MIT */
#error "hlkit: a guest is one static file: link what it needs"
