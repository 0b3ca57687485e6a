# SPDX-License-Identifier: MIT
# Upstream's C API: what tests/guests/upstream_api does as a guest, and its host.

BATS_FILES += tests/cli/upstream-api.bats
UPSTREAM_HOST := $(TEST_DIR)/host/upstream_api

$(TEST_DIR)/hostobj/upstream_api.o: tests/guests/upstream_api/host.c
	@mkdir -p $(@D)
	$(call say,CC,$<) $(CC_HOST) $(HOST_TEST_CFLAGS) -c -o $@ $<

# Files of these guests that the rule for one file each does not see.
$(FLOATS:%=$(BUILD)/tests/guests/%/upstream_api): \
	tests/guests/upstream_api/host_calls.c tests/guests/upstream_api/flags

TEST_NEEDS += $(UPSTREAM_HOST)
