# SPDX-License-Identifier: MIT
# Upstream's C API: the tests of hyperlight_guest.h.

BATS_FILES += tests/cli/upstream-api.bats
HOST_SUITES += upstream_api:kvm:soft upstream_api:emu:soft upstream_api:emu:sse2
HOST_SUITES += upstream_api:kvm:soft:virtq upstream_api:emu:soft:virtq
TEST_NEEDS += $(TEST_DIR)/host/upstream_api

# Guests of two files: the second one stands in `flags`.
$(FLOATS:%=$(BUILD)/tests/guests/%/upstream_api): \
	tests/guests/upstream_api/host_calls.c tests/guests/upstream_api/flags
$(FLOATS:%=$(BUILD)/tests/guests/%/upstream_mixed): \
	tests/guests/upstream_mixed/host_calls.c \
	tests/guests/upstream_mixed/host_calls.h tests/guests/upstream_mixed/flags
