/* SPDX-License-Identifier: MIT */
/* Is KVM usable here, and can it execute SSE for a guest? */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmm_kvm.h"

#define DEVICE            "/dev/kvm"
#define CPUID_ENTRIES_MAX 256

/* A lack of the moment is no lack of KVM: `auto` must not do without a boundary
 * because of it. */
static hl_status lacking(void)
{
    return errno == EMFILE || errno == ENFILE || errno == ENOMEM
               ? HL_FAIL_SYSTEM
               : HL_FAIL_BACKEND;
}

hl_status kvm_device_open(int *device, hl_error *error)
{
    *device = open(DEVICE, O_RDWR | O_CLOEXEC);
    if (*device >= 0)
        return HL_OK;
    switch (errno) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        return hl_error_set(
            error, HL_FAIL_BACKEND,
            DEVICE " does not exist: no KVM in this kernel or this machine; "
                   "enable virtualisation, load kvm_intel or kvm_amd, or use "
                   "--backend emu");
    case EACCES:
    case EPERM:
        return hl_error_set(
            error, HL_FAIL_BACKEND,
            "no permission to open " DEVICE
            ": add yourself to the group kvm (usermod -aG kvm USER, then log "
            "in again), or use --backend emu");
    default:
        return hl_error_set(error, lacking(),
                            "cannot open " DEVICE ": %s; use --backend emu",
                            strerror(errno));
    }
}

/* What the backend cannot do without. */
static const struct {
    unsigned cap;
    const char *name;
} needed_caps[] = {
    {KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY"},
    {KVM_CAP_READONLY_MEM, "KVM_CAP_READONLY_MEM"},
    {KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT"},
    {KVM_CAP_SYNC_REGS, "KVM_CAP_SYNC_REGS"},
    {KVM_CAP_X86_MSR_FILTER, "KVM_CAP_X86_MSR_FILTER"},
    {KVM_CAP_VCPU_EVENTS, "KVM_CAP_VCPU_EVENTS"},
    {KVM_CAP_DEBUGREGS, "KVM_CAP_DEBUGREGS"},
    {KVM_CAP_XSAVE, "KVM_CAP_XSAVE"},
    {KVM_CAP_XCRS, "KVM_CAP_XCRS"},
    {KVM_CAP_EXT_CPUID, "KVM_CAP_EXT_CPUID"},
};

static int cap_get(int device, unsigned cap)
{
    return kvm_ioctl(device, KVM_CHECK_EXTENSION, (void *)(uintptr_t)cap);
}

static hl_status caps_check(int device, hl_error *error)
{
    int version = kvm_ioctl(device, KVM_GET_API_VERSION, NULL);

    if (version != KVM_API_VERSION)
        return hl_error_set(error, HL_FAIL_BACKEND,
                            "KVM has API version %d, not %d; use a newer "
                            "kernel or --backend emu",
                            version, KVM_API_VERSION);
    for (size_t i = 0; i < sizeof(needed_caps) / sizeof(needed_caps[0]); i++)
        if (cap_get(device, needed_caps[i].cap) <= 0)
            return hl_error_set(error, HL_FAIL_BACKEND,
                                "this kernel's KVM lacks %s (Linux 5.10 has "
                                "it); use a newer kernel or --backend emu",
                                needed_caps[i].name);
    return HL_OK;
}

static void cpuid_clear(uint32_t *reg, unsigned bit)
{
    *reg &= ~(UINT32_C(1) << bit);
}

/* What upstream hosts hide (abi §3.1), and the 36 physical address bits that
 * make the scratch region's address legal everywhere. */
static void cpuid_adjust(struct kvm_cpuid_entry2 *entry)
{
    switch (entry->function) {
    case 1:
        cpuid_clear(&entry->ecx, 5);  /* VMX */
        cpuid_clear(&entry->ecx, 21); /* x2APIC */
        break;
    case 7:
        if (entry->index == 0) {
            cpuid_clear(&entry->ecx, 7);  /* SHSTK */
            cpuid_clear(&entry->edx, 20); /* IBT */
        }
        break;
    case 0x80000001:
        cpuid_clear(&entry->ecx, 2); /* SVM */
        break;
    case 0x80000008:
        entry->eax = (entry->eax & ~UINT32_C(0xFF)) | HL_PHYS_ADDR_BITS;
        break;
    default:
        break;
    }
}

static hl_status cpuid_read(int device, struct kvm_cpuid2 **cpuid,
                            hl_error *error)
{
    struct kvm_cpuid2 *read = calloc(
        1, sizeof(*read) + CPUID_ENTRIES_MAX * sizeof(struct kvm_cpuid_entry2));

    if (!read)
        return hl_error_set(error, HL_FAIL_NO_MEMORY, "out of host memory");
    read->nent = CPUID_ENTRIES_MAX;
    if (kvm_ioctl(device, KVM_GET_SUPPORTED_CPUID, read) < 0) {
        const hl_status status =
            hl_error_set(error, lacking(),
                         "KVM_GET_SUPPORTED_CPUID failed: %s; use --backend "
                         "emu",
                         strerror(errno));

        free(read);
        return status;
    }
    for (uint32_t i = 0; i < read->nent; i++)
        cpuid_adjust(&read->entries[i]);
    *cpuid = read;
    return HL_OK;
}

static hl_status facts_read(int device, struct kvm_facts *facts,
                            hl_error *error)
{
    hl_status status = caps_check(device, error);

    if (status != HL_OK)
        return status;
    int size = kvm_ioctl(device, KVM_GET_VCPU_MMAP_SIZE, NULL);
    if (size < (int)sizeof(struct kvm_run))
        return hl_error_set(error, HL_FAIL_BACKEND,
                            "KVM_GET_VCPU_MMAP_SIZE says %d; use --backend emu",
                            size);
    facts->run_size = (size_t)size;
    facts->exits_on_emulation_failure =
        cap_get(device, KVM_CAP_EXIT_ON_EMULATION_FAILURE) > 0;
    facts->settles_faults = cap_get(device, KVM_CAP_X86_TRIPLE_FAULT_EVENT) > 0;
    return cpuid_read(device, &facts->cpuid, error);
}

/* KVM_GET_SUPPORTED_CPUID alone costs as much as creating a VM, and its answer
 * stays: read once a process. A failure is not kept. */
hl_status kvm_facts_get(int device, const struct kvm_facts **facts,
                        hl_error *error)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct kvm_facts known;
    static bool is_known;
    hl_status status = HL_OK;

    pthread_mutex_lock(&lock);
    if (!is_known)
        status = facts_read(device, &known, error);
    is_known = is_known || status == HL_OK;
    pthread_mutex_unlock(&lock);
    if (status == HL_OK)
        *facts = &known;
    return status;
}

/* A guest of one page: xorps %xmm0,%xmm0; out %al,$0x80 */
static const uint8_t sse_code[] = {0x0F, 0x57, 0xC0, 0xE6, 0x80};

#define PROBE_GPA HL_U64(0x10000)

/* Lay out tables (identity, one page of code) and code in slot->host. */
static hl_status probe_fill(struct hl_vmm_slot *slot, hl_error *error)
{
    struct hl_pagetable table;
    uint64_t code_gpa = slot->gpa + slot->size - HL_PAGE_SIZE;
    hl_status status = pagetable_init(&table, slot->gpa, error);

    if (status == HL_OK)
        status = pagetable_map(&table, code_gpa, code_gpa, 1,
                               HL_PTE_PRESENT | HL_PTE_ACCESSED, error);
    if (status == HL_OK) {
        memcpy(slot->host, table.bytes, table.count * HL_PAGE_SIZE);
        memcpy(slot->host + slot->size - HL_PAGE_SIZE, sse_code,
               sizeof(sse_code));
    }
    pagetable_free(&table);
    return status;
}

static hl_status probe_run(struct hl_vmm *vmm, const struct hl_vmm_slot *slot,
                           struct hl_vmm_exit *exit, hl_error *error)
{
    const struct hl_vmm_sregs sregs = {
        .cs = {.type = 0xB, .present = 1, .s = 1, .l = 1},
        .tr = {.limit = 0xFFFF, .type = 0xB, .present = 1},
        .cr0 = HL_CR0_INIT,
        .cr3 = slot->gpa,
        .cr4 = HL_CR4_INIT,
        .efer = HL_EFER_INIT,
    };
    hl_status status = vmm->ops->map(vmm, HL_VMM_SLOT_SCRATCH, slot, error);

    if (status == HL_OK)
        status = vmm->ops->reset(vmm, &sregs, error);
    if (status != HL_OK)
        return status;
    vmm->ops->regs(vmm)->rip = slot->gpa + slot->size - HL_PAGE_SIZE;
    vmm->ops->set_regs(vmm);
    for (int tries = 0; tries < 100; tries++) {
        status = vmm->ops->run(vmm, exit, error);
        if (status != HL_OK || exit->kind != HL_VMM_EXIT_STOPPED)
            break; /* a signal of the embedder's stops a run, too */
    }
    return status;
}

hl_status kvm_probe(bool *executes_sse, hl_error *error)
{
    struct hl_vmm_slot slot = {.gpa = PROBE_GPA, .size = 5 * HL_PAGE_SIZE};
    struct hl_vmm_exit exit;
    struct hl_vmm *vmm = NULL;
    hl_status status = hl_vmm_kvm.open(&vmm, error);

    if (status != HL_OK)
        return status;
    void *memory = mmap(NULL, slot.size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        status = hl_error_set(error, HL_FAIL_NO_MEMORY, "out of host memory");
        goto out;
    }
    slot.host = memory;
    status = probe_fill(&slot, error);
    if (status == HL_OK)
        status = probe_run(vmm, &slot, &exit, error);
    if (status == HL_OK && exit.kind != HL_VMM_EXIT_OUT &&
        exit.kind != HL_VMM_EXIT_INSTRUCTION)
        status = hl_error_set(error, HL_FAIL_BACKEND,
                              "KVM cannot run a guest of one instruction (exit "
                              "%d %s); see dmesg, or use --backend emu",
                              exit.kind, exit.text);
    if (status == HL_OK)
        *executes_sse = exit.kind == HL_VMM_EXIT_OUT;
out:
    hl_vmm_kvm.close(vmm);
    if (memory != MAP_FAILED)
        munmap(memory, slot.size);
    return status;
}
