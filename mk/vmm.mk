# SPDX-License-Identifier: MIT
# Tests of the backends and of page tables; their code is part of libhlhost.

VMM_UNIT := pagetable_walk pagetable_build vmm_decode vmm_library \
	vmm_on_kvm vmm_on_emu kvm_state
UNIT_TESTS += $(VMM_UNIT:%=$(BUILD)/tests/unit/%)
VMM_TESTS_SRC := $(addprefix tests/unit/,vmm_tests.c vmm_guest.c vmm_exits.c \
	vmm_faults.c vmm_state.c vmm_guests.c)
UNIT_SRC_vmm_on_kvm := $(VMM_TESTS_SRC)
UNIT_SRC_vmm_on_emu := $(VMM_TESTS_SRC)

# The rule of mk/tests.mk takes objects of C sources; this one is assembly.
$(BUILD)/tests/obj/tests/unit/vmm_guests.o: tests/unit/vmm_guests.S
	@mkdir -p $(@D)
	$(call say,AS,$<) $(UNIT_CC) -c -o $@ $<
