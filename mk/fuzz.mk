# SPDX-License-Identifier: MIT
# Fuzzing: the library's sources in a build of their own (libFuzzer's
# coverage, ASan, UBSan, no VM in it), the targets, the concurrent mutator.
#
# A target is fuzz/NAME.c; FUZZ_SRC_NAME adds sources, FUZZ_COVERS_NAME names
# the sources whose hash is the decoder's version in fuzz/LEDGER.md.

FUZZ_DIR := $(BUILD)/fuzz
FUZZ_CFLAGS := -std=c11 -O2 -g -D_GNU_SOURCE $(WARNINGS) -MMD -MP \
	-fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all -fsanitize-address-use-after-return=never \
	-include fuzz/support/build_mark.h \
	-Isdk/include -Ihost-harness/include -Ihost-harness/src -Isdk/lib \
	-Itests/unit -Ifuzz
FUZZ_CC = clang-19 $(FUZZ_CFLAGS)
# Of the code under test alone, and of its edges alone: reports of every
# comparison halve the speed, and these targets are made of messages already.
FUZZ_COVERAGE := -fsanitize-coverage=inline-8bit-counters,pc-table
FUZZ_LIB := $(FUZZ_DIR)/libhlfuzz.a
FUZZ_LIB_OBJ := $(patsubst %.c,$(FUZZ_DIR)/obj/%.o,\
	$(wildcard host-harness/src/*.c sdk/lib/wire/*.c))
FUZZ_MARK := $(FUZZ_DIR)/obj/fuzz/support/build_mark.o

$(FUZZ_DIR)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$< (fuzzing)) $(FUZZ_CC) \
		$(if $(filter fuzz/% tests/%,$<),,$(FUZZ_COVERAGE)) -c -o $@ $<

$(FUZZ_LIB): $(FUZZ_LIB_OBJ)
	$(Q)rm -f $@ && $(AR_HOST) rcs $@ $^

.PRECIOUS: $(FUZZ_DIR)/obj/%.o

$(FUZZ_DIR)/obj/fuzz/wire_flatc.o: fuzz/wire_flatc.cc $(wildcard tests/oracle/*.h) \
		$(BUILD)/tests/gen/message_generated.h
	@mkdir -p $(@D)
	$(call say,CXX,$< (fuzzing)) clang++-19 -std=c++17 -O2 -g -Wall -Wextra \
		-Werror -MMD -MP $(filter -fsanitize% -fno-sanitize%,$(FUZZ_CFLAGS)) \
		-fno-sanitize=vptr -Isdk/include -Itests -Itests/oracle -Ifuzz \
		-isystem $(BUILD)/tests/gen -c -o $@ $<

# The same with every load reported (fuzz/support/touch.h): B2, B7.
$(FUZZ_DIR)/traced/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$< (traced)) $(FUZZ_CC) $(FUZZ_COVERAGE),trace-loads \
		-c -o $@ $<

# --- targets ------------------------------------------------------------------

FUZZ_CLI := $(patsubst %,host-harness/cli/%.c,options value_parse value_print \
	exit_status file clock text buffer job_file)
FUZZ_WIRE := $(wildcard sdk/lib/wire/*.c)
FUZZ_TOUCH_LIBS := -Wl,--wrap=__asan_memcpy
FUZZ_MACHINE := $(patsubst %,fuzz/support/%.c,machine guest)

FUZZ_NAMES := $(patsubst fuzz/wire_%.c,wire_%,$(wildcard fuzz/wire_*.c)) wire_flatc \
	stack_bytes virtq_ring host_call guest_streams image_load \
	pagetable_walk cli_arguments snapshot session session_emu session_emu_virtq
FUZZ_TARGETS += $(FUZZ_NAMES:%=$(FUZZ_DIR)/%)

FUZZ_SRC_image_load := tests/unit/elf_builder.c
FUZZ_LIBS_image_load := -lcmocka
FUZZ_SRC_host_call := $(FUZZ_MACHINE)
FUZZ_SRC_guest_streams := $(FUZZ_MACHINE)
FUZZ_SRC_snapshot := $(FUZZ_MACHINE)
FUZZ_SRC_session := $(FUZZ_MACHINE)
FUZZ_SRC_session_emu := $(patsubst %,fuzz/support/%.c,hostile hostile_session)
FUZZ_SRC_session_emu_virtq := $(FUZZ_SRC_session_emu)
FUZZ_SRC_wire_flatc := fuzz/support/message.c
FUZZ_LIBS_wire_flatc := -lstdc++
FUZZ_SRC_wire_work := fuzz/support/touch.c
FUZZ_TRACED_wire_work := $(FUZZ_WIRE)
FUZZ_LIBS_wire_work := $(FUZZ_TOUCH_LIBS)
FUZZ_SRC_stack_bytes := fuzz/support/touch.c
FUZZ_TRACED_stack_bytes := host-harness/src/transport_stack.c $(FUZZ_WIRE)
FUZZ_LIBS_stack_bytes := $(FUZZ_TOUCH_LIBS)
FUZZ_SRC_cli_arguments := $(FUZZ_CLI)
FUZZ_LIBS_cli_arguments := $(BUILD)/lib/host/libyyjson.a -lm

# What each is the proof of (fuzz/decoder-version).
HSRC := host-harness/src
$(foreach t,$(filter wire_%,$(FUZZ_NAMES)),$(eval FUZZ_COVERS_$t := $(FUZZ_WIRE)))
FUZZ_COVERS_wire_guest_read += sdk/lib/read_quick.c
FUZZ_COVERS_stack_bytes := $(HSRC)/transport_stack.c
FUZZ_COVERS_virtq_ring := $(wildcard $(HSRC)/*virtq*.c)
FUZZ_COVERS_host_call := $(HSRC)/host_call.c
FUZZ_COVERS_guest_streams := $(HSRC)/run.c $(HSRC)/abort_stream.c
FUZZ_COVERS_image_load := $(wildcard $(HSRC)/elf_*.c $(HSRC)/image*.c \
	$(HSRC)/note*.c) $(HSRC)/signature.c
FUZZ_COVERS_pagetable_walk := $(HSRC)/pagetable.c
FUZZ_COVERS_snapshot := $(HSRC)/snapshot.c $(HSRC)/pagetable.c \
	$(HSRC)/pagetable_build.c
FUZZ_COVERS_session := $(patsubst %,$(HSRC)/%.c,sandbox call run host_call \
	snapshot kick)
FUZZ_COVERS_cli_arguments := $(FUZZ_CLI) $(HSRC)/signature.c

define fuzz_rule
FUZZ_OBJ_$(1) := $$(FUZZ_DIR)/obj/fuzz/$(1).o \
	$$(FUZZ_SRC_$(1):%.c=$$(FUZZ_DIR)/obj/%.o) \
	$$(FUZZ_TRACED_$(1):%.c=$$(FUZZ_DIR)/traced/%.o)
$$(FUZZ_DIR)/$(1): $$(FUZZ_OBJ_$(1)) $$(FUZZ_MARK) $$(FUZZ_LIB) \
		$$(filter %.a,$$(FUZZ_LIBS_$(1)))
	$$(call say,LINK,$$@) clang-19 -fsanitize=fuzzer,address,undefined -o $$@ \
		$$(FUZZ_OBJ_$(1)) $$(FUZZ_MARK) $$(FUZZ_LIB) $$(FUZZ_LIBS_$(1)) \
		$$(HOST_LIBS)
endef
$(foreach t,$(FUZZ_NAMES),$(eval $(call fuzz_rule,$t)))

# Seeds: text in the tree, a file each beside the target.
FUZZ_SEEDS := $(FUZZ_NAMES:%=$(FUZZ_DIR)/%.seeds)
$(FUZZ_SEEDS): $(FUZZ_DIR)/%.seeds: fuzz/corpus/%.hex fuzz/seeds
	$(Q)rm -rf $@ && fuzz/seeds unpack $< $@
TEST_NEEDS += $(FUZZ_SEEDS)
UNIT_TESTS += $(BUILD)/tests/unit/provided_call
BATS_FILES += tests/fuzz.bats

$(FUZZ_DIR)/obj/host-harness/cli/%.o $(FUZZ_DIR)/obj/fuzz/cli_arguments.o: \
	FUZZ_CFLAGS += -isystem $(BUILD)/include
$(FUZZ_DIR)/obj/host-harness/cli/job_file.o: | $(BUILD)/include/yyjson.h

FUZZ_MUTATOR := $(FUZZ_DIR)/mutator
FUZZ_VM_NAMES := vm-emu vm-kvm vm-emu-virtq vm-kvm-virtq
FUZZ_VM := $(FUZZ_VM_NAMES:%=$(FUZZ_DIR)/%)

# --- running them --------------------------------------------------------------

FUZZ_LEDGER ?= fuzz/LEDGER.md
SECONDS ?= 0
RUNS ?= 0
fuzz_campaign = fuzz/campaign $(FUZZ_DIR)/$(1) $(2) $(3) $(4) $(FUZZ_COVERS_$(1))

# Whole machines: what they cover is nearly everything.
FUZZ_COVERS_mutator := $(patsubst %,$(HSRC)/%.c,transport_stack \
	transport_virtq virtq virtq_message host_call call run snapshot pagetable)
FUZZ_COVERS_vm-emu := $(FUZZ_COVERS_mutator) $(wildcard $(HSRC)/vmm_emu*.c)
FUZZ_COVERS_session_emu := $(FUZZ_COVERS_vm-emu)
FUZZ_COVERS_vm-kvm := $(FUZZ_COVERS_mutator) $(wildcard $(HSRC)/vmm_kvm*.c)
# Their twins over virtqueues: both transports are in the mutator's list.
FUZZ_COVERS_session_emu_virtq := $(FUZZ_COVERS_session_emu)
FUZZ_COVERS_vm-emu-virtq := $(FUZZ_COVERS_vm-emu)
FUZZ_COVERS_vm-kvm-virtq := $(FUZZ_COVERS_vm-kvm)

FUZZ_ALL := $(FUZZ_NAMES) mutator $(FUZZ_VM_NAMES)
FUZZ_TARGETS += $(FUZZ_MUTATOR) $(FUZZ_VM)

# What make cannot build by such a name is asked for here, not there.
FUZZ_TARGET := $(filter $(FUZZ_ALL),$(TARGET))
fuzz_named = test -n "$(FUZZ_TARGET)" || { echo "make $@: TARGET=… is one of" \
	"$(FUZZ_ALL)" >&2; exit 2; }

.PHONY: fuzz fuzz-all fuzz-repro fuzz-seeds fuzz-ledger fuzz-mutator fuzz-vm
fuzz: $(FUZZ_TARGET:%=$(FUZZ_DIR)/%) \
		$(filter $(FUZZ_TARGET:%=$(FUZZ_DIR)/%.seeds),$(FUZZ_SEEDS)) ## Fuzz TARGET for SECONDS or RUNS and enter it into the ledger
	@$(fuzz_named)
	@$(call fuzz_campaign,$(TARGET),$(SECONDS),$(RUNS),$(FUZZ_LEDGER))

fuzz-all: $(FUZZ_TARGETS) $(FUZZ_SEEDS) ## Fuzz every target in turn, each for SECONDS (60) or RUNS
	@$(foreach t,$(FUZZ_ALL),$(call fuzz_campaign,$t,$(FUZZ_EACH),$(RUNS),\
		$(FUZZ_LEDGER)) &&) true
FUZZ_EACH = $(if $(filter-out 0,$(SECONDS) $(RUNS)),$(SECONDS),60)

fuzz-repro: $(FUZZ_TARGET:%=$(FUZZ_DIR)/%) ## Run TARGET once with the input FILE
	@$(fuzz_named)
	@fuzz/campaign --repro $(FUZZ_DIR)/$(TARGET) '$(FILE)' '$(SEED)' $(RUNS)

fuzz-seeds: ## Make the seeds of TARGET anew from what its runs have found
	@$(fuzz_named)
	@mkdir -p $(FUZZ_DIR)/$(TARGET).merged
	@$(FUZZ_DIR)/$(TARGET) -merge=1 -set_cover_merge=1 \
		$(FUZZ_DIR)/$(TARGET).merged $(FUZZ_DIR)/$(TARGET).corpus 2>/dev/null
	@{ echo "# Seeds of $(TARGET): an input a line, in hex (fuzz/seeds)."; \
		fuzz/seeds pack $(FUZZ_DIR)/$(TARGET).merged 32; } \
		>fuzz/corpus/$(TARGET).hex

fuzz-ledger: ## Sum up the ledger by decoder version, and say what goes on
	@fuzz/ledger $(FUZZ_LEDGER) $(foreach t,$(FUZZ_ALL),\
		"$t $$(fuzz/decoder-version $(FUZZ_COVERS_$t))")

fuzz-mutator: ## Rewrite shared memory in a thread while the host decodes (SECONDS)
	@$(MAKE) --no-print-directory fuzz TARGET=mutator

fuzz-vm: ## Let a guest scribble from a seed, on emulator and KVM (SECONDS or RUNS)
	@for target in $(FUZZ_VM_NAMES); do \
		$(MAKE) --no-print-directory fuzz TARGET=$$target || exit 1; done

# --- the concurrent mutator ---------------------------------------------------

FUZZ_VM_OBJ := $(patsubst %,$(FUZZ_DIR)/obj/fuzz/support/%.o,machine guest)

$(FUZZ_MUTATOR): $(FUZZ_DIR)/obj/fuzz/mutator.o $(FUZZ_VM_OBJ) $(FUZZ_MARK) \
		$(FUZZ_LIB)
	$(call say,LINK,$@) clang-19 -fsanitize=address,undefined -o $@ $^ \
		$(HOST_LIBS)

# --- inside a VM ----------------------------------------------------------------

# The guests' rules: mk/tests.mk. One source, and a transport each.
FUZZ_GUEST := $(BUILD)/tests/guests/raw/scribble
FUZZ_GUEST_VIRTQ := $(FUZZ_GUEST)_virtq
FUZZ_GUESTS := $(FUZZ_GUEST) $(FUZZ_GUEST_VIRTQ)
FUZZ_GUEST_SRC := fuzz/guest/scribble.c fuzz/guest/stack.c
FUZZ_GUEST_VIRTQ_SRC := fuzz/guest/scribble.c fuzz/guest/virtq.c
$(FUZZ_DIR)/session_emu $(FUZZ_DIR)/session_emu_virtq: | $(FUZZ_GUESTS)
FUZZ_HOSTILE := $(FUZZ_DIR)/obj/fuzz/support/hostile.o

$(FUZZ_VM): $(FUZZ_DIR)/obj/fuzz/vm.o $(FUZZ_HOSTILE) $(FUZZ_MARK) \
		$(FUZZ_LIB) | $(FUZZ_GUESTS)
	$(call say,LINK,$@) clang-19 -fsanitize=address,undefined -o $@ \
		$(filter %.o %.a,$^) $(HOST_LIBS)

-include $(FUZZ_LIB_OBJ:.o=.d) $(wildcard $(FUZZ_DIR)/obj/fuzz/*.d \
	$(FUZZ_DIR)/obj/*/*/*.d $(FUZZ_DIR)/traced/*/*/*.d \
	$(FUZZ_DIR)/traced/*/*/*/*.d)
