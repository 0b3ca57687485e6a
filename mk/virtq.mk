# SPDX-License-Identifier: MIT
# Tests and fuzz target of the virtqueues (rules of the tests: mk/tests.mk).

VIRTQ_UNIT := virtq_ring virtq_message virtq_send virtq_state
UNIT_TESTS += $(VIRTQ_UNIT:%=$(BUILD)/tests/unit/%)

# A guest that breaks its queues, without the SDK.
VIRTQ_RAW := $(RAW_DIR)/hostile_virtq
VIRTQ_RAW_SRC := $(wildcard tests/guests/b1_queues/*.c)
HOST_SUITES += hostile_virtq:kvm:raw:virtq hostile_virtq:emu:raw:virtq
# And a host that does, under the SDK.
HOST_SUITES += hostile_host_virtq:kvm:soft:virtq hostile_host_virtq:emu:soft:virtq \
	hostile_host_virtq:emu:sse2:virtq
TEST_NEEDS += $(VIRTQ_RAW) $(TEST_DIR)/host/hostile_virtq \
	$(TEST_DIR)/host/hostile_host_virtq

$(VIRTQ_RAW): $(VIRTQ_RAW_SRC:%.c=$(RAW_DIR)/obj/%.o) $(RAW_BASE)
	$(call say,RAW-LD,$@) $(RAW_LD) --entry vq_entry -o $@ $^

-include $(wildcard $(RAW_DIR)/obj/tests/guests/b1_queues/*.d)
