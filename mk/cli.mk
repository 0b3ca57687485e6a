# SPDX-License-Identifier: MIT
# hl, the command: host-harness/cli/*.c, one cmd_NAME.c a subcommand.

HL := $(BUILD)/bin/hl
CLI_SRC := $(wildcard host-harness/cli/*.c)
CLI_OBJ := $(CLI_SRC:%.c=$(BUILD)/obj/%.o)
# libdw is loaded by hl itself, and only when a guest with debug information
# has crashed (symbols.c).
CLI_LIBS := -lseccomp -lm $(HOST_LIBS) -ldl -lpthread -lrt

$(BUILD)/obj/host-harness/cli/%.o: host-harness/cli/%.c \
		| $(BUILD)/include/yyjson.h
	@mkdir -p $(@D)
	$(call say,CC,$<) $(CC_HOST) $(HOST_CFLAGS) -isystem $(BUILD)/include -c -o $@ $<

$(HL): $(CLI_OBJ) $(BUILD)/lib/libhlhost.a $(BUILD)/lib/host/libyyjson.a
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(CC_HOST) $(HOST_LDFLAGS) -o $@ $^ $(CLI_LIBS)

-include $(CLI_OBJ:.o=.d)

ALL += $(HL)
BATS_FILES += $(wildcard tests/cli/hl-*.bats)
