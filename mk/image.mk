# SPDX-License-Identifier: MIT
# Unit tests and the fuzz target of image loading, with address and
# undefined-behaviour sanitizers.

IMAGE_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all
IMAGE_OBJ := $(BUILD)/obj/image-asan
IMAGE_SOURCES := $(wildcard host-harness/src/elf_*.c host-harness/src/image*.c \
	host-harness/src/note*.c) host-harness/src/signature.c \
	host-harness/src/error.c sdk/lib/wire/utf8.c
IMAGE_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%, \
	$(wildcard tests/unit/image_*.c tests/unit/signature_*.c))
IMAGE_FUZZ := $(BUILD)/fuzz/image_load

UNIT_TESTS += $(IMAGE_TESTS)
FUZZ_TARGETS += $(IMAGE_FUZZ)

IMAGE_CC := clang-19 $(filter-out -O2,$(HOST_CFLAGS)) -O1 $(IMAGE_SAN)
# image_memory.c lets these fail.
IMAGE_WRAP := malloc calloc strdup read fstat
$(BUILD)/tests/unit/image_memory: IMAGE_LDFLAGS := \
	$(IMAGE_WRAP:%=-Wl,--wrap=%)

$(IMAGE_OBJ)/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(IMAGE_CC) -c $< -o $@

$(IMAGE_TESTS): $(BUILD)/tests/unit/%: $(IMAGE_OBJ)/tests/unit/%.o \
		$(IMAGE_OBJ)/tests/unit/elf_builder.o \
		$(IMAGE_SOURCES:%.c=$(IMAGE_OBJ)/%.o)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)clang-19 $(IMAGE_SAN) $(IMAGE_LDFLAGS) -o $@ $^ -lcmocka

$(IMAGE_FUZZ): fuzz/image_load.c tests/unit/elf_builder.c $(IMAGE_SOURCES)
	$(call say,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)$(filter-out -MMD -MP,$(IMAGE_CC)) -fsanitize=fuzzer -o $@ $^ -lcmocka

-include $(wildcard $(addprefix $(IMAGE_OBJ)/,host-harness/src/*.d \
	sdk/lib/wire/*.d tests/unit/*.d))
