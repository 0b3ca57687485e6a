# SPDX-License-Identifier: MIT
# The wire codec: unit tests, oracle, coverage, benchmark.
# (The sources themselves are built into the host library and the guest's.)

WIRE_SRC := $(wildcard sdk/lib/wire/*.c)
WIRE_HDR := $(wildcard sdk/lib/wire/*.h) sdk/include/hl/wire.h \
	sdk/include/hl/types.h
WIRE_TESTS := $(patsubst tests/unit/%.c,%,$(filter-out \
	tests/unit/wire_support.c,$(wildcard tests/unit/wire_*.c)))
WIRE_SAN_OBJ := $(WIRE_SRC:%.c=$(TEST_DIR)/obj/%.o) \
	$(TEST_DIR)/obj/tests/unit/wire_support.o
UNIT_TESTS += $(WIRE_TESTS:%=$(TEST_DIR)/unit/%)

# The codec needs nothing else of the host library.
$(WIRE_TESTS:%=$(TEST_DIR)/unit/%): $(TEST_DIR)/unit/%: \
		$(TEST_DIR)/obj/tests/unit/%.o $(WIRE_SAN_OBJ)
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(UNIT_CC) -fsanitize=address,undefined -o $@ $^ \
		-lcmocka $(UNIT_LIBS_$*)
UNIT_LIBS_wire_quick := -Wl,--wrap=hl_wire_call_verify \
	-Wl,--wrap=hl_wire_result_verify

# The guest's reader of upstream's layouts, held to the codec.
UNIT_TESTS += $(TEST_DIR)/unit/read_quick $(TEST_DIR)/unit/guest_memcpy
$(TEST_DIR)/unit/read_quick: $(TEST_DIR)/obj/tests/unit/read_quick.o \
		$(WIRE_SAN_OBJ)
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(UNIT_CC) -fsanitize=address,undefined -o $@ $^ \
		-lcmocka

# --- coverage: line, branch and MC/DC of the codec by these tests -----------

WIRE_COV := $(BUILD)/coverage/wire
LLVM ?= /usr/lib/llvm-19/bin/

$(WIRE_TESTS:%=$(WIRE_COV)/%): $(WIRE_COV)/%: tests/unit/%.c \
		tests/unit/wire_support.c $(WIRE_SRC) $(WIRE_HDR)
	@mkdir -p $(@D)
	$(call say,CC,$@) $(UNIT_CC) $(filter-out -MMD -MP -fsanitize=% \
		-fno-sanitize%,$(UNIT_CFLAGS)) -fprofile-instr-generate \
		-fcoverage-mapping -fcoverage-mcdc -o $@ $(filter %.c,$^) -lcmocka \
		$(UNIT_LIBS_$*)

# (The report counts blank lines of header functions that a source does not
# use; the sums below it do not.)
WIRE_COV_ARGS = -instr-profile=$(WIRE_COV)/all.profdata \
	$(firstword $(WIRE_TESTS:%=$(WIRE_COV)/%)) \
	$(patsubst %,-object=$(WIRE_COV)/%,$(wordlist 2,99,$(WIRE_TESTS))) \
	$(WIRE_SRC) $(filter sdk/lib/wire/%.h,$(WIRE_HDR))

.PHONY: coverage-wire
coverage-wire: $(WIRE_TESTS:%=$(WIRE_COV)/%) ## Cover the wire codec alone: lines, branches, MC/DC
	$(Q)for t in $^; do LLVM_PROFILE_FILE=$$t.profraw $$t >$$t.log 2>&1 || \
		{ cat $$t.log; exit 1; }; done
	$(Q)$(LLVM)llvm-profdata merge -o $(WIRE_COV)/all.profdata \
		$(WIRE_TESTS:%=$(WIRE_COV)/%.profraw)
	$(Q)$(LLVM)llvm-cov report -show-mcdc-summary -show-region-summary=false \
		$(WIRE_COV_ARGS) | tee $(WIRE_COV)/report
	$(Q)$(LLVM)llvm-cov export -format=lcov $(WIRE_COV_ARGS) | \
		awk -F'[:,]' '/^DA:/ { lines++; hit += $$3 > 0 } \
		/^BRF:/ { branches += $$2 } /^BRH:/ { taken += $$2 } \
		END { printf "wire: lines %d/%d, branches %d/%d, ", \
		hit, lines, taken, branches; \
		exit !(hit == lines && taken == branches) }'
	$(Q)awk '/^TOTAL/ { printf "MC/DC conditions %d/%d\n", $$11 - $$12, $$11; \
		exit $$12 != 0 }' $(WIRE_COV)/report

# --- oracle: flatc's reader and writer ---------------------------------------

WIRE_ORACLE := $(TEST_DIR)/unit/wire_oracle
WIRE_ORACLE_GEN := $(TEST_DIR)/gen/message_generated.h
TAP_TESTS += $(WIRE_ORACLE)

$(WIRE_ORACLE_GEN): tests/oracle/message.fbs
	@mkdir -p $(@D)
	$(call say,FLATC,$<) flatc --cpp -o $(@D) $<

$(WIRE_ORACLE): tests/oracle/wire_oracle.cc $(wildcard tests/oracle/*.h) \
		$(WIRE_ORACLE_GEN) $(WIRE_SAN_OBJ) \
		$(WIRE_HDR)
	@mkdir -p $(@D)
	$(call say,CXX,$@) clang++-19 -std=c++17 -O1 -g -Wall -Wextra -Werror \
		-fsanitize=address,undefined -fno-sanitize-recover=all \
		-Isdk/include -isystem $(TEST_DIR)/gen -o $@ $< \
		$(filter-out %/wire_support.o,$(WIRE_SAN_OBJ))

# --- benchmark ----------------------------------------------------------------

WIRE_BENCH := $(BUILD)/bin/bench-wire
$(WIRE_BENCH): bench/wire_bench.c $(WIRE_SRC) $(WIRE_HDR)
	@mkdir -p $(@D)
	$(call say,CC,$@) $(CC_HOST) $(filter-out -MMD -MP,$(HOST_CFLAGS)) -o $@ \
		$(filter %.c,$^)

# The guest's instructions, with the guest's compiler.
.PHONY: count-wire
count-wire: bench/wire_bench.c $(WIRE_SRC) ## Count the codec's instructions for a warm call, by single-stepping
	@mkdir -p $(BUILD)/obj
	$(Q)for level in -O2 -Os; do clang-19 -std=c11 -D_GNU_SOURCE $$level \
		-Isdk/include -o $(BUILD)/obj/count-wire $^ && \
		$(BUILD)/obj/count-wire --instructions | sed "s/$$/, clang $$level/"; \
		done
