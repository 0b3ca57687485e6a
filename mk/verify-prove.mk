# SPDX-License-Identifier: MIT
# make prove: Frama-C (Debian: frama-c-base, cvc4, why3) on what is read at
# which address, in CI too; proofs/README.md says what is proved and what is not.

PROOFS := $(BUILD)/proofs
PROOF_FLAGS := -machdep gcc_x86_64 -c11
PROOF_CPP := -Isdk/include -Isdk/lib -Ihost-harness/src \
	-Ihost-harness/include -D_GNU_SOURCE -include string.h \
	-D__builtin_memcpy=memcpy -D__builtin_memset=memset \
	-D__builtin_memcmp=memcmp

# The system's headers for what Frama-C's libc has not (elf.h).
PROOF_SYSTEM := -idirafter /usr/include -idirafter /usr/include/x86_64-linux-gnu
PROOF_WP := frama-c -wp -wp-rte -wp-split -wp-model Typed+Cast -wp-par $(J) \
	-wp-prover cvc4 -wp-timeout 120 $(PROOF_FLAGS)
PROOF_PARTS := view pagetable elf_file
PROOF_NEEDS := $(PROOFS)/why3.conf

PROVE_view := wire_follow,wire_table_open,wire_field_find,wire_view_open,wire_union_open
PROVE_pagetable := phys_at
PROVE_elf_file := elf_range_valid

.PHONY: prove prove-stack prove-wire $(PROOF_PARTS:%=prove-%)
prove: $(PROOF_PARTS:%=prove-%) prove-stack prove-wire ## Prove helpers (WP), stack transport and decoders (Eva) with Frama-C

# Frama-C is nothing that the rest needs.
$(PROOF_NEEDS):
	@mkdir -p $(@D)
	@toolchain/install-deps --prove
	$(Q)WHY3CONFIG=$@ why3 config detect >$(PROOFS)/why3.log 2>&1

$(PROOFS)/view.c: sdk/lib/wire/view.h proofs/view.acsl proofs/annotate
	@mkdir -p $(@D)
	$(Q)proofs/annotate $< proofs/view.acsl >$@
$(PROOFS)/%.c: host-harness/src/%.c proofs/%.acsl proofs/annotate
	@mkdir -p $(@D)
	$(Q)proofs/annotate $< proofs/$*.acsl >$@

# All goals must be proved.
$(PROOF_PARTS:%=prove-%): prove-%: $(PROOFS)/%.c $(PROOF_NEEDS)
	@echo '  PROVE  $*: $(subst $(comma),$(comma) ,$(PROVE_$*))'
	$(Q)WHY3CONFIG=$(PROOF_NEEDS) $(PROOF_WP) -wp-fct $(PROVE_$*) \
		-cpp-extra-args="$(PROOF_CPP) $(PROOF_SYSTEM)" $< \
		>$(PROOFS)/$*.log 2>&1 || { cat $(PROOFS)/$*.log; exit 1; }
	$(Q)awk '/Proved goals/ { print "         " $$0; seen = 1; bad = $$4 != $$6 } \
		END { exit bad || !seen }' $(PROOFS)/$*.log

# What Eva cannot exclude is in proofs/alarms-…, each with the reason why it
# does not happen; one more or one less fails.
PROOF_EVA := frama-c -eva -eva-precision 3 \
	-eva-domains octagon,symbolic-locations -eva-split-return full \
	-eva-no-show-progress $(PROOF_FLAGS) -cpp-extra-args="$(PROOF_CPP)"

prove-stack: $(PROOF_NEEDS)
	@echo '  PROVE  host-harness/src/transport_stack.c'
	$(Q)$(PROOF_EVA) proofs/eva_stack.c host-harness/src/transport_stack.c \
		$(WIRE_SRC) >$(PROOFS)/stack.log 2>&1
	$(Q)proofs/alarms $(PROOFS)/stack.log proofs/alarms-stack

prove-wire: $(PROOF_NEEDS)
	@echo '  PROVE  sdk/lib/wire: the decoders'
	$(Q)$(PROOF_EVA) proofs/eva_wire.c $(WIRE_SRC) >$(PROOFS)/wire.log 2>&1
	$(Q)proofs/alarms $(PROOFS)/wire.log proofs/alarms-wire

ifdef CI
ARGUMENT_TESTS += prove=tests/prove,prove-view,prove-pagetable,prove-elf_file,prove-stack,prove-wire
endif
