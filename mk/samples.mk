# SPDX-License-Identifier: MIT
# The samples' guests, build/samples/FLOAT/NAME from samples/NAME/guest.c, and
# the tests of libc and of the samples.

SAMPLE_NAMES := $(patsubst samples/%/guest.c,%,$(wildcard samples/*/guest.c))
SAMPLES := $(foreach float,$(FLOATS),\
	$(SAMPLE_NAMES:%=$(BUILD)/samples/$(float)/%))

# A sample that needs more than guest.c adds words to SAMPLE_FLAGS_<name>.
define sample_rules
$(BUILD)/samples/$(1)/%: samples/%/guest.c $(GUEST_LIBRARIES) \
		$(GUEST_SCRIPT) $(SYSROOT_HEADERS) | guest-sdk
	$$(call say,HL-CC,$$@)
	@mkdir -p $$(@D)
	$(Q)$(HL_CC) -mfloat=$(1) -O2 -Wall -Wextra -o $$@ $$< \
		$$(SAMPLE_FLAGS_$$*)
endef
$(foreach float,$(FLOATS),$(eval $(call sample_rules,$(float))))

.PHONY: samples
samples: $(SAMPLES) ## Build the samples' guests

ALL += samples

BATS_FILES += tests/cli/guest-libc.bats tests/cli/samples.bats \
	tests/cli/docs.bats
TAP_TESTS += tests/libc/check-coverage
