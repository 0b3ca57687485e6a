# SPDX-License-Identifier: MIT
# Long runs of what make test does briefly: kills, calls.

RUN_SUITES := kills soak
HOST_SUITES += $(foreach t,$(RUN_SUITES),$(t):kvm:soft $(t):emu:soft \
	$(t):emu:sse2:virtq)
TEST_NEEDS += $(RUN_SUITES:%=$(BUILD)/tests/host/%)

CALLS ?= 10000000
KILLS ?= 10000
BACKEND ?= emu

.PHONY: soak kills
soak: $(BUILD)/tests/host/soak test-guests ## Make CALLS=10000000 calls in one VM: nothing drifts (BACKEND=emu)
	$(Q)HL_SOAK=$(CALLS) $< $(BACKEND) $(BUILD)/tests/guests/soft

kills: $(BUILD)/tests/host/kills test-guests ## Interrupt a guest KILLS=10000 times at random moments (BACKEND=emu)
	$(Q)HL_KILLS=$(KILLS) $< $(BACKEND) $(BUILD)/tests/guests/soft
