/* SPDX-License-Identifier: MIT */
#error "hlkit: a guest cannot map memory or files: use malloc or aligned_alloc"
