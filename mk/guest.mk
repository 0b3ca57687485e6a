# SPDX-License-Identifier: MIT
# The guest's part of the sysroot, in both float variants:
#
#   build/sysroot/include            the SDK's headers
#   build/sysroot/lib/guest.ld       the linker script
#   build/sysroot/lib/FLOAT/crt0.o libhl.a hl_main.o
#
# and the guests of the tests: build/tests/guests/FLOAT/<property>.

GUEST_OBJ := $(BUILD)/obj/guest
GUEST_SOURCES := $(filter-out sdk/lib/os/hl_main.c,$(wildcard sdk/lib/*.c \
	sdk/lib/wire/*.c sdk/lib/os/*.c sdk/lib/compat/*.c)) crt/exception.S

# No canary in what sets the canary up, no frame pointers on the call path;
# each instruction counts where a hypervisor emulates them.
GUEST_CFLAGS = -std=c11 -O2 -g $(WARNINGS) -fno-stack-protector \
	-fomit-frame-pointer -MMD -MP -Isdk/include -Isdk/lib \
	-isystem sdk/include/libc \
	-DHL_VERSION='"$(VERSION)"' -ffile-prefix-map=$(CURDIR)=.
# The way of a call; everything else is compiled for size.
CALL_PATH := sdk/lib/arena sdk/lib/dispatch sdk/lib/transport_stack \
	sdk/lib/wire/decode_call sdk/lib/wire/decode_result \
	sdk/lib/wire/encode_result sdk/lib/read_quick
# These run before the stack is usable, or while an exception is handled.
GENERAL_REGISTERS_ONLY := abort fault memory start

# What hl-cc needs to compile (mk/toolchain.mk).
GUEST_TOOLS := $(HL_CC) $(FLOATS:%=$(BUILD)/sysroot/libexec/hl-ld-%) \
	$(BUILD)/sysroot/include-soft/stdarg.h

GUEST_HEADERS := $(shell find sdk/include -type f)
SYSROOT_HEADERS := $(GUEST_HEADERS:sdk/include/%=$(BUILD)/sysroot/include/%)
GUEST_SCRIPT := $(BUILD)/sysroot/lib/guest.ld

# libc's headers are copied first: one of ours may stand in for one of them.
$(SYSROOT_HEADERS): $(BUILD)/sysroot/include/%: sdk/include/% \
		| $(BUILD)/sysroot/include/picolibc.h
	@mkdir -p $(@D)
	$(Q)cp $< $@

$(GUEST_SCRIPT): linker/guest.ld
	@mkdir -p $(@D)
	$(Q)cp $< $@

define guest_rules
$(GUEST_OBJ)/$(1)/%.o: %.c mk/guest.mk | $(GUEST_TOOLS) $(SYSROOT_HEADERS)
	$$(call say,HL-CC,$$<)
	@mkdir -p $$(@D)
	$(Q)$(HL_CC) -mfloat=$(1) $$(GUEST_CFLAGS) -c $$< -o $$@
$(GUEST_OBJ)/$(1)/%.o: %.S mk/guest.mk | $(GUEST_TOOLS)
	$$(call say,HL-CC,$$<)
	@mkdir -p $$(@D)
	$(Q)$(HL_CC) -mfloat=$(1) -g -MMD -MP -Isdk/include \
		-ffile-prefix-map=$(CURDIR)=. -DHL_VERSION='"$(VERSION)"' -c $$< -o $$@
# Before the rules the guest's decoders ask sdk/lib/read_quick.c.
$(patsubst %,$(GUEST_OBJ)/$(1)/sdk/lib/wire/%.o,verify_call verify_result): \
	GUEST_CFLAGS += -Dhl_wire_call_verify=hl_rules_call_verify \
		-Dhl_wire_result_verify=hl_rules_result_verify
$(GENERAL_REGISTERS_ONLY:%=$(GUEST_OBJ)/$(1)/sdk/lib/%.o): \
	GUEST_CFLAGS += -mgeneral-regs-only
$(patsubst %,$(GUEST_OBJ)/$(1)/%.o,$(filter-out $(CALL_PATH),\
	$(basename $(filter %.c,$(GUEST_SOURCES)))) sdk/lib/os/hl_main): \
	GUEST_CFLAGS += -Oz

$(BUILD)/sysroot/lib/$(1)/libhl.a: \
		$(patsubst %,$(GUEST_OBJ)/$(1)/%.o,$(basename $(GUEST_SOURCES)))
	$$(call say,AR,$$@)
	@mkdir -p $$(@D)
	$(Q)rm -f $$@ && llvm-ar-19 rcs $$@ $$^
$(BUILD)/sysroot/lib/$(1)/crt0.o: $(GUEST_OBJ)/$(1)/crt/crt0.o
	@mkdir -p $$(@D)
	$(Q)cp $$< $$@
$(BUILD)/sysroot/lib/$(1)/hl_main.o: $(GUEST_OBJ)/$(1)/sdk/lib/os/hl_main.o
	@mkdir -p $$(@D)
	$(Q)cp $$< $$@

GUEST_LIBRARIES += $(patsubst %,$(BUILD)/sysroot/lib/$(1)/%,libhl.a crt0.o \
	hl_main.o)
endef
$(foreach float,$(FLOATS),$(eval $(call guest_rules,$(float))))

-include $(shell find $(GUEST_OBJ) -name '*.d' 2>/dev/null)

# Everything hl-cc needs to make a guest.
GUEST_SDK := $(GUEST_LIBRARIES) $(GUEST_SCRIPT) $(SYSROOT_HEADERS) \
	$(GUEST_TOOLS) libc

.PHONY: guest-sdk
guest-sdk: $(GUEST_SDK) ## Build the guest library and the rest of the sysroot

ALL += guest-sdk

# --- guests of the tests ----------------------------------------------------

TEST_GUEST_SOURCES := $(wildcard tests/guests/*/guest.c)
TEST_GUEST_NAMES := $(patsubst tests/guests/%/guest.c,%,$(TEST_GUEST_SOURCES))
TEST_GUESTS := $(foreach float,$(FLOATS),\
	$(TEST_GUEST_NAMES:%=$(BUILD)/tests/guests/$(float)/%))

# A guest that needs options of its own has them in a file `flags` beside it.
define test_guest_rules
$(BUILD)/tests/guests/$(1)/%: tests/guests/%/guest.c $(GUEST_LIBRARIES) \
		$(GUEST_SCRIPT) $(SYSROOT_HEADERS) $(BUILD)/sysroot/lib/$(1)/libc.a | guest-sdk
	$$(call say,HL-CC,$$@)
	@mkdir -p $$(@D)
	$(Q)$(HL_CC) -mfloat=$(1) -O2 -g -Wall -Wextra \
		$$$$(cat $$(<D)/flags 2>/dev/null) $$< -o $$@
endef
$(foreach float,$(FLOATS),$(eval $(call test_guest_rules,$(float))))

TEST_NEEDS += $(TEST_GUESTS)
BATS_FILES += tests/cli/sdk-compile.bats

.PHONY: test-guests
test-guests: $(TEST_GUESTS) ## Build the guests of the tests
