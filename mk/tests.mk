# SPDX-License-Identifier: MIT
# `make test`: every suite, one sum. `make guarantees`: every promise, its tests.
#
# A part adds its own tests by appending to
#   UNIT_TESTS    cmocka programs $(BUILD)/tests/unit/NAME, made from
#                 tests/unit/NAME.c by the rule below (sanitized, linked with
#                 the sanitized host library; UNIT_SRC_NAME adds sources,
#                 UNIT_LIBS_NAME libraries)
#   BATS_FILES    tests/…/NAME.bats; they find the tools under $HL_BUILD
#   TAP_TESTS     other programs that print TAP
#   ARGUMENT_TESTS NAME=COMMAND,WITH,COMMAS: the same with arguments
#   SERIAL_TESTS  NAME=COMMAND,WITH,COMMAS: suites that measure time, run alone
#   TEST_NEEDS    files that must be built before the tests run
#
# Tests need no network and write only below $(BUILD).

TEST_DIR := $(BUILD)/tests
TEST_LOG := $(TEST_DIR)/log
TEST_JOBS ?= 2

# --- sanitized unit tests ---------------------------------------------------

UNIT_CC ?= clang-19
UNIT_CFLAGS := -std=c11 -O1 -g -D_GNU_SOURCE $(WARNINGS) -MMD -MP \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -Isdk/include -Ihost-harness/include \
	-Ihost-harness/src -Isdk/lib -Itests/unit
UNIT_LIB := $(TEST_DIR)/obj/libhost-unit.a
UNIT_OBJ := $(HOST_SRC:%.c=$(TEST_DIR)/obj/%.o)

$(TEST_DIR)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$< (sanitized)) $(UNIT_CC) $(UNIT_CFLAGS) -c -o $@ $<

.PRECIOUS: $(TEST_DIR)/obj/%.o

$(UNIT_LIB): $(UNIT_OBJ)
	$(Q)rm -f $@ && $(AR_HOST) rcs $@ $^

# The fake VM stands in for the backends, so that these tests run anywhere.
HOST_FAKE := host_backend host_call host_call_errors host_call_types host_edges \
	host_exits host_images host_memory host_queues host_snapshot host_trace
HOST_UNIT := $(HOST_FAKE) host_abort_stream host_concurrent host_config host_kick \
	host_layout host_transport_pop host_transport_push
UNIT_TESTS += $(HOST_UNIT:%=$(TEST_DIR)/unit/%)
UNIT_SRC_host_kick := tests/unit/fake_vmm.c
$(foreach t,$(HOST_FAKE),\
	$(eval UNIT_SRC_$(t) := tests/unit/fake_vmm.c tests/unit/fake_sandbox.c))
UNIT_SRC_host_images += tests/unit/elf_builder.c

# It lets these fail.
UNIT_LIBS_host_memory := -Wl,--wrap=malloc -Wl,--wrap=calloc \
	-Wl,--wrap=realloc -Wl,--wrap=mmap -Wl,--wrap=munmap
UNIT_LIBS_host_queues := -Wl,--wrap=malloc -Wl,--wrap=calloc
UNIT_LIBS_host_backend := -Wl,--wrap=getrandom -Wl,--wrap=timer_create \
	-Wl,--wrap=syscall

unit_objects = $(patsubst %.c,$(TEST_DIR)/obj/%.o,$(UNIT_SRC_$(1)))

.SECONDEXPANSION:
$(TEST_DIR)/unit/%: $(TEST_DIR)/obj/tests/unit/%.o \
		$$(call unit_objects,$$*) $(UNIT_LIB)
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(UNIT_CC) -fsanitize=address,undefined -o $@ \
		$(filter %.o,$^) $(UNIT_LIB) -lcmocka $(UNIT_LIBS_$*) $(HOST_LIBS)

# --- guests without the SDK ---------------------------------------------------

# They bring their own start-up (tests/raw) and do what the SDK never would.
# They hold no SSE instruction, so that one build of each runs everywhere.
RAW_DIR := $(TEST_DIR)/guests/raw
RAW_START := tests/raw/raw tests/raw/raw_entry
RAW_CFLAGS := -std=gnu11 -O2 -fno-stack-protector $(WARNINGS) -Itests/raw -MMD -MP

HOSTILE_CC = $(HL_CC) -mfloat=soft
HOSTILE_OBJ := $(RAW_DIR)/obj
HOSTILE_START := $(RAW_START:%=$(HOSTILE_OBJ)/%.o)
# Folders are named after the promise they attack; these are one image. Those of
# both transports are linked for virtqueues, too, with what sends over them.
hostile_sources = $(wildcard $(addprefix tests/guests/,$(addsuffix /*.c,$(1))))
HOSTILE_BOTH := b1_messages b15_ports b17_endless p3_instructions p3_memory
HOSTILE_SRC := $(call hostile_sources,$(HOSTILE_BOTH) b4_output_stack p6_messages)
VIRTQ_RAW_SRC := $(call hostile_sources,$(HOSTILE_BOTH) b1_queues)
VIRTQ_BASE := tests/guests/b1_queues/base.c
LEFT_VIRTQ_SRC := $(wildcard tests/guests/p2_left_behind/*.[cS])
LEFT_SRC := $(filter-out %/queues.c,$(LEFT_VIRTQ_SRC))
STARTUP_DIR := tests/guests/p5_startup
STARTUP_SRC := $(wildcard $(STARTUP_DIR)/*.c)
STARTUP_GUESTS := $(STARTUP_SRC:$(STARTUP_DIR)/%.c=$(RAW_DIR)/startup_%)
STARTUP_VIRTQ := $(addsuffix _virtq,$(STARTUP_GUESTS))
HOSTILE_GUESTS := $(addprefix $(RAW_DIR)/,hostile hostile_virtq left left_virtq) \
	$(FUZZ_GUESTS) $(STARTUP_GUESTS) $(STARTUP_VIRTQ)

$(HOSTILE_OBJ)/%.o: %.c | guest-sdk
	@mkdir -p $(@D)
	$(call say,HL-CC,$<) $(HOSTILE_CC) $(RAW_CFLAGS) -c -o $@ $<
$(HOSTILE_OBJ)/%.o: %.S | guest-sdk
	@mkdir -p $(@D)
	$(call say,HL-CC,$<) $(HOSTILE_CC) -c -o $@ $<

hostile_objects = $(patsubst %,$(HOSTILE_OBJ)/%.o,$(basename $(1)))
HOSTILE_ENTRY := raw_entry
$(RAW_DIR)/left $(RAW_DIR)/left_virtq: HOSTILE_ENTRY := left_entry
$(RAW_DIR)/hostile: $(call hostile_objects,$(HOSTILE_SRC))
$(RAW_DIR)/hostile_virtq: $(call hostile_objects,$(VIRTQ_RAW_SRC))
$(RAW_DIR)/left: $(call hostile_objects,$(LEFT_SRC))
$(RAW_DIR)/left_virtq: $(call hostile_objects,$(LEFT_VIRTQ_SRC) $(VIRTQ_BASE))
$(FUZZ_GUEST): $(call hostile_objects,$(FUZZ_GUEST_SRC))
$(FUZZ_GUEST_VIRTQ): $(call hostile_objects,$(FUZZ_GUEST_VIRTQ_SRC) $(VIRTQ_BASE))
$(STARTUP_GUESTS): $(RAW_DIR)/startup_%: $(HOSTILE_OBJ)/$(STARTUP_DIR)/%.o
$(STARTUP_VIRTQ): $(RAW_DIR)/startup_%_virtq: $(HOSTILE_OBJ)/$(STARTUP_DIR)/%.o \
	$(call hostile_objects,$(VIRTQ_BASE))
$(HOSTILE_GUESTS): $(HOSTILE_START)
	$(call say,HL-CC,$@) $(HOSTILE_CC) -nostdlib -Wl,-e,$(HOSTILE_ENTRY) -o $@ $^

# Guests that hlkit's tools did not make either: those of others (tests/others),
# and the one whose answers under the real host are on record.
RAW_CC := clang-19 --target=x86_64-unknown-none-elf -march=x86-64 \
	-mgeneral-regs-only -mno-red-zone -fPIE -fvisibility=hidden \
	-ffreestanding -Isdk/include
RAW_LD := ld.lld-19 -pie --no-dynamic-linker -z norelro -z noexecstack \
	--build-id=none
RAW_OBJ := $(RAW_DIR)/clang
RAW_BASE := $(RAW_START:%=$(RAW_OBJ)/%.o)
FAULT_SRC := $(wildcard tests/oracle-faults/*.c tests/oracle-faults/*.S)
RAW_GUESTS := $(HOSTILE_GUESTS) $(RAW_DIR)/fault_guest

$(RAW_OBJ)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,RAW-CC,$<) $(RAW_CC) $(RAW_CFLAGS) -c -o $@ $<
$(RAW_OBJ)/%.o: %.S
	@mkdir -p $(@D)
	$(call say,RAW-CC,$<) $(RAW_CC) -MMD -MP -c -o $@ $<

$(RAW_DIR)/fault_guest: $(patsubst %,$(RAW_OBJ)/%.o,$(basename $(FAULT_SRC))) \
		$(RAW_BASE)
	$(call say,RAW-LD,$@) $(RAW_LD) --entry fault_entry -o $@ $^

TEST_NEEDS += $(RAW_GUESTS)

# --- the host's core with real guests ----------------------------------------

# NAME:BACKEND:FLOAT[:virtq]; FLOAT `raw` has one build for all. The same
# guests speak both transports: with virtq they are called over the other one.
HOST_RAW := hostile_calls hostile_memory hostile_ports hostile_startup \
	hostile_messages hostile_grants oracle_faults nothing_left
HOST_SDK := core guests hostile_host snapshots interrupts threads
HOST_SUITES := $(foreach t,$(HOST_RAW),$(t):kvm:raw $(t):emu:raw) \
	$(foreach t,$(HOST_SDK),$(t):kvm:soft $(t):emu:soft $(t):emu:sse2) \
	ioctls:kvm:soft \
	$(foreach t,core snapshots interrupts threads guests,\
		$(t):kvm:soft:virtq $(t):emu:sse2:virtq) ioctls:kvm:soft:virtq
UNIT_LIBS_ioctls := -Wl,--wrap=ioctl
# They encode messages themselves; the library's names are hidden.
UNIT_LIBS_hostile_messages = $(UNIT_LIBS_hostile_grants)
UNIT_LIBS_hostile_grants = $(filter %.o,$(WIRE_SRC:%.c=$(BUILD)/obj/host/%.o))
HOST_PROGRAMS := $(sort $(foreach s,$(HOST_SUITES),$(TEST_DIR)/host/$(firstword \
	$(subst :, ,$(s)))))
# hostile_host, hostile_host_virtq and nothing_left look at the library's own
# headers.
HOST_TEST_CFLAGS := $(HOST_CFLAGS) -Itests/unit -Itests/host -Ihost-harness/src
BATS_FILES += tests/host/library.bats tests/catalogue.bats tests/run.bats

$(TEST_DIR)/hostobj/%.o: tests/host/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<) $(CC_HOST) $(HOST_TEST_CFLAGS) -c -o $@ $<

.PRECIOUS: $(TEST_DIR)/hostobj/%.o $(HOSTILE_OBJ)/%.o $(RAW_OBJ)/%.o
$(TEST_DIR)/host/%: $(TEST_DIR)/hostobj/%.o $(TEST_DIR)/hostobj/support.o \
		$(LIBHLHOST)
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(CC_HOST) $(HOST_LDFLAGS) -o $@ $^ -lcmocka \
		$(UNIT_LIBS_$*) $(HOST_LIBS)

TEST_NEEDS += $(HOST_PROGRAMS)

# --- the suites -------------------------------------------------------------

host_suite = host/$(subst $(space),-,$(strip $(1))) \
	$(TEST_DIR)/host/$(word 1,$(1)) $(word 2,$(1)) \
	$(TEST_DIR)/guests/$(word 3,$(1)) $(word 4,$(1))

fuzz_suite = tests/fuzz-briefly $(1) $(FUZZ_SECONDS) $(TEST_DIR)/fuzz

# NAME COMMAND WITH COMMAS of NAME=COMMAND,WITH,COMMAS
argument_suite = $(subst $(comma), ,$(subst =, ,$(1)))

# NAME COMMAND, one a line, for tests/run
define TEST_LIST
$(foreach t,$(UNIT_TESTS),$(t:$(TEST_DIR)/%=%) $(t)
)$(foreach t,$(TAP_TESTS),$(t:$(TEST_DIR)/%=%) $(t)
)$(foreach s,$(HOST_SUITES),$(call host_suite,$(subst :, ,$(s)))
)$(foreach t,$(FUZZ_TARGETS),$(t:$(BUILD)/%=%) $(call fuzz_suite,$(t))
)$(foreach t,$(BATS_FILES),$(t:tests/%.bats=bats/%) bats --formatter tap $(t)
)$(foreach t,$(ARGUMENT_TESTS),$(call argument_suite,$(t))
)$(foreach t,$(SERIAL_TESTS),!$(call argument_suite,$(t))
)
endef
comma := ,
space := $(subst ,, )

.PHONY: test test-build guarantees guarantees-doc
test-build: $$(ALL) $$(UNIT_TESTS) $$(TAP_TESTS) $$(FUZZ_TARGETS) \
		$$(TEST_NEEDS)

$(TEST_DIR):
	@mkdir -p $@

# A minute a fuzz target in CI.
FUZZ_SECONDS ?= $(if $(CI),60,5)

test: test-build | $(TEST_DIR) ## Run every test; the last line is the sum (V=1: all output)
	$(file >$(TEST_DIR)/suites,$(TEST_LIST))
	@HL_BUILD=$(abspath $(BUILD)) tests/run $(if $(filter-out 0,$(V)),-v) \
		-j $(TEST_JOBS) $(TEST_LOG) <$(TEST_DIR)/suites

# Results of an earlier run would speak for code that does not build now.
guarantees: ## Run the tests and show which of them prove which promise
	@rm -rf $(TEST_LOG)
	@$(MAKE) --no-print-directory test >$(TEST_DIR).log 2>&1 || \
		{ tail -n 1 $(TEST_DIR).log; }
	@tests/guarantees $(TEST_LOG)

guarantees-doc: ## Write docs/guarantees.md from the tests' names
	@tests/guarantees-doc >$(TEST_DIR).md && mv $(TEST_DIR).md docs/guarantees.md

-include $(UNIT_OBJ:.o=.d) $(wildcard $(TEST_DIR)/obj/tests/*/*.d \
	$(TEST_DIR)/hostobj/*.d) $(shell find $(RAW_DIR) -name '*.d' 2>/dev/null)
