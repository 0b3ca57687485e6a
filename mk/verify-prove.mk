# SPDX-License-Identifier: MIT
# make prove: Frama-C (Debian: frama-c-base, cvc4, why3) on what is read at
# which address; proofs/README.md says what is proved and what is not.

PROOFS := $(BUILD)/proofs
PROOF_FLAGS := -machdep gcc_x86_64 -c11
PROOF_CPP := -Isdk/include -Isdk/lib -Ihost-harness/src \
	-Ihost-harness/include -D_GNU_SOURCE -include string.h \
	-D__builtin_memcpy=memcpy -D__builtin_memset=memset \
	-D__builtin_memcmp=memcmp

.PHONY: prove prove-view prove-stack
prove: prove-view prove-stack ## Prove helpers (WP) and the stack transport (Eva) with Frama-C

$(PROOFS)/view.h: sdk/lib/wire/view.h proofs/view.acsl proofs/annotate
	@mkdir -p $(@D)
	$(Q)proofs/annotate $< proofs/view.acsl >$@

# All goals must be proved.
prove-view: $(PROOFS)/view.h
	@echo '  PROVE  sdk/lib/wire/view.h: wire_follow'
	$(Q)echo '#include "view.h"' >$(PROOFS)/view.c
	$(Q)frama-c -wp -wp-rte $(PROOF_FLAGS) -wp-prover cvc4 -wp-timeout 60 \
		-cpp-extra-args="-I$(PROOFS) $(PROOF_CPP)" $(PROOFS)/view.c \
		-wp-fct wire_follow >$(PROOFS)/view.log 2>&1
	$(Q)awk '/Proved goals/ { print "         " $$0; bad = $$4 != $$6 } \
		END { exit bad }' $(PROOFS)/view.log

# What Eva cannot exclude is in proofs/alarms-stack, each with the reason why
# it does not happen; one more or one less fails.
prove-stack:
	@mkdir -p $(PROOFS)
	@echo '  PROVE  host-harness/src/transport_stack.c'
	$(Q)frama-c -eva -eva-precision 3 -eva-domains octagon,symbolic-locations \
		-eva-split-return full -eva-no-show-progress $(PROOF_FLAGS) \
		-cpp-extra-args="$(PROOF_CPP)" proofs/eva_stack.c \
		host-harness/src/transport_stack.c $(wildcard sdk/lib/wire/*.c) \
		>$(PROOFS)/stack.log 2>&1
	$(Q)proofs/alarms $(PROOFS)/stack.log proofs/alarms-stack
