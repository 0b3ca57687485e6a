/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench_floor.h"
#include "bench_samples.h"
#include "clock.h"

#define MEMORY_SIZE 0x10000
#define CODE_AT     0x1000

/* out %al,$0x10; jmp back: in real mode, where a fresh vCPU starts. */
static const uint8_t code[] = {0xE6, 0x10, 0xEB, 0xFC};

struct bare_vm {
    int kvm, vm, vcpu;
    uint8_t *memory;
    struct kvm_run *run;
    size_t run_size;
};

static bool slot_set(const struct bare_vm *bare, uint32_t slot, uint64_t gpa,
                     uint64_t offset)
{
    struct kvm_userspace_memory_region region = {
        .slot = slot,
        .guest_phys_addr = gpa,
        .memory_size = MEMORY_SIZE / 2,
        .userspace_addr = (uint64_t)(uintptr_t)bare->memory + offset,
    };

    return ioctl(bare->vm, KVM_SET_USER_MEMORY_REGION, &region) == 0;
}

static void bare_close(struct bare_vm *bare)
{
    if (bare->run != NULL)
        munmap(bare->run, bare->run_size);
    if (bare->vcpu >= 0)
        close(bare->vcpu);
    if (bare->vm >= 0)
        close(bare->vm);
    if (bare->kvm >= 0)
        close(bare->kvm);
    if (bare->memory != NULL)
        munmap(bare->memory, MEMORY_SIZE);
}

static bool bare_map(struct bare_vm *bare)
{
    void *at = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int size = ioctl(bare->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

    if (at == MAP_FAILED || size <= 0)
        return false;
    bare->memory = at;
    bare->run_size = (size_t)size;
    at = mmap(NULL, bare->run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
              bare->vcpu, 0);
    if (at == MAP_FAILED)
        return false;
    bare->run = at;
    return slot_set(bare, 0, 0, 0) &&
           slot_set(bare, 1, MEMORY_SIZE, MEMORY_SIZE / 2);
}

static bool bare_open(struct bare_vm *bare)
{
    *bare = (struct bare_vm){.kvm = -1, .vm = -1, .vcpu = -1};
    bare->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (bare->kvm < 0)
        return false;
    bare->vm = ioctl(bare->kvm, KVM_CREATE_VM, 0);
    if (bare->vm < 0)
        return false;
    bare->vcpu = ioctl(bare->vm, KVM_CREATE_VCPU, 0);
    return bare->vcpu >= 0 && bare_map(bare);
}

bool floor_vm_create(struct bench_samples *samples, unsigned runs)
{
    bool ok = true;

    for (unsigned i = 0; i < runs && ok; i++) {
        struct bare_vm bare;
        const uint64_t start = clock_now();

        ok = bare_open(&bare);
        samples_add(samples, clock_now() - start);
        bare_close(&bare);
    }
    return ok;
}

static bool bare_start(struct bare_vm *bare)
{
    struct kvm_sregs sregs;
    struct kvm_regs regs;

    memcpy(bare->memory + CODE_AT, code, sizeof(code));
    memset(&regs, 0, sizeof(regs));
    regs.rip = CODE_AT;
    regs.rflags = 2;
    if (ioctl(bare->vcpu, KVM_GET_SREGS, &sregs) != 0)
        return false;
    sregs.cs.base = 0;
    sregs.cs.selector = 0;
    return ioctl(bare->vcpu, KVM_SET_SREGS, &sregs) == 0 &&
           ioctl(bare->vcpu, KVM_SET_REGS, &regs) == 0;
}

bool floor_run(struct bench_samples *samples, unsigned runs)
{
    struct bare_vm bare;
    bool ok = bare_open(&bare) && bare_start(&bare);

    for (unsigned i = 0; i < runs && ok; i++) {
        const uint64_t start = clock_now();

        ok = ioctl(bare.vcpu, KVM_RUN, 0) == 0 &&
             bare.run->exit_reason == KVM_EXIT_IO;
        samples_add(samples, clock_now() - start);
    }
    bare_close(&bare);
    return ok;
}
