# SPDX-License-Identifier: MIT
# `make mutants`: flip or drop each check of the boundary code, one at a time;
# some unit or host test must fail. Not part of `make test`.

MUTANT_DIR := $(BUILD)/mutants
# The boundary: codec, transports, loader, layout, host calls, snapshots.
MUTANT_FILES := $(wildcard sdk/lib/wire/*.[ch]) \
	$(wildcard $(addprefix host-harness/src/,abort_stream.[ch] call.c \
	config.[ch] elf_*.[ch] host_call.c image*.[ch] layout.[ch] note*.[ch] \
	pagetable*.[ch] run.c sandbox.[ch] signature.c snapshot.c transport_*.c \
	virtq*.[ch] channel.h))
MUTANT_UNITS = $(sort $(patsubst $(TEST_DIR)/unit/%,%,$(filter \
	$(addprefix $(TEST_DIR)/unit/,wire_% host_% virtq_% transport_% image_% signature_% \
	pagetable_%),$(UNIT_TESTS))))
MUTANT_HOST = $(foreach s,$(filter core:% snapshots:% nothing_left:% \
	hostile_calls:% hostile_ports:% hostile_startup:% \
	hostile_virtq:%,$(HOST_SUITES)),$(if $(findstring :emu:,$(s)),$(s)))
MUTANT_PROGRAMS = $(sort $(foreach s,$(MUTANT_HOST),$(firstword \
	$(subst :, ,$(s)))))

# NAME COMMAND…: what is run
define MUTANT_COMMANDS
$(foreach t,$(MUTANT_UNITS),unit/$(t) unit/$(t)
)$(subst $(TEST_DIR)/guests,$(MUTANT_DIR)/guests,$(foreach \
	s,$(MUTANT_HOST),$(call host_suite,$(subst :, ,$(s)))
))
endef

# NAME OBJECT… LIBRARY…: what is linked, with the mutants before the library
define MUTANT_OBJECTS
$(foreach t,$(MUTANT_UNITS),unit/$(t) $(TEST_DIR)/obj/tests/unit/$(t).o \
	$(call unit_objects,$(t)) $(if $(filter wire_%,$(t)),\
	$(TEST_DIR)/obj/tests/unit/wire_support.o,$(UNIT_LIB)) -lcmocka \
	$(UNIT_LIBS_$(t)) $(HOST_LIBS)
)$(foreach t,$(MUTANT_PROGRAMS),host/$(t) $(TEST_DIR)/hostobj/$(t).o \
	$(TEST_DIR)/hostobj/support.o $(UNIT_LIB) -lcmocka $(UNIT_LIBS_$(t)) \
	$(HOST_LIBS)
)
endef

.PHONY: mutants
$(MUTANT_DIR):
	@mkdir -p $@

mutants: $$(addprefix $(TEST_DIR)/unit/,$$(MUTANT_UNITS)) \
		$$(addprefix $(TEST_DIR)/host/,$$(MUTANT_PROGRAMS)) \
		$$(filter $(TEST_DIR)/guests/%,$$(TEST_NEEDS)) $(UNICORN) \
		| $(MUTANT_DIR) ## Flip or drop each check of the boundary code: some test must notice (FILES="part of a name"… DOUBT=1)
	$(file >$(MUTANT_DIR)/files,$(MUTANT_FILES))
	$(file >$(MUTANT_DIR)/flags,$(filter-out -MMD -MP $(WARNINGS),\
		$(UNIT_CFLAGS)))
	$(file >$(MUTANT_DIR)/programs,$(MUTANT_COMMANDS))
	$(file >$(MUTANT_DIR)/objects,$(MUTANT_OBJECTS))
	@rm -rf $(MUTANT_DIR)/guests && cp -r $(TEST_DIR)/guests $(MUTANT_DIR)
	@tests/mutants/run $(MUTANT_DIR) $(if $(DOUBT),--doubt) $(FILES)
