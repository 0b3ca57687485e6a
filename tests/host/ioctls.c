/* SPDX-License-Identifier: MIT */
/* guarantees: P1.2 P2.2 P3.1 */
/*
 * What a call costs in system calls on KVM (feature F3), and what a restore
 * asks of KVM: linked with --wrap=ioctl, so that every ioctl of the library
 * passes by here.
 */
#include <linux/kvm.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

int __real_ioctl(int fd, unsigned long request, void *argument);
int __wrap_ioctl(int fd, unsigned long request, void *argument);

static unsigned runs;
static unsigned others;
static unsigned maps;
static unsigned machines;
static bool is_old; /* a kernel without KVM_CAP_X86_TRIPLE_FAULT_EVENT */

/* What the library asks of a KVM_RUN, read where KVM reads it. */
static struct {
    bool enters;
    uint64_t set; /* kvm_dirty_regs */
    uint64_t cr4;
    uint32_t events; /* flags */
} run;
static int vcpu; /* of the last KVM_RUN */

static void run_look(int fd)
{
    const size_t size = sizeof(struct kvm_run);
    struct kvm_run *shared = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

    assert_ptr_not_equal(shared, MAP_FAILED);
    run.enters = !shared->immediate_exit;
    run.set = shared->kvm_dirty_regs;
    run.cr4 = shared->s.regs.sregs.cr4;
    run.events = shared->s.regs.events.flags;
    munmap(shared, size);
    vcpu = fd;
}

int __wrap_ioctl(int fd, unsigned long request, void *argument)
{
    if (request == KVM_RUN) {
        runs++;
        run_look(fd);
    } else {
        others++;
    }
    maps += request == KVM_SET_USER_MEMORY_REGION;
    machines += request == KVM_CREATE_VM;
    if (is_old && request == KVM_CHECK_EXTENSION &&
        (uintptr_t)argument == KVM_CAP_X86_TRIPLE_FAULT_EVENT)
        return 0;
    return __real_ioctl(fd, request, argument);
}

HL_PROVIDE(int32_t, HostAdd, (int32_t, a), (int32_t, b))
{
    return a + b;
}

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;

static int ioctls_up(void **state)
{
    (void)state;
    maps = 0;
    image = image_open("core");
    config = config_new();
    hl_config_grant(config, &hl_provided_HostAdd, NULL);
    sandbox = sandbox_open(image, config);
    return 0;
}

static int ioctls_down(void **state)
{
    (void)state;
    hl_sandbox_close(sandbox);
    hl_config_free(config);
    hl_image_free(image);
    return 0;
}

static void count_from_here(void)
{
    runs = 0;
    others = 0;
}

static void F3_one_kvm_run_a_call_and_no_other_ioctl(void **state)
{
    int32_t result;

    (void)state;
    count_from_here();
    for (unsigned i = 1; i <= 20; i++) {
        assert_status(call_int(sandbox, "next", &result), HL_OK);
        assert_int_equal(runs, i);
        assert_int_equal(others, 0);
    }
}

static void F3_one_more_kvm_run_for_each_host_call(void **state)
{
    const hl_value ten = {.type = HL_TYPE_INT, .as.i32 = 10};
    hl_value result = {0};

    (void)state;
    count_from_here();
    assert_status(hl_sandbox_call(sandbox, "call_host_often", 15, &ten, 1,
                                  HL_TYPE_LONG, &result, &test_error),
                  HL_OK);
    assert_int_equal(result.as.i64, 55);
    assert_int_equal(runs, 1 + 10);
    assert_int_equal(others, 0);
}

/* Deadlines cost timers, not ioctls; after a restore it is as before. */
static void F3_no_other_ioctl_after_a_restore(void **state)
{
    hl_snapshot *snapshot = snapshot_take(sandbox);
    int32_t result;

    (void)state;
    for (int i = 0; i < 5; i++) {
        snapshot_apply(sandbox, snapshot);
        count_from_here();
        assert_status(call_int(sandbox, "next", &result), HL_OK);
        assert_int_equal(runs, 1);
        assert_int_equal(others, 0);
    }
    hl_snapshot_free(snapshot);
}

/* The FPU is set again after a call that was cut short, once. */
static void F3_restore_is_what_resets_after_a_crash(void **state)
{
    hl_snapshot *snapshot = snapshot_take(sandbox);
    int32_t result;

    (void)state;
    assert_status(call_int(sandbox, "crash", &result), HL_FAIL_EXCEPTION);
    count_from_here();
    snapshot_apply(sandbox, snapshot);
    assert_int_equal(runs, 1);
    print_message("# a restore takes %u ioctls\n", runs + others);
    count_from_here();
    assert_status(call_int(sandbox, "next", &result), HL_OK);
    assert_int_equal(others, 0);
    hl_snapshot_free(snapshot);
}

/* The machine's memory is what it was when it was made: no call, crash or
 * restore maps or unmaps any. */
static void P3_1_no_call_maps_memory(void **state)
{
    hl_snapshot *snapshot = snapshot_take(sandbox);
    const hl_value ten = {.type = HL_TYPE_INT, .as.i32 = 10};
    hl_value value = {0};
    int32_t result;

    (void)state;
    snapshot_apply(sandbox, snapshot);
    assert_in_range(maps, 3, 5); /* two slots at start, one for the snapshot */
    maps = 0;
    for (int i = 0; i < 3; i++) {
        assert_status(call_int(sandbox, "next", &result), HL_OK);
        assert_status(hl_sandbox_call(sandbox, "call_host_often", 15, &ten, 1,
                                      HL_TYPE_LONG, &value, &test_error),
                      HL_OK);
        assert_status(call_int_int(sandbox, "dirty", 20, &result), HL_OK);
        assert_status(call_int(sandbox, "crash", &result), HL_FAIL_EXCEPTION);
        snapshot_apply(sandbox, snapshot);
    }
    assert_int_equal(maps, 0);
    hl_snapshot_free(snapshot);
}

/* The access that ended the last run is finished without entering the guest:
 * the next run would skip an instruction for it. And the next one finds
 * another CR4 than its own, which makes KVM flush the translations. */
static void P2_2_a_restore_ends_what_the_last_run_left_in_kvm(void **state)
{
    hl_snapshot *snapshot = snapshot_take(sandbox);
    uint64_t other_cr4;
    int32_t result;

    (void)state;
    snapshot_apply(sandbox, snapshot);
    assert_status(call_int(sandbox, "next", &result), HL_OK);
    count_from_here();
    snapshot_apply(sandbox, snapshot);
    assert_int_equal(runs, 1);
    assert_false(run.enters);
    assert_true(run.set & KVM_SYNC_X86_SREGS);
    other_cr4 = run.cr4;
    assert_status(call_int(sandbox, "next", &result), HL_OK);
    assert_int_equal(runs, 2);
    assert_true(run.enters);
    assert_int_equal(run.set, KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS |
                                  KVM_SYNC_X86_EVENTS);
    assert_int_equal(run.cr4 ^ other_cr4, 0x80);
    hl_snapshot_free(snapshot);
}

/* As a run leaves it that is stopped just when the guest faults thrice. */
static bool triple_fault_queue(void)
{
    struct kvm_vcpu_events events;

    assert_int_equal(__real_ioctl(vcpu, KVM_GET_VCPU_EVENTS, &events), 0);
    events.flags |= KVM_VCPUEVENT_VALID_TRIPLE_FAULT;
    events.triple_fault.pending = 1;
    return __real_ioctl(vcpu, KVM_SET_VCPU_EVENTS, &events) == 0;
}

static void P2_2_a_queued_triple_fault_does_not_outlive_a_restore(void **state)
{
    hl_snapshot *snapshot = snapshot_take(sandbox);
    int32_t result;

    (void)state;
    assert_status(call_int(sandbox, "next", &result), HL_OK);
    if (!triple_fault_queue()) {
        hl_snapshot_free(snapshot);
        skip_because("this kernel lacks KVM_CAP_X86_TRIPLE_FAULT_EVENT");
    }
    snapshot_apply(sandbox, snapshot);
    assert_status(call_int(sandbox, "next", &result), HL_OK);
    assert_true(triple_fault_queue()); /* so it would have ended */
    assert_status(call_int(sandbox, "next", &result), HL_FAIL_SHUTDOWN);
    snapshot_apply(sandbox, snapshot);
    assert_status(call_int(sandbox, "next", &result), HL_OK);
    hl_snapshot_free(snapshot);
}

static void a_stopped_vcpu_is_replaced(void **state)
{
    hl_snapshot *snapshot = snapshot_take(sandbox);
    int32_t result;

    (void)state;
    assert_status(call_int(sandbox, "next", &result), HL_OK);
    machines = 0;
    snapshot_apply(sandbox, snapshot);
    assert_int_equal(machines, 0);
    hl_sandbox_set_timeout(sandbox, MS(20));
    assert_status(call_int(sandbox, "loop", &result), HL_FAIL_TIMEOUT);
    hl_sandbox_set_timeout(sandbox, 0);
    snapshot_apply(sandbox, snapshot);
    assert_int_equal(machines, 1);
    assert_status(call_int(sandbox, "next", &result), HL_OK);
    assert_false(run.events & KVM_VCPUEVENT_VALID_TRIPLE_FAULT);
    hl_snapshot_free(snapshot);
}

/* Without a file descriptor left KVM cannot be used now; that is no reason to
 * go on without a boundary. */
static void F4_auto_stays_with_kvm_when_descriptors_run_out(void **state)
{
    struct rlimit all, few;
    hl_sandbox *second = NULL;
    const int next = dup(STDIN_FILENO);

    (void)state;
    hl_config_set_backend(config, HL_BACKEND_AUTO);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &all), 0);
    close(next);
    for (unsigned left = 0; left < 3; left++) { /* of device, VM and vCPU */
        few = (struct rlimit){(rlim_t)next + left, all.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
        const hl_status open =
            hl_sandbox_open(&second, image, config, &test_error);
        const hl_status probe =
            hl_backend_probe(HL_BACKEND_KVM, NULL, &test_error);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &all), 0);
        assert_int_equal(open, HL_FAIL_SYSTEM);
        assert_status(probe, HL_FAIL_SYSTEM);
    }
    assert_null(second);
}

static char **arguments;

/* Where KVM cannot be told to forget it, the vCPU that may have it goes: the
 * test above, in a process that has not asked yet what KVM can do. */
static void P2_2_a_stopped_vcpu_of_an_old_kernel_is_replaced(void **state)
{
    pid_t child = fork();
    int status;

    (void)state;
    assert_int_not_equal(child, -1);
    if (child == 0) {
        /* its plan is not ours; failures are told on stderr */
        if (!freopen("/dev/null", "w", stdout))
            _exit(127);
        setenv("OLD_KERNEL", "1", 1);
        execv("/proc/self/exe", arguments);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ioctls_up, ioctls_down)
    const struct CMUnitTest tests[] = {
        TEST(F3_one_kvm_run_a_call_and_no_other_ioctl),
        TEST(F3_one_more_kvm_run_for_each_host_call),
        TEST(F3_no_other_ioctl_after_a_restore),
        TEST(P3_1_no_call_maps_memory),
        TEST(F3_restore_is_what_resets_after_a_crash),
        TEST(P2_2_a_restore_ends_what_the_last_run_left_in_kvm),
        TEST(P2_2_a_queued_triple_fault_does_not_outlive_a_restore),
        TEST(F4_auto_stays_with_kvm_when_descriptors_run_out),
        cmocka_unit_test(P2_2_a_stopped_vcpu_of_an_old_kernel_is_replaced),
    };
    const struct CMUnitTest old[] = {TEST(a_stopped_vcpu_is_replaced)};

    arguments = argv;
    is_old = getenv("OLD_KERNEL") != NULL;
    if (is_old)
        return RUN_TESTS(argc, argv, old);
    return RUN_TESTS(argc, argv, tests);
}
