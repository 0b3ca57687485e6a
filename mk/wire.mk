# SPDX-License-Identifier: MIT
# The wire codec: unit tests, oracle, coverage, benchmark, fuzz targets.
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
		-lcmocka
