/* SPDX-License-Identifier: MIT */
/*
 * Guest images inside the library: what a sandbox needs to load one. The
 * public part is hl_image.h.
 */
#ifndef HL_IMAGE_INTERNAL_H
#define HL_IMAGE_INTERNAL_H

#include <hl_host.h>

/* Bytes of memory the image takes: the span of its PT_LOADs in whole pages. */
uint64_t image_memory_size(const hl_image *image);

/* Entry address minus load address. */
uint64_t image_entry(const hl_image *image);

/*
 * Address an ET_EXEC image was linked for, 0 for a position-independent one.
 * Stack-ABI hosts load both at BASE (abi §1.1); 0.18 maps ET_EXEC there.
 */
uint64_t image_fixed_address(const hl_image *image);

/* ABIs of the SDK note: bit 0 stack, bit 1 virtqueues; 0 if not told. */
uint32_t image_abi(const hl_image *image);

/*
 * Load the image into memory_size bytes at memory, which are zero, as it is to
 * appear to the guest at load_address: segments copied, relocations applied
 * (abi §1.1). HL_FAIL_IMAGE if they are fewer than the span of its PT_LOADs:
 * then memory holds what fitted.
 */
hl_status image_load(const hl_image *image, uint64_t load_address,
                     uint8_t *memory, size_t memory_size, hl_error *error);

/*
 * Refuse an image whose Hyperlight version note is there and not equal to
 * version byte for byte; one without the note passes (abi §1.4).
 */
hl_status image_version_check(const hl_image *image, const char *version,
                              hl_error *error);

/*
 * True for what hl_signature allows: a return type, parameters that are not
 * Void, and nothing behind the last of them. For signatures of unknown origin.
 */
bool signature_is_valid(hl_signature signature);

/* Fits the text of every valid signature without its function's name. */
#define SIGNATURE_TEXT_MAX 128

#endif /* HL_IMAGE_INTERNAL_H */
