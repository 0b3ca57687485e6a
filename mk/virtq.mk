# SPDX-License-Identifier: MIT
# Tests of the virtqueues (rules: mk/tests.mk).

VIRTQ_UNIT := virtq_ring virtq_message virtq_send virtq_state
UNIT_TESTS += $(VIRTQ_UNIT:%=$(BUILD)/tests/unit/%)

# Guests without the SDK: one that breaks its queues, and those of the stacks,
# linked for queues. Not oracle_faults: its answers are those of the real host to
# a guest of stacks, and a fault knows no transport.
HOST_SUITES += $(foreach t,hostile_virtq hostile_messages hostile_grants \
	hostile_calls hostile_startup hostile_ports hostile_memory nothing_left,\
	$(t):kvm:raw:virtq $(t):emu:raw:virtq)
# And a host that does, under the SDK.
HOST_SUITES += hostile_host_virtq:kvm:soft:virtq hostile_host_virtq:emu:soft:virtq \
	hostile_host_virtq:emu:sse2:virtq
TEST_NEEDS += $(TEST_DIR)/host/hostile_virtq \
	$(TEST_DIR)/host/hostile_host_virtq
