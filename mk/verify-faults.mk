# SPDX-License-Identifier: MIT
# make faults: every allocation and system call of the host library made to
# fail once (tests/faults). Sanitized; not part of make test.

FAULTS := $(TEST_DIR)/faults
FAULTS_SRC := $(wildcard tests/faults/*.c)
# What wraps.c has, beside the functions of the emulator.
FAULTS_WRAPPED := malloc calloc realloc strdup mmap munmap open close read \
	fstat ioctl getrandom sigaction timer_create timer_settime timer_delete \
	syscall readlink access dlopen dlsym
FAULTS_RUNS := kvm-stack kvm-virtq emu-stack emu-virtq
FAULTS_GUEST := $(TEST_DIR)/guests/soft/core

# --wrap would rename what the sanitizers' own library calls, too.
FAULTS_LIB := $(TEST_DIR)/obj/libhost-faults.a
$(FAULTS_LIB): $(UNIT_LIB)
	$(Q)objcopy $(foreach f,$(FAULTS_WRAPPED),--redefine-sym $f=fault_at_$f) \
		$< $@

$(FAULTS): $(FAULTS_SRC:%.c=$(TEST_DIR)/obj/%.o) $(FAULTS_LIB)
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(UNIT_CC) -fsanitize=address,undefined -o $@ $^ \
		$(HOST_LIBS)

faults_words = $(FAULTS) $(subst -, ,$(1)) $(FAULTS_GUEST)

.PHONY: faults
faults: $(FAULTS) $(FAULTS_GUEST) $(UNICORN) ## Let every allocation and system call of the host fail once
	@$(foreach r,$(FAULTS_RUNS),echo '  FAULTS $(r)' && $(call faults_words,$(r)) &&) true

-include $(FAULTS_SRC:%.c=$(TEST_DIR)/obj/%.d)
