# SPDX-License-Identifier: MIT
# `make lint`: everything that tools can say about the sources without running
# them. Each part is a target of its own (make lint-tidy, …).

# Tracked files only: what is new is looked at once it is added.
lint_files = $(shell git ls-files $(1))
LINT_JOBS ?= 2
LINT_RUN = xargs -r -d '\n' -P $(LINT_JOBS)

# Left as they are: a table of macros and one long #error line.
LINT_FREE := toolchain/include-soft/stdarg.h sdk/include/libc/netinet/in.h
LINT_C = $(filter-out $(LINT_FREE),$(call lint_files,'*.c' '*.h'))
LINT_HOST_C = $(filter-out fuzz/guest/%,$(call lint_files,'host-harness/*.c' \
	'toolchain/*.c' 'sdk/lib/wire/*.c' 'bench/*.c' 'fuzz/*.c' 'tests/unit/*.c' \
	'tests/host/*.c' 'samples/*/main.c' 'tests/guests/*/twice.c'))
LINT_GUEST_C = $(call lint_files,'sdk/lib/*.c' 'samples/*/guest.c' \
	'tests/guests/*/guest.c')
LINT_RAW_C = $(call lint_files,'tests/raw/*.c' 'tests/guests/[bp][0-9]*/*.c' \
	'tests/oracle-faults/*.c' 'fuzz/guest/*.c')
LINT_TIDY_C = $(filter host-harness/% toolchain/% sdk/%,$(LINT_HOST_C))
LINT_HOST_FLAGS := -std=c11 -D_GNU_SOURCE -DHL_VERSION='"$(VERSION)"' \
	-Isdk/include -Ihost-harness/include -Ihost-harness/src -Isdk/lib \
	-Itests/unit -Itests/host -Ifuzz \
	-isystem $(BUILD)/include

lint_each = @printf '%s\n' $(1) | $(LINT_RUN) -n $(2)

.PHONY: lint lint-abi lint-format lint-gcc lint-clang lint-guest lint-raw lint-tidy \
	lint-shell lint-cppcheck
lint: lint-abi lint-format lint-gcc lint-clang lint-guest lint-raw lint-shell \
		lint-cppcheck lint-tidy ## Check the sources without running them

# Sections of docs/abi.md are cited as `abi §N`, in it and in abi.h as `§N`.
lint-abi:
	@echo '  LINT   sections of docs/abi.md'
	@{ git grep -hoE 'abi(\.md)? §[0-9.]*[0-9]((,| and| to) §[0-9.]*[0-9])*'; \
		grep -hoE '§[0-9.]*[0-9]' docs/abi.md sdk/include/hl/abi.h; } | \
		grep -oE '[0-9.]+' | sort -uV | while read -r section; do \
		grep -qE "^(## )?$$section " docs/abi.md || \
			{ echo "docs/abi.md has no section $$section" >&2; exit 1; }; \
	done

lint-format:
	@echo '  LINT   clang-format'
	$(call lint_each,$(LINT_C),40) clang-format-19 --dry-run -Werror

lint-gcc: | $(BUILD)/include/yyjson.h
	@echo '  LINT   gcc'
	$(call lint_each,$(LINT_HOST_C),8) \
		gcc -O2 -fsyntax-only $(WARNINGS) $(LINT_HOST_FLAGS)

lint-clang: | $(BUILD)/include/yyjson.h
	@echo '  LINT   clang'
	$(call lint_each,$(LINT_HOST_C),8) \
		clang-19 -fsyntax-only $(WARNINGS) $(LINT_HOST_FLAGS)

lint-guest: guest-sdk
	@echo '  LINT   guests (hl-cc)'
	@for float in $(FLOATS); do \
		printf '%s\n' $(LINT_GUEST_C) | $(LINT_RUN) -n 8 $(HL_CC) \
			-mfloat=$$float -std=gnu11 -fsyntax-only $(WARNINGS) \
			-Isdk/include -Isdk/lib -DHL_VERSION='"$(VERSION)"' || \
			exit 1; done

lint-raw:
	@echo '  LINT   raw guests (clang)'
	$(call lint_each,$(LINT_RAW_C),8) $(RAW_CC) \
		$(filter-out -MMD -MP,$(RAW_CFLAGS)) -fsyntax-only

lint-tidy: | $(BUILD)/include/yyjson.h
	@echo '  LINT   clang-tidy'
	@printf '%s\n' $(LINT_TIDY_C) | $(LINT_RUN) -I '{}' \
		clang-tidy-19 --quiet '{}' -- $(LINT_HOST_FLAGS) 2>/dev/null

# Of bats only this: `! command` in the middle of a test checks nothing.
lint-shell:
	@echo '  LINT   shellcheck'
	@git ls-files -z | xargs -0 grep -lIE '^#!/bin/(ba)?sh' | \
		$(LINT_RUN) -n 20 shellcheck -x
	@git ls-files '*.bats' | $(LINT_RUN) -n 20 shellcheck -s bats -i SC2314,SC2315

# unknownMacro: cppcheck cannot expand the machinery of HL_PROVIDE.
# varFuncNullUB: NULL is a pointer here, in the guest's libc as in the host's.
# comparePointers: the two ends of a linker section are different objects to it.
LINT_CPPCHECK := cppcheck --quiet --std=c11 --language=c --error-exitcode=1 \
	-j $(LINT_JOBS) --inline-suppr --suppress=missingIncludeSystem \
	--suppress=unknownMacro --suppress=comparePointers \
	--suppress=varFuncNullUB \
	--enable=warning,portability,performance -D__x86_64__ -D_GNU_SOURCE \
	-Isdk/include -Ihost-harness/include -Ihost-harness/src

lint-cppcheck:
	@echo '  LINT   cppcheck'
	@$(LINT_CPPCHECK) host-harness/src host-harness/cli toolchain/src sdk/lib/wire
