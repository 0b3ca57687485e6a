# SPDX-License-Identifier: MIT
# make sanitize: the tests under each of clang's sanitizers. make test itself
# runs every unit test with ASan and UBSan; here are the two that exclude them
# (part of make test in CI).
#
#   TSan  threads of sandboxes on each backend, kills at any moment, and the
#         unit tests of the kick (a signal that comes while uninstrumented code
#         runs is held back by TSan: kills need a VM that the kernel runs)
#   MSan  the codec and both transports, where all code is instrumented; the
#         bytes that go out are asked for one by one (tests/unit/outgoing.c)

SAN_DIR := $(BUILD)/sanitize
SAN_CFLAGS = $(filter-out -fsanitize% -fno-sanitize%,$(UNIT_CFLAGS)) \
	-Itests/host

# --- ThreadSanitizer ----------------------------------------------------------

TSAN_FLAGS := -fsanitize=thread
TSAN_HOST := threads interrupts kills
TSAN_PROGRAMS := $(TSAN_HOST:%=$(SAN_DIR)/tsan/host/%) \
	$(SAN_DIR)/tsan/unit/host_kick
TSAN_LIB := $(SAN_DIR)/tsan/libhost.a

$(SAN_DIR)/tsan/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$< (TSan)) $(UNIT_CC) $(SAN_CFLAGS) $(TSAN_FLAGS) -c -o $@ $<
$(TSAN_LIB): $(HOST_SRC:%.c=$(SAN_DIR)/tsan/obj/%.o)
	$(Q)rm -f $@ && $(AR_HOST) rcs $@ $^
$(SAN_DIR)/tsan/host/%: $(SAN_DIR)/tsan/obj/tests/host/%.o \
		$(SAN_DIR)/tsan/obj/tests/host/support.o $(TSAN_LIB)
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(UNIT_CC) $(TSAN_FLAGS) -o $@ $^ -lcmocka $(HOST_LIBS)
$(SAN_DIR)/tsan/unit/%: $(SAN_DIR)/tsan/obj/tests/unit/%.o \
		$(SAN_DIR)/tsan/obj/tests/unit/fake_vmm.o $(TSAN_LIB)
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(UNIT_CC) $(TSAN_FLAGS) -o $@ $^ -lcmocka $(HOST_LIBS)

# --- MemorySanitizer ----------------------------------------------------------

MSAN_FLAGS := -fsanitize=memory -fsanitize-memory-track-origins \
	-fsanitize-memory-use-after-dtor
MSAN_TESTS = $(WIRE_TESTS) $(VIRTQ_UNIT) host_transport_pop \
	host_transport_push host_abort_stream host_layout outgoing
MSAN_PROGRAMS = $(MSAN_TESTS:%=$(SAN_DIR)/msan/unit/%)
MSAN_LIB := $(SAN_DIR)/msan/libhost.a

UNIT_TESTS += $(BUILD)/tests/unit/outgoing

msan_support = $(if $(filter wire_%,$(1)),\
	$(SAN_DIR)/msan/obj/tests/unit/wire_support.o)

$(SAN_DIR)/msan/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$< (MSan)) $(UNIT_CC) $(SAN_CFLAGS) $(MSAN_FLAGS) -c -o $@ $<
$(MSAN_LIB): $(HOST_SRC:%.c=$(SAN_DIR)/msan/obj/%.o)
	$(Q)rm -f $@ && $(AR_HOST) rcs $@ $^
$(SAN_DIR)/msan/unit/%: $(SAN_DIR)/msan/obj/tests/unit/%.o \
		$$(call msan_support,$$*) $(MSAN_LIB)
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(UNIT_CC) $(MSAN_FLAGS) -o $@ $(filter %.o,$^) \
		$(MSAN_LIB) -lcmocka $(UNIT_LIBS_$*) $(HOST_LIBS)

.PRECIOUS: $(SAN_DIR)/tsan/obj/%.o $(SAN_DIR)/msan/obj/%.o

# --- running them --------------------------------------------------------------

# NAME=COMMAND,WORD… as tests/run has its suites; what runs on KVM skips its
# tests where there is none. P2_3: the other test of threads measures memory, of
# which TSan takes more.
TSAN_ON = host/tsan-$(1)-$(2)-soft=tests/under-tsan,$(3),$(SAN_DIR)/tsan/host/$(1),$(2),$(TEST_DIR)/guests/soft
TSAN_SUITES := unit/tsan-kick=tests/under-tsan,-,$(SAN_DIR)/tsan/unit/host_kick \
	$(call TSAN_ON,threads,emu,P2_3) $(call TSAN_ON,threads,kvm,P2_3) \
	$(call TSAN_ON,interrupts,kvm,-) $(call TSAN_ON,kills,kvm,-)
MSAN_SUITES = $(foreach t,$(MSAN_TESTS),unit/msan-$(t)=$(SAN_DIR)/msan/unit/$(t))

define SAN_LIST
$(foreach t,$(1),$(call argument_suite,$(t))
)
endef

.PHONY: sanitize sanitize-thread sanitize-memory
sanitize: sanitize-memory sanitize-thread ## Run tests under MSan and TSan (make test has ASan and UBSan)

sanitize-memory: $$(MSAN_PROGRAMS)
	$(file >$(SAN_DIR)/memory,$(call SAN_LIST,$(MSAN_SUITES)))
	$(Q)tests/run $(SAN_DIR)/memory.log <$(SAN_DIR)/memory

sanitize-thread: $(TSAN_PROGRAMS) $(UNICORN) test-guests
	$(file >$(SAN_DIR)/thread,$(call SAN_LIST,$(TSAN_SUITES)))
	$(Q)tests/run $(SAN_DIR)/thread.log <$(SAN_DIR)/thread

ifdef CI
ARGUMENT_TESTS += $(MSAN_SUITES) $(TSAN_SUITES)
TEST_NEEDS += $(MSAN_PROGRAMS) $(TSAN_PROGRAMS)
endif

-include $(shell find $(SAN_DIR) -name '*.d' 2>/dev/null)
