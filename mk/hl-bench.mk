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

.PHONY: bench
bench: all $(BUILD)/bin/bench-wire ## Measure: calls, start-up, restore, codec, compiler; beside the floor (JSON=1)
	$(Q)$(BUILD)/bin/hl bench $(if $(JSON),--json)
	$(Q)$(BUILD)/bin/bench-wire $(if $(JSON),--json)
	$(Q)bench/compile $(BUILD) $(if $(JSON),--json)
