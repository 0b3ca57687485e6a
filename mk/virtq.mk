# SPDX-License-Identifier: MIT
# Tests and fuzz target of the virtqueues (rules of the tests: mk/tests.mk).

VIRTQ_UNIT := virtq_ring virtq_message virtq_send virtq_state
UNIT_TESTS += $(VIRTQ_UNIT:%=$(BUILD)/tests/unit/%)

# A guest that breaks its queues, without the SDK.
VIRTQ_RAW := $(RAW_DIR)/hostile_virtq
VIRTQ_RAW_SRC := $(wildcard tests/hostile/virtq/*.c)
HOST_SUITES += hostile_virtq:kvm:raw:virtq hostile_virtq:emu:raw:virtq
TEST_NEEDS += $(VIRTQ_RAW) $(TEST_DIR)/host/hostile_virtq

$(VIRTQ_RAW): $(VIRTQ_RAW_SRC:%.c=$(RAW_DIR)/obj/%.o) $(RAW_BASE)
	$(call say,RAW-LD,$@) $(RAW_LD) --entry vq_entry -o $@ $^

-include $(wildcard $(RAW_DIR)/obj/tests/hostile/virtq/*.d)

# --- fuzzing ------------------------------------------------------------------

VIRTQ_FUZZ := $(BUILD)/fuzz/virtq_ring
VIRTQ_FUZZ_SRC := fuzz/virtq_ring.c $(wildcard host-harness/src/*virtq*.c) \
	host-harness/src/error.c $(wildcard sdk/lib/wire/*.c)
FUZZ_TARGETS += $(VIRTQ_FUZZ)

$(VIRTQ_FUZZ): $(VIRTQ_FUZZ_SRC) $(wildcard host-harness/src/*.h fuzz/*.h)
	@mkdir -p $(@D)
	$(call say,FUZZ,$@) clang-19 $(filter-out -MMD -MP,$(HOST_CFLAGS)) \
		-Ihost-harness/src -Isdk/lib -Itests/unit \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-o $@ $(VIRTQ_FUZZ_SRC)
