# SPDX-License-Identifier: MIT
# make bench: figures beside the machine's floor. Never part of make test.

BENCH_GUESTS := $(FLOATS:%=$(BUILD)/samples/%/bench)
ALL += $(BENCH_GUESTS)

define bench_rule
$(BUILD)/samples/$(1)/bench: bench/guest.c $(GUEST_LIBRARIES) \
		$(GUEST_SCRIPT) $(SYSROOT_HEADERS) | guest-sdk
	@mkdir -p $$(@D)
	$$(call say,HL-CC,$$@)
	$(Q)$(HL_CC) -mfloat=$(1) -O2 -o $$@ $$<
endef
$(foreach float,$(FLOATS),$(eval $(call bench_rule,$(float))))

# The least an image can be: nothing writable.
BENCH_MINIMAL := $(BUILD)/samples/soft/minimal
ALL += $(BENCH_MINIMAL)

$(BENCH_MINIMAL): bench/interop/minimal.S sdk/include/hl/abi.h
	@mkdir -p $(@D) $(BUILD)/obj/bench
	$(call say,AS,$@)
	$(Q)clang-19 -Isdk/include -c $< -o $(BUILD)/obj/bench/minimal.o
	$(Q)ld.lld-19 -pie --no-dynamic-linker -z norelro --entry entry \
		$(BUILD)/obj/bench/minimal.o -o $@

.PHONY: bench
bench: all $(BUILD)/bin/bench-wire ## Measure: calls, start-up, restore, codec, compiler; beside the floor (JSON=1)
	$(Q)$(BUILD)/bin/hl bench $(if $(JSON),--json)
	$(Q)$(BUILD)/bin/bench-wire $(if $(JSON),--json)
	$(Q)bench/compile $(BUILD) $(if $(JSON),--json)
