# SPDX-License-Identifier: MIT
# The toolchain: hl-cc, hl-ld, hl-config, and the third-party part of the
# sysroot (libc, compiler run-time library, JSON) in both float variants.
#
#   build/bin/{hl-cc,hl-config}
#   build/sysroot/include           libc's and the guest library's headers
#   build/sysroot/include-soft      what soft-float code includes first
#   build/sysroot/lib/guest.ld      the linker script      (mk/guest.mk)
#   build/sysroot/lib/FLOAT/*       crt0.o libhl.a (mk/guest.mk), libc.a, …
#   build/sysroot/libexec/hl-ld*    the linker that clang runs for hl-cc
#   build/sysroot/share/*           files for CMake, Meson and autoconf

SYSROOT := $(BUILD)/sysroot
PICOLIBC_SRC ?= $(CACHE)/picolibc
ifneq ($(PICOLIBC_SRC),$(CACHE)/picolibc)
ifeq ($(wildcard $(PICOLIBC_SRC)/meson.build),)
$(error PICOLIBC_SRC=$(PICOLIBC_SRC) is not a picolibc tree (no meson.build); \
	leave it out to download the pinned one)
endif
endif

# Packages come before everything else, whatever was asked for; this costs
# some 10 ms when none is missing. NO_DEPS=1 leaves it out.
ifneq ($(filter-out help clean distclean,$(or $(MAKECMDGOALS),all)),)
ifndef NO_DEPS
$(shell toolchain/install-deps >&2)
ifneq ($(.SHELLSTATUS),0)
$(error the packages above are needed to build hlkit)
endif
endif
endif

# --- the three programs -----------------------------------------------------

TOOL_OBJ := $(BUILD)/obj/toolchain
TOOL_COMMON := tool target
HL_CC_OBJECTS := $(patsubst %,$(TOOL_OBJ)/%.o,hl_cc response $(TOOL_COMMON))
HL_CONFIG_OBJECTS := $(patsubst %,$(TOOL_OBJ)/%.o,hl_config $(TOOL_COMMON))
HL_LD_OBJECTS := $(patsubst %,$(TOOL_OBJ)/%.o,hl_ld link_args link_check \
	link_imports link_main link_note link_run $(TOOL_COMMON))

HL_CONFIG := $(BUILD)/bin/hl-config
HL_LD := $(SYSROOT)/libexec/hl-ld
HL_LD_NAMES := $(FLOATS:%=$(HL_LD)-%)

# It reads notes as the host library does.
$(TOOL_OBJ)/link_imports.o: HOST_CFLAGS += -Ihost-harness/src
$(TOOL_OBJ)/%.o: toolchain/src/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC_HOST) $(HOST_CFLAGS) -DHL_VERSION='"$(VERSION)"' -c $< -o $@

$(HL_CC): $(HL_CC_OBJECTS)
$(HL_CONFIG): $(HL_CONFIG_OBJECTS)
# the image check alone, not the whole host library: hl-ld starts at each link
$(HL_LD): $(HL_LD_OBJECTS) $(IMAGE_SOURCES:%.c=$(BUILD)/obj/host/%.o)
$(HL_CC) $(HL_CONFIG) $(HL_LD):
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC_HOST) $(HOST_LDFLAGS) -o $@ $^

$(HL_LD_NAMES): $(HL_LD)
	$(Q)ln -sf hl-ld $@

-include $(wildcard $(TOOL_OBJ)/*.d)

# --- files for other build systems -------------------------------------------

SYSROOT_SHARE := $(patsubst toolchain/share/%,$(SYSROOT)/share/%, \
	$(wildcard toolchain/share/*))

$(SYSROOT)/share/%: toolchain/share/%
	@mkdir -p $(@D)
	$(Q)cp $< $@

# --- sources ----------------------------------------------------------------

FETCH := toolchain/fetch-source $(CACHE)

$(CACHE)/picolibc/meson.build:
	$(Q)$(FETCH) picolibc
$(CACHE)/builtins/CMakeLists.txt:
	$(Q)$(FETCH) builtins
$(CACHE)/yyjson/src/yyjson.c:
	$(Q)$(FETCH) yyjson

# The emulator is optional: without it everything builds, and `hl doctor` says
# what is missing. .PHONY: a failed download is tried again.
.PHONY: unicorn
unicorn:
	$(Q)[ -d $(CACHE)/unicorn ] || $(FETCH) unicorn || \
		echo '  (going on without the emulator backend)'

# --- libc, compiler run-time library, JSON: per float variant ---------------

# What hl-cc needs before it can compile (not link) a guest's file.
HL_CC_COMPILES := $(HL_CC) $(HL_LD_NAMES) $(SYSROOT)/include-soft/stdarg.h

$(SYSROOT)/include-soft/stdarg.h: toolchain/include-soft/stdarg.h
	@mkdir -p $(@D)
	$(Q)cp $< $@

# The libraries take long: they are built anew when the flags of guests change,
# not whenever hl-cc does. This holds the flags, and changes only when they do.
$(FLOATS:%=$(BUILD)/obj/flags/%): $(BUILD)/obj/flags/%: $(HL_CONFIG) \
		| $(HL_LD_NAMES)
	@mkdir -p $(@D)
	@$(HL_CONFIG) -mfloat=$* --cflags | sed 's|/[^ ]*/sysroot/||g' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

LIBC_INPUTS := toolchain/include-soft/stdarg.h $(BUILD)/obj/picolibc/source

# Holds the path of the source, and changes only when that does.
.PHONY: picolibc-source
$(BUILD)/obj/picolibc/source: picolibc-source
	@mkdir -p $(@D)
	@echo '$(PICOLIBC_SRC)' | cmp -s - $@ || echo '$(PICOLIBC_SRC)' >$@

define float_rules
$(SYSROOT)/lib/$(1)/libc.a: toolchain/build-picolibc $(LIBC_INPUTS) \
		$(BUILD)/obj/flags/$(1) $(PICOLIBC_SRC)/meson.build \
		| $(HL_CC_COMPILES)
	$$(call say,LIBC,$$@)
	$(Q)toolchain/build-picolibc $(PICOLIBC_SRC) $(BUILD)/obj/picolibc/$(1) \
		$(HL_CC) $(1)
	@mkdir -p $$(@D)
	$(Q)cp $(BUILD)/obj/picolibc/$(1)/install/lib/libc.a $$@
	$(Q)cp $(BUILD)/obj/picolibc/$(1)/install/lib/libm.a $$(@D)/libm.a
	$(Q)rm -rf $(BUILD)/obj/picolibc/$(1)/obj
$(SYSROOT)/lib/$(1)/libm.a: $(SYSROOT)/lib/$(1)/libc.a

$(SYSROOT)/lib/$(1)/libbuiltins.a: toolchain/build-builtins \
		$(BUILD)/obj/flags/$(1) $(CACHE)/builtins/CMakeLists.txt \
		$(SYSROOT)/include/picolibc.h
	$$(call say,LIBC,$$@)
	$(Q)toolchain/build-builtins $(CACHE)/builtins \
		$(BUILD)/obj/builtins/$(1) $(HL_CC) $(1)
	@mkdir -p $$(@D)
	$(Q)cp $(BUILD)/obj/builtins/$(1)/libbuiltins.a $$@

$(BUILD)/obj/yyjson/$(1)/yyjson.o: $(CACHE)/yyjson/src/yyjson.c \
		$(SYSROOT)/include/yyjson.h $(SYSROOT)/include/picolibc.h \
		$(BUILD)/obj/flags/$(1)
	$$(call say,HL-CC,$$<)
	@mkdir -p $$(@D)
	$(Q)$(HL_CC) -mfloat=$(1) -Os -include $(SYSROOT)/include/yyjson.h \
		-c $$< -o $$@
$(SYSROOT)/lib/$(1)/libyyjson.a: $(BUILD)/obj/yyjson/$(1)/yyjson.o
	$$(call say,AR,$$@)
	@mkdir -p $$(@D)
	$(Q)rm -f $$@ && llvm-ar-19 rcs $$@ $$<

LIBC_LIBRARIES += $(patsubst %,$(SYSROOT)/lib/$(1)/%,libc.a libm.a \
	libbuiltins.a libyyjson.a)
endef
$(foreach float,$(FLOATS),$(eval $(call float_rules,$(float))))

# Both variants have the same headers; those of the first one are installed.
$(SYSROOT)/include/picolibc.h: $(SYSROOT)/lib/$(firstword $(FLOATS))/libc.a
	@mkdir -p $(@D)
	$(Q)cp -R $(BUILD)/obj/picolibc/$(firstword $(FLOATS))/install/include/. \
		$(@D)
	$(Q)touch $@

# Guests do without what costs size: the features left out are switched off in
# the header too, so that using one is a compile error.
$(SYSROOT)/include/yyjson.h: $(CACHE)/yyjson/src/yyjson.c
	@mkdir -p $(@D)
	$(Q)for feature in FAST_FP_CONV NON_STANDARD UTILS; do \
		echo "#define YYJSON_DISABLE_$$feature 1"; done >$@
	$(Q)cat $(<:.c=.h) >>$@

# --- the host's JSON --------------------------------------------------------

HOST_YYJSON := $(BUILD)/lib/host/libyyjson.a

$(BUILD)/include/yyjson.h: $(CACHE)/yyjson/src/yyjson.c
	@mkdir -p $(@D)
	$(Q)cp $(<:.c=.h) $@
$(HOST_YYJSON): $(CACHE)/yyjson/src/yyjson.c $(BUILD)/include/yyjson.h
	$(call say,CC,$<)
	@mkdir -p $(@D) $(BUILD)/obj/yyjson/host
	$(Q)$(CC_HOST) -std=c11 -O2 -fPIC -fstack-protector-strong -c $< \
		-o $(BUILD)/obj/yyjson/host/yyjson.o
	$(Q)rm -f $@ && $(AR_HOST) rcs $@ $(BUILD)/obj/yyjson/host/yyjson.o

.PHONY: toolchain libc
libc: $(LIBC_LIBRARIES) $(SYSROOT)/include/picolibc.h
toolchain: $(HL_CC) $(HL_LD_NAMES) $(HL_CONFIG) $(SYSROOT_SHARE) libc ## Build hl-cc, hl-config and the libc part of the sysroot

BATS_FILES += $(patsubst %,tests/cli/%.bats,hl-cc hl-cc-link hl-cc-float \
	hl-cc-projects hl-config)

TAP_TESTS += tests/cc/differential

ALL += toolchain $(HOST_YYJSON) unicorn
