# SPDX-License-Identifier: MIT
# The main job and the installed tree.

PREFIX ?= /usr/local
DESTDIR ?=
INSTALL_ROOT := $(DESTDIR)$(PREFIX)

run: all ## Build everything and run echo-worker on real input
	$(Q)samples/run-main-job $(BUILD)

install: all ## Install to PREFIX (DESTDIR is honoured); the tree may be moved
	$(Q)toolchain/install-tree $(BUILD) $(INSTALL_ROOT) $(VERSION)

uninstall: ## Remove what install put there
	$(Q)toolchain/install-tree --remove $(INSTALL_ROOT)

.PHONY: run install uninstall
