# SPDX-License-Identifier: MIT
# make coverage:
#
#   boundary  every line, branch and MC/DC condition of the code that reads what
#             a guest or an image says is reached by the unit tests alone
#             (clang's source-based coverage); tests/coverage/unreachable has
#             what cannot be
#   tree      95 % of all lines of host-harness/ and of sdk/lib/, by the unit
#             tests, the host's programs and hl's tests (tests/coverage/tree)

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

# --- the tree ------------------------------------------------------------------

# Counters in a mapped file: what a process did counts however it ends, and hl
# writes nothing under its filter. (MC/DC cannot be had so: objects of their own.)
COV_TREE := $(COV)/tree
COV_TREE_FLAGS := $(COV_FLAGS) -mllvm -runtime-counter-relocation
COV_TREE_HL := $(COV_TREE)/bin/hl
COV_BLOCKS := $(COV_TREE)/libblocks.so
COV_TREE_FAULTS := $(COV_TREE)/host/faults
# Not what runs one path for long, nor on KVM what is the same on both backends.
COV_TREE_ON_KVM := core hostile_startup hostile_ports hostile_memory \
	oracle_faults interrupts ioctls
COV_TREE_SUITES = $(filter-out kills:% soak:%,$(foreach s,$(HOST_SUITES),\
	$(if $(findstring :kvm:,$(s)),$(filter $(COV_TREE_ON_KVM:%=%:%),$(s)),$(s))))
COV_TREE_HOST = $(sort $(foreach s,$(COV_TREE_SUITES),$(COV_TREE)/host/$(firstword \
	$(subst :, ,$(s))))) $(COV_TREE_FAULTS)
COV_TREE_BATS := $(patsubst %,tests/cli/%.bats,$(addprefix hl-,run call job \
	inspect check doctor new trace faults bench) samples guest-libc)

$(COV_TREE)/obj/%.o: %.c | $(BUILD)/include/yyjson.h
	@mkdir -p $(@D)
	$(call say,CC,$< (coverage of the tree)) $(UNIT_CC) \
		$(filter-out $(COV_FLAGS),$(COV_CFLAGS)) $(COV_TREE_FLAGS) -c -o $@ $<
$(COV_TREE)/libhost.a: $(HOST_SRC:%.c=$(COV_TREE)/obj/%.o)
	$(Q)rm -f $@ && $(AR_HOST) rcs $@ $^
$(COV_TREE)/host/%: $(TEST_DIR)/hostobj/%.o $(TEST_DIR)/hostobj/support.o \
		$(COV_TREE)/libhost.a
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(UNIT_CC) $(COV_FLAGS) -o $@ $^ -lcmocka \
		$(filter-out %.o,$(UNIT_LIBS_$*)) $(HOST_LIBS)
$(COV_TREE)/libhost-faults.a: $(COV_TREE)/libhost.a
	$(Q)objcopy $(foreach f,$(FAULTS_WRAPPED),--redefine-sym $f=fault_at_$f) \
		$< $@
$(COV_TREE_FAULTS): $$(patsubst %.c,$$(TEST_DIR)/obj/%.o,$$(FAULTS_SRC)) \
		$(COV_TREE)/libhost-faults.a
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(UNIT_CC) $(COV_FLAGS) -fsanitize=address,undefined \
		-o $@ $^ $(HOST_LIBS)
$(COV_TREE_HL): $(CLI_SRC:%.c=$(COV_TREE)/obj/%.o) $(COV_TREE)/libhost.a \
		$(BUILD)/lib/host/libyyjson.a
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(UNIT_CC) $(COV_FLAGS) -o $@ $^ $(CLI_LIBS)
$(COV_BLOCKS): tests/coverage/blocks.c $(UNICORN)
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(CC_HOST) $(filter-out -MMD -MP,$(HOST_CFLAGS)) \
		-Ihost-harness/src -fPIC -shared -o $@ $< $(UNICORN) \
		-Wl,-rpath,$(abspath $(dir $(UNICORN)))
.PRECIOUS: $(COV_TREE)/obj/%.o

define COV_TREE_LIST
$(foreach s,$(COV_TREE_SUITES),$(subst $(TEST_DIR)/host/,$(COV_TREE)/host/,\
$(call host_suite,$(subst :, ,$(s))))
)$(foreach t,stack virtq,faults/emu-$(t) env -u HL_UNICORN \
LLVM_PROFILE_FILE=$(COV_TREE)/raw/faults-$(t)%c.profraw $(COV_TREE_FAULTS) \
emu $(t) $(FAULTS_GUEST)
)$(foreach t,$(COV_TREE_BATS),$(t:tests/%.bats=bats/%) bats \
--no-tempdir-cleanup --formatter tap $(t)
)
endef

# --- running and judging ---------------------------------------------------------

COV_NEEDS = $(COV_UNIT) $(COV_TREE_HL) $(COV_TREE_HOST) $(COV_BLOCKS)

.PHONY: coverage coverage-boundary coverage-lists
$(COV_TREE):
	@mkdir -p $@

# The folder first: make writes the files before a recipe's first line runs.
coverage-lists: | $(COV_TREE)
	$(file >$(COV)/sources,$(COV_BOUNDARY))
	$(file >$(COV_TREE)/suites,$(COV_TREE_LIST))

coverage-boundary: $$(COV_UNIT) coverage-lists ## Cover the boundary by unit tests alone: every line, branch, MC/DC condition
	$(Q)tests/coverage/boundary $(COV) $(LLVM)

coverage: $$(COV_NEEDS) $$(ALL) $$(TEST_NEEDS) coverage-boundary ## Cover 95 % of the lines of host and guest library, and all of the boundary
	$(Q)tests/coverage/tree $(COV) $(LLVM) $(BUILD)

# In CI a suite (the units run again without a sanitizer, then the tree's tests).
ifdef CI
SERIAL_TESTS += coverage=tests/coverage/suite,$(COV),$(LLVM),$(BUILD)
TEST_NEEDS += $(COV_NEEDS) coverage-lists
endif

-include $(shell find $(COV)/obj $(COV_TREE)/obj -name '*.d' 2>/dev/null)
