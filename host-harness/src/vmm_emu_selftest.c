/* SPDX-License-Identifier: MIT */
#include "vmm_emu.h"
hl_status emu_selftest(const struct hl_vmm_ops *ops, hl_error *error)
{
    (void)ops;
    (void)error;
    return HL_OK;
}
