/* SPDX-License-Identifier: MIT */
#include "vmm_tests.h"

int main(void)
{
    return vmm_tests_run(&hl_vmm_emu);
}
