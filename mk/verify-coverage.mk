# SPDX-License-Identifier: MIT
# make coverage: every line, branch and MC/DC condition of the code that reads
# what a guest or an image says is reached by the unit tests alone (clang's
# source-based coverage); tests/coverage/unreachable has what cannot be.

COV := $(BUILD)/coverage
COV_FLAGS := -fprofile-instr-generate -fcoverage-mapping
COV_MCDC = $(if $(filter $(COV_BOUNDARY),$<),-fcoverage-mcdc)
COV_CFLAGS = $(filter-out -fsanitize% -fno-sanitize%,$(UNIT_CFLAGS)) \
	-Itests/host -isystem $(BUILD)/include $(COV_FLAGS)
COV_LIB := $(COV)/libhost.a

COV_BOUNDARY := $(wildcard sdk/lib/wire/*.c) $(patsubst %,host-harness/src/%.c,\
	transport_stack transport_virtq virtq virtq_layout virtq_message \
	abort_stream layout host_call signature note note_set) \
	$(wildcard host-harness/src/elf_*.c host-harness/src/image*.c)

# Tests that are there for the last lines of it.
UNIT_TESTS += $(BUILD)/tests/unit/transport_memory \
	$(BUILD)/tests/unit/host_call_memory
UNIT_LIBS_transport_memory = -Wl,--wrap=malloc -Wl,--wrap=calloc
UNIT_LIBS_host_call_memory = -Wl,--wrap=calloc
UNIT_SRC_host_call_memory := tests/unit/fake_vmm.c tests/unit/fake_sandbox.c

$(COV)/obj/%.o: %.c | $(BUILD)/include/yyjson.h
	@mkdir -p $(@D)
	$(call say,CC,$< (coverage)) $(UNIT_CC) $(COV_CFLAGS) $(COV_MCDC) -c -o $@ $<
$(COV)/obj/%.o: %.S
	@mkdir -p $(@D)
	$(call say,AS,$<) $(UNIT_CC) -c -o $@ $<
$(COV_LIB): $(HOST_SRC:%.c=$(COV)/obj/%.o)
	$(Q)rm -f $@ && $(AR_HOST) rcs $@ $^
.PRECIOUS: $(COV)/obj/%.o

# --- the programs --------------------------------------------------------------

COV_UNIT = $(patsubst $(BUILD)/tests/unit/%,$(COV)/unit/%,\
	$(filter $(BUILD)/tests/unit/%,$(UNIT_TESTS)))
cov_objects = $(patsubst %.c,$(COV)/obj/%.o,$(UNIT_SRC_$(1)) \
	$(if $(filter wire_% read_quick,$(1)),tests/unit/wire_support.c))

$(COV)/unit/%: $(COV)/obj/tests/unit/%.o $$(call cov_objects,$$*) $(COV_LIB) \
		| $(BUILD)/lib/host/libyyjson.a
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(UNIT_CC) $(COV_FLAGS) -o $@ $(filter %.o,$^) \
		$(COV_LIB) -lcmocka $(UNIT_LIBS_$*) $(HOST_LIBS)

# --- running and judging ---------------------------------------------------------

.PHONY: coverage
coverage: $$(COV_UNIT) ## Lines, branches, MC/DC of the boundary's code by the unit tests: all
	$(Q)tests/coverage/boundary $(COV) $(LLVM) $(COV_BOUNDARY)

-include $(shell find $(COV)/obj -name '*.d' 2>/dev/null)
