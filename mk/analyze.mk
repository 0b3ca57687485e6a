# SPDX-License-Identifier: MIT
# make analyze: what gcc's and clang's path analysers and cppcheck find in the
# host, the guest's library and the fuzzing kit: nothing.
#
# A finding that is none is worked around by simpler code, or suppressed where
# it stands, with the reason.

ANALYZE_HOST = $(filter-out fuzz/guest/%,$(call lint_files,\
	'host-harness/*.c' 'sdk/lib/wire/*.c' sdk/lib/read_quick.c 'fuzz/*.c'))
ANALYZE_GUEST = $(filter-out sdk/lib/wire/% sdk/lib/read_quick.c,\
	$(call lint_files,'sdk/lib/*.c'))
# gcc loses sight of what is kept for ever in a list that grows, and of what
# hl_fuzz_call keeps in memory[i], and frees.
ANALYZE_KEPT := sdk/lib/compat/capi_register.c sdk/lib/compat/capi_host.c
ANALYZE_KIT := samples/fuzz-host/main.c
# What hl-cc gives clang, for gcc.
ANALYZE_GUEST_FLAGS := -std=gnu11 -D__HYPERLIGHT__=1 -nostdinc \
	-isystem $(shell gcc -print-file-name=include) \
	-idirafter $(BUILD)/sysroot/include/libc -idirafter $(BUILD)/sysroot/include \
	-Isdk/include -Isdk/lib -DHL_VERSION='"$(VERSION)"'
ANALYZE_GCC := gcc -O1 -fanalyzer -Werror -Wno-attributes -S -o /dev/null
ANALYZE_CLANG := --analyze -Xclang -analyzer-werror -Xclang \
	-analyzer-output=text -o /dev/null

.PHONY: analyze analyze-gcc analyze-clang analyze-cppcheck
analyze: analyze-gcc analyze-clang analyze-cppcheck ## Follow every path of the sources: gcc -fanalyzer, clang --analyze, cppcheck

analyze-gcc: guest-sdk | $(BUILD)/include/yyjson.h
	@echo '  ANALYZE gcc'
	$(call lint_each,$(ANALYZE_HOST),1) $(ANALYZE_GCC) $(LINT_HOST_FLAGS)
	$(call lint_each,$(ANALYZE_KEPT),1) $(ANALYZE_GCC) \
		-Wno-analyzer-malloc-leak $(ANALYZE_GUEST_FLAGS)
	$(call lint_each,$(filter-out $(ANALYZE_KEPT),$(ANALYZE_GUEST)),1) \
		$(ANALYZE_GCC) $(ANALYZE_GUEST_FLAGS)
	$(call lint_each,$(ANALYZE_KIT),1) $(ANALYZE_GCC) \
		-Wno-analyzer-malloc-leak $(LINT_HOST_FLAGS)

analyze-clang: guest-sdk | $(BUILD)/include/yyjson.h
	@echo '  ANALYZE clang'
	$(call lint_each,$(ANALYZE_HOST) $(ANALYZE_KIT),1) clang-19 $(LINT_HOST_FLAGS) \
		$(ANALYZE_CLANG)
	$(call lint_each,$(ANALYZE_GUEST),1) $(HL_CC) -mfloat=soft -std=gnu11 \
		-Isdk/include -Isdk/lib -DHL_VERSION='"$(VERSION)"' $(ANALYZE_CLANG)

analyze-cppcheck:
	@echo '  ANALYZE cppcheck'
	@$(LINT_CPPCHECK) -Ifuzz -Itests/unit $(ANALYZE_HOST) $(ANALYZE_KIT) \
		$(ANALYZE_GUEST)

# A finding fails CI.
ifdef CI
ARGUMENT_TESTS += analyze=tests/make-suite,analyze-gcc,analyze-clang,analyze-cppcheck
endif
