# SPDX-License-Identifier: MIT
# Tests and fuzz target of the virtqueues (rules of the tests: mk/tests.mk).

VIRTQ_UNIT := virtq_ring
UNIT_TESTS += $(VIRTQ_UNIT:%=$(BUILD)/tests/unit/%)
