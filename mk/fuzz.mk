# SPDX-License-Identifier: MIT
# Fuzzing: the library's sources in a build of their own (libFuzzer's
# coverage, ASan, UBSan, no VM in it), the targets, the concurrent mutator.
#
# A target is fuzz/NAME.c; FUZZ_SRC_NAME adds sources, FUZZ_COVERS_NAME names
# the sources whose hash is the decoder's version in fuzz/LEDGER.md.

FUZZ_DIR := $(BUILD)/fuzz
FUZZ_CFLAGS := -std=c11 -O2 -g -D_GNU_SOURCE $(WARNINGS) -MMD -MP \
	-fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all -include fuzz/support/build_mark.h \
	-Isdk/include -Ihost-harness/include -Ihost-harness/src -Isdk/lib \
	-Itests/unit -Ifuzz
FUZZ_CC := clang-19 $(FUZZ_CFLAGS)
FUZZ_LIB := $(FUZZ_DIR)/libhlfuzz.a
FUZZ_LIB_OBJ := $(patsubst %.c,$(FUZZ_DIR)/obj/%.o,\
	$(wildcard host-harness/src/*.c sdk/lib/wire/*.c))
FUZZ_MARK := $(FUZZ_DIR)/obj/fuzz/support/build_mark.o

$(FUZZ_DIR)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$< (fuzzing)) $(FUZZ_CC) -c -o $@ $<

$(FUZZ_LIB): $(FUZZ_LIB_OBJ)
	$(Q)rm -f $@ && $(AR_HOST) rcs $@ $^

.PRECIOUS: $(FUZZ_DIR)/obj/%.o

# --- the concurrent mutator ---------------------------------------------------

FUZZ_MUTATOR := $(FUZZ_DIR)/mutator
FUZZ_VM_OBJ := $(patsubst %,$(FUZZ_DIR)/obj/fuzz/support/%.o,machine guest)

$(FUZZ_MUTATOR): $(FUZZ_DIR)/obj/fuzz/mutator.o $(FUZZ_VM_OBJ) $(FUZZ_MARK) \
		$(FUZZ_LIB)
	$(call say,LINK,$@) clang-19 -fsanitize=address,undefined -o $@ $^ \
		$(HOST_LIBS)

-include $(FUZZ_LIB_OBJ:.o=.d) $(wildcard $(FUZZ_DIR)/obj/fuzz/*.d \
	$(FUZZ_DIR)/obj/fuzz/*/*.d)
