# SPDX-License-Identifier: MIT
# Tests and fuzz target of the virtqueues (rules of the tests: mk/tests.mk).

VIRTQ_UNIT := virtq_ring virtq_message virtq_send virtq_state
UNIT_TESTS += $(VIRTQ_UNIT:%=$(BUILD)/tests/unit/%)
