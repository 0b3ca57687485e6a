# SPDX-License-Identifier: MIT
# Guests that follow the specification and were not made by hlkit (tests/others),
# with and without Hyperlight's version note.

OTHERS := other_stack other_virtq
# NAME-VERSION: what --strict-note wants of each, and one it does not
OTHERS_NOTED := other_stack-0.17.0 other_stack-0.16.0 other_virtq-0.18.0 \
	other_virtq-0.17.0
OTHER_FILES := $(addprefix $(RAW_DIR)/,$(OTHERS) $(OTHERS_NOTED))
OTHER_OBJ := $(RAW_OBJ)/tests/others

HOST_SUITES += $(foreach b,kvm emu,others:$(b):raw others:$(b):raw:virtq)
BATS_FILES += tests/cli/others.bats
TEST_NEEDS += $(OTHER_FILES) $(TEST_DIR)/host/others
test-interop: $(OTHER_FILES)

$(OTHER_OBJ)/entry-%.o: tests/others/other_entry.S sdk/include/hl/abi.h
	@mkdir -p $(@D)
	$(call say,RAW-CC,$@) $(RAW_CC) -DVERSION='"$*"' -c -o $@ $<

# No section headers either, where there is no note to be found by them.
$(addprefix $(RAW_DIR)/,$(OTHERS)): $(OTHER_OBJ)/other_entry.o
$(addprefix $(RAW_DIR)/,$(OTHERS)): OTHER_STRIP := --strip-all
$(foreach n,$(OTHERS_NOTED),$(eval $(RAW_DIR)/$(n): \
	$(OTHER_OBJ)/entry-$(lastword $(subst -, ,$(n))).o))
$(filter $(RAW_DIR)/other_stack%,$(OTHER_FILES)): $(OTHER_OBJ)/other_stack.o
$(filter $(RAW_DIR)/other_virtq%,$(OTHER_FILES)): $(OTHER_OBJ)/other_virtq.o \
	$(RAW_OBJ)/tests/guests/b1_queues/base.o
$(OTHER_FILES): $(OTHER_OBJ)/other.o $(RAW_BASE)
	$(call say,RAW-LD,$@) $(RAW_LD) $(OTHER_STRIP) --entry other_entry -o $@ $^
