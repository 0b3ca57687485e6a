# SPDX-License-Identifier: MIT
# make sanitize: the tests under each of clang's sanitizers. make test itself
# runs every unit test with ASan and UBSan; here are the two that exclude them.
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
TSAN_RUN := TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1

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

# SAN_RUN(program, arguments)
SAN_RUN = { echo "  RUN    $(1)"; $(1) $(2) >$(1).log 2>&1 || \
	{ cat $(1).log; exit 1; }; }

.PHONY: sanitize sanitize-thread sanitize-memory
sanitize: sanitize-memory sanitize-thread ## Run tests under MSan and TSan (make test has ASan and UBSan)

sanitize-memory: $$(MSAN_PROGRAMS)
	@set -e; for test in $^; do $(call SAN_RUN,$$test); done

# threads: its other test measures memory, of which TSan takes more.
sanitize-thread: $(TSAN_PROGRAMS) $(UNICORN) test-guests
	@set -e; export $(TSAN_RUN) HL_KILLS=100; dir=$(SAN_DIR)/tsan; \
	guests=$(TEST_DIR)/guests/soft; $(call SAN_RUN,$$dir/unit/host_kick); \
	export HL_TESTS='P2_3*'; $(call SAN_RUN,$$dir/host/threads,emu $$guests); \
	test -w /dev/kvm || { echo '  SKIP   no /dev/kvm'; exit 0; }; \
	$(call SAN_RUN,$$dir/host/threads,kvm $$guests); export HL_TESTS='*'; \
	$(call SAN_RUN,$$dir/host/interrupts,kvm $$guests); \
	$(call SAN_RUN,$$dir/host/kills,kvm $$guests)

-include $(shell find $(SAN_DIR) -name '*.d' 2>/dev/null)
