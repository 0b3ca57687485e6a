# SPDX-License-Identifier: MIT
# The real Hyperlight host as a witness: hlkit's guests under the hosts of the
# Rust registry (tests/interop). Needs cargo; not part of make test.

INTEROP := $(BUILD)/interop
INTEROP_GUESTS := $(INTEROP)/soft/guest

$(INTEROP)/soft/%: tests/interop/%.c $(GUEST_LIBRARIES) $(GUEST_SCRIPT) \
		$(SYSROOT_HEADERS) | guest-sdk
	@mkdir -p $(@D)
	$(call say,HL-CC,$@)
	$(Q)$(HL_CC) -mfloat=soft -O2 -Wall -Wextra -o $@ $<
