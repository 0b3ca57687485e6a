# SPDX-License-Identifier: MIT
# Every entry point; `make help` lists them. One fragment a part in mk/.

BUILD := build
CACHE := .cache
# Its one home is the public header, which must stand without a build.
VERSION := $(shell sed -n 's/^\#define HL_HOST_VERSION "\(.*\)"/\1/p' \
	host-harness/include/hl_host.h)
FLOATS := sse2 soft

ifeq ($(strip $(BUILD)),)
$(error BUILD is empty: name a folder, or leave it out)
endif

V ?= 0
ifeq ($(V),0)
Q := @
say = @printf '  %-6s %s\n' '$(1)' '$(2)';
else
Q :=
say =
endif

CC_HOST ?= gcc
AR_HOST ?= ar
HOST_LDFLAGS ?=
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wpointer-arith -Wcast-qual \
	-Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla \
	-Werror
HOST_CFLAGS := -std=c11 -O2 -g -D_GNU_SOURCE $(WARNINGS) -fstack-protector-strong \
	-MMD -MP -Isdk/include -Ihost-harness/include
HL_CC := $(BUILD)/bin/hl-cc

# As many jobs as processors; `make J=1` for one at a time.
J ?= $(shell nproc)
MAKEFLAGS += -j$(J)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

# What the parts of the tree add to.
ALL :=
TEST_SUITES :=

# In the order of their names: what := takes must be in an earlier one.
include $(sort $(wildcard mk/*.mk))

.PHONY: all help clean distclean
all: $(ALL) ## Install what is missing, build everything (the default)

help: ## List the targets
	@sed -n -e ':join' -e '/^[a-z].*\\$$/{N;s/\\\n//;bjoin' -e '}' \
		-e 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile mk/*.mk | \
		LC_ALL=C sort -t '|' -k 1,1 | \
		awk -F'|' '{printf "  make %-17s %s\n", $$1, $$2}'
	@echo 'V=1 shows the commands, J=N sets the number of jobs, NO_DEPS=1 installs no packages.'

clean: ## Remove what was built (downloads stay in .cache)
	rm -rf $(BUILD)

distclean: clean ## Remove the downloads too
	rm -rf $(CACHE)
