# SPDX-License-Identifier: MIT
# hl, the command: host-harness/cli/*.c, one cmd_NAME.c a subcommand.

HL := $(BUILD)/bin/hl
CLI_SRC := $(wildcard host-harness/cli/*.c)
CLI_OBJ := $(CLI_SRC:%.c=$(BUILD)/obj/%.o)
# libdw is loaded by hl itself, and only when a guest with debug information
# has crashed (symbols.c).
CLI_LIBS = -lseccomp -lm $(HOST_LIBS)

$(BUILD)/obj/host-harness/cli/%.o: host-harness/cli/%.c \
		| $(BUILD)/include/yyjson.h
	@mkdir -p $(@D)
	$(call say,CC,$<) $(CC_HOST) $(HOST_CFLAGS) -isystem $(BUILD)/include -c -o $@ $<

$(HL): $(CLI_OBJ) $(BUILD)/lib/libhlhost.a $(BUILD)/lib/host/libyyjson.a
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(CC_HOST) $(HOST_LDFLAGS) -o $@ $^ $(CLI_LIBS)

-include $(CLI_OBJ:.o=.d)

ALL += $(HL)

# --- tests ------------------------------------------------------------------

BATS_FILES += $(patsubst %,tests/cli/hl-%.bats,run call job inspect check \
	doctor new trace faults bench)

CLI := host-harness/cli
CLI_UNIT := cli_options cli_value cli_text cli_job cli_child
UNIT_TESTS += $(CLI_UNIT:%=$(BUILD)/tests/unit/%)
UNIT_SRC_cli_options := $(CLI)/options.c $(CLI)/clock.c $(CLI)/text.c \
	$(CLI)/buffer.c
UNIT_SRC_cli_value := $(CLI)/value_parse.c $(CLI)/value_print.c \
	$(CLI)/exit_status.c $(CLI)/file.c $(CLI)/clock.c $(CLI)/text.c \
	$(CLI)/buffer.c
UNIT_LIBS_cli_value := -lm
UNIT_SRC_cli_text := $(CLI)/fault.c $(CLI)/symbols.c $(CLI)/say.c \
	$(CLI)/output.c $(CLI)/clock.c $(CLI)/text.c $(CLI)/buffer.c
UNIT_SRC_cli_child := $(CLI)/child.c $(CLI)/clock.c
UNIT_LIBS_cli_child := -Wl,--wrap=waitpid -Wl,--wrap=kill
UNIT_SRC_cli_job := $(CLI)/job_file.c $(CLI)/value_print.c $(CLI)/clock.c \
	$(CLI)/text.c $(CLI)/buffer.c
UNIT_LIBS_cli_job := $(BUILD)/lib/host/libyyjson.a -lm
$(BUILD)/tests/unit/cli_job: $(BUILD)/lib/host/libyyjson.a
$(BUILD)/tests/obj/$(CLI)/%.o: UNIT_CFLAGS += -isystem $(BUILD)/include
$(BUILD)/tests/obj/$(CLI)/job_file.o: | $(BUILD)/include/yyjson.h

# Between hl and libseccomp, for tests/cli/hl-harden.bats.
HARDEN_SHIM := $(BUILD)/tests/harden_shim.so
BATS_FILES += tests/cli/hl-harden.bats
TEST_NEEDS += $(HARDEN_SHIM)

$(HARDEN_SHIM): tests/cli/harden_shim.c
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(CC_HOST) $(filter-out -MMD -MP,$(HOST_CFLAGS)) \
		-fPIC -shared -o $@ $< -ldl -lseccomp
