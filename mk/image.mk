# SPDX-License-Identifier: MIT
# Unit tests of image loading (rules: mk/tests.mk), and its sources for hl-ld.

IMAGE_TESTS := image_open image_relocation image_note image_version \
	image_check image_memory image_hostile image_edges
UNIT_TESTS += $(IMAGE_TESTS:%=$(BUILD)/tests/unit/%) \
	$(BUILD)/tests/unit/signature_text
$(foreach t,$(IMAGE_TESTS),$(eval UNIT_SRC_$t := tests/unit/elf_builder.c))
# It lets these fail.
UNIT_LIBS_image_memory = \
	$(patsubst %,-Wl$(comma)--wrap=%,malloc calloc strdup read fstat)

# Everything that hl_image.h declares; hl-ld is linked with it too.
IMAGE_SOURCES := $(wildcard host-harness/src/elf_*.c host-harness/src/image*.c \
	host-harness/src/note*.c) host-harness/src/signature.c \
	host-harness/src/error.c sdk/lib/wire/utf8.c
