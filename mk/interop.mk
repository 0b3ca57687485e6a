# SPDX-License-Identifier: MIT
# The real Hyperlight host as a witness: hlkit's guests under the hosts of the
# Rust registry (tests/interop). Needs cargo; not part of make test.

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

# INTEROP_HOSTS="0.17.0 kvm" runs these only; HLKIT_CALLS=1000 shortens the
# endurance check.
.PHONY: test-interop
test-interop: $(INTEROP_GUESTS) $(LIBHLHOST) $(HL) $(UNICORN) samples \
		test-guests $(BUILD)/samples/soft/bench ## Run the guests under the real Hyperlight hosts (needs cargo)
	$(Q)tests/interop/run $(BUILD) $(INTEROP_HOSTS)
