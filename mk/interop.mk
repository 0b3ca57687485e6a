# SPDX-License-Identifier: MIT
# The real Hyperlight host as a witness: hlkit's guests under the hosts of the
# Rust registry (tests/interop). Needs cargo.

INTEROP := $(BUILD)/interop
INTEROP_GUESTS := $(INTEROP)/soft/guest $(INTEROP)/soft/upstream_guest

$(INTEROP)/soft/%: tests/interop/%.c $(GUEST_LIBRARIES) $(GUEST_SCRIPT) \
		$(SYSROOT_HEADERS) | guest-sdk
	@mkdir -p $(@D)
	$(call say,HL-CC,$@)
	$(Q)$(HL_CC) -mfloat=soft -O2 -Wall -Wextra -o $@ $<

# Two files: what the releases' tests have in common, and what 0.18 added.
$(INTEROP)/soft/upstream_guest: tests/interop/upstream_guest.c \
		tests/interop/upstream_guest_018.c tests/interop/upstream_guest.h \
		$(GUEST_LIBRARIES) $(GUEST_SCRIPT) $(SYSROOT_HEADERS) | guest-sdk
	@mkdir -p $(@D)
	$(call say,HL-CC,$@)
	$(Q)$(HL_CC) -mfloat=soft -O2 -Wall -Wextra -o $@ $(filter %.c,$^)

# With CI=true the newest host of each transport is part of make test, with
# shorter checks of endurance; a skip where cargo, its registry or KVM cannot be
# used.
$(foreach v,0.17.0 0.18.0,$(eval \
	SERIAL_TESTS += interop/$(v)=tests/interop/tap,$(BUILD),$(v)))
TEST_NEEDS += $(INTEROP_GUESTS) $(BUILD)/samples/soft/bench

# Everything. INTEROP_HOSTS="0.17.0 kvm" runs these only; the endurance checks
# are as long as the variables here say.
INTEROP_CALLS ?= 100000
INTEROP_RESTORES ?= 1000
INTEROP_THREADS ?= 100
.PHONY: test-interop
test-interop: $(INTEROP_GUESTS) $(LIBHLHOST) $(HL) $(UNICORN) samples \
		test-guests $(BUILD)/samples/soft/bench ## Run the guests under the real Hyperlight hosts (needs cargo)
	$(Q)HLKIT_CALLS=$(INTEROP_CALLS) HLKIT_RESTORES=$(INTEROP_RESTORES) \
		HLKIT_THREADS=$(INTEROP_THREADS) tests/interop/run $(BUILD) \
		$(INTEROP_HOSTS)

# --- side by side -------------------------------------------------------------

BENCH_INTEROP := $(BUILD)/bin/bench-interop
BENCH_INTEROP_GUESTS := $(INTEROP)/soft/bench $(BENCH_MINIMAL)
BENCH_INTEROP_SRC := $(wildcard bench/interop/*.c) $(patsubst %,\
	host-harness/cli/%.c,bench_floor bench_samples clock)

$(INTEROP)/soft/bench: bench/interop/guest.c $(GUEST_LIBRARIES) \
		$(GUEST_SCRIPT) $(SYSROOT_HEADERS) | guest-sdk
	@mkdir -p $(@D)
	$(call say,HL-CC,$@)
	$(Q)$(HL_CC) -mfloat=soft -O2 -Wall -Wextra -o $@ $<

$(BENCH_INTEROP): $(filter-out bench/interop/guest.c,$(BENCH_INTEROP_SRC)) \
		bench/interop/rows.h $(LIBHLHOST)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC_HOST) $(filter-out -MMD -MP,$(HOST_CFLAGS)) -o $@ \
		$(filter %.c,$^) $(LIBHLHOST) $(HOST_LIBS)

.PHONY: bench-interop
bench-interop: $(BENCH_INTEROP) $(BENCH_INTEROP_GUESTS) $(HL) ## Measure the real Hyperlight host beside ours (needs cargo)
	$(Q)bench/interop/run $(BUILD) >$(INTEROP)/performance.md
	$(Q)cat $(INTEROP)/performance.md
	$(Q)cp $(INTEROP)/performance.md docs/performance.md
