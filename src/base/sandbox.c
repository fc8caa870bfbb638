/*
 * Four layers, each of which the others do not need: rlimits, "no new
 * privileges", Landlock for files, seccomp for system calls. All are for the
 * case that a parser of ours or of a library was taken over by a stranger's
 * bytes: such code shall find nothing to write, to start or to attack.
 *
 * The seccomp filter is a list of what is forbidden, not of what is allowed.
 * A list of what is allowed must know each call that glibc, GnuTLS or libcurl
 * may make, today and after the next upgrade; the first one tried killed the
 * program in its first run. What is forbidden fails with EPERM: killing would
 * turn a library's harmless attempt into a crash.
 *
 * Sanitizers need room that RLIMIT_AS would not leave, and LeakSanitizer
 * traces its own process; these two are left out of such builds.
 */
#include "base/sandbox.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||     \
    __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

void sandbox_every_process(void)
{
    prctl(PR_SET_DUMPABLE, 0);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    umask(077);
}

/* ---- limits ---- */

#define MIB ((rlim_t)1024 * 1024)
#define ROOM (256 * MIB)
#define ROOM_FOR_THREADS (256 * MIB)

static void limit(__rlimit_resource_t resource, rlim_t most)
{
    struct rlimit old;

    if (getrlimit(resource, &old) == 0 && old.rlim_max < most)
        most = old.rlim_max;
    if (setrlimit(resource, &(struct rlimit){most, most}) < 0)
        log_debug("no limit on resource %d: %s", (int)resource,
                  strerror(errno));
}

/* Relative to what is mapped now: libraries differ between systems. */
static void limit_memory(rlim_t room)
{
    unsigned long long pages;
    FILE *statm = fopen("/proc/self/statm", "re");

    if (!statm)
        return;
    if (fscanf(statm, "%llu", &pages) == 1)
        limit(RLIMIT_AS, (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + room);
    fclose(statm);
}

static void set_limits(const struct sandbox *sandbox)
{
    int descriptors =
        sandbox->descriptors ? sandbox->descriptors : SANDBOX_DESCRIPTORS;

    limit(RLIMIT_NOFILE, (rlim_t)descriptors);
    if (!SANITIZED)
        limit_memory(ROOM + (sandbox->threads_later ? ROOM_FOR_THREADS : 0));
}

/* ---- Landlock: files ---- */

/* The kernel's header may be older than the kernel, so what came after the
 * second version of the ABI is spelled out here. */
#define FS_TRUNCATE ((uint64_t)1 << 14)  /* third */
#define FS_IOCTL_DEV ((uint64_t)1 << 15) /* fifth */
#define SCOPE_ABSTRACT_UNIX_SOCKET 1     /* sixth */
#define SCOPE_SIGNAL 2                   /* sixth */

#define FS_READ                                                                \
    ((uint64_t)LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

struct ruleset {
    uint64_t fs;
    uint64_t net;    /* since the fourth */
    uint64_t scoped; /* since the sixth */
};

static int landlock_abi(void)
{
    return (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
                        LANDLOCK_CREATE_RULESET_VERSION);
}

/* All that this version knows is forbidden, but for what rules allow. */
static uint64_t fs_rights(int abi)
{
    uint64_t rights = ((uint64_t)LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

    if (abi >= 2)
        rights |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        rights |= FS_TRUNCATE;
    if (abi >= 5)
        rights |= FS_IOCTL_DEV;
    return rights;
}

static int make_ruleset(int abi, bool read_all)
{
    struct ruleset ruleset = {.fs = fs_rights(abi)};
    size_t size = abi >= 6   ? sizeof ruleset
                  : abi >= 4 ? offsetof(struct ruleset, scoped)
                             : offsetof(struct ruleset, net);

    if (read_all)
        ruleset.fs &= ~FS_READ;
    if (abi >= 6)
        ruleset.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
    return (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
}

/* A path that does not exist needs no rule. */
static void allow_reading(int ruleset, const char *path, uint64_t rights)
{
    int fd = open(path, O_PATH | O_CLOEXEC);

    if (fd < 0)
        return;
    struct landlock_path_beneath_attr rule = {.allowed_access = rights,
                                              .parent_fd = fd};

    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
                &rule, 0) < 0)
        log_debug("Landlock: %s stays closed: %s", path, strerror(errno));
    close(fd);
}

static void allow_system_files(int ruleset)
{
    static const char *const folders[] = {"/etc",   "/usr",   "/lib",
                                          "/lib32", "/lib64", "/run",
                                          "/sys",   "/proc",  "/dev"};

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        allow_reading(ruleset, folders[i], FS_READ);
}

static void close_files(const struct sandbox *sandbox)
{
    int abi = landlock_abi();
    int ruleset = abi > 0 ? make_ruleset(abi, sandbox->read_all) : -1;

    if (ruleset < 0) {
        log_debug("no Landlock: %s", strerror(errno));
        return;
    }
    if (!sandbox->read_all) {
        allow_system_files(ruleset);
        if (sandbox->readable)
            allow_reading(ruleset, sandbox->readable,
                          LANDLOCK_ACCESS_FS_READ_FILE);
    }
    if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        log_debug("no Landlock: %s", strerror(errno));
    close(ruleset);
}

/* ---- seccomp: system calls ---- */

/* By name: an architecture that lacks a call has nothing to forbid. */
static const char *const forbidden[] = {
    /* other programs */
    "execve", "execveat",
    /* other processes */
    "process_vm_readv", "process_vm_writev", "kill", "tkill",
    "pidfd_send_signal", "pidfd_getfd", "rt_sigqueueinfo", "rt_tgsigqueueinfo",
#if !SANITIZED
    "ptrace",
#endif
    /* another view of the system */
    "mount", "umount", "umount2", "pivot_root", "chroot", "setns", "unshare",
    "open_by_handle_at",
    /* parts of the kernel with a history */
    "bpf", "userfaultfd", "io_uring_setup", "perf_event_open", "keyctl",
    "add_key", "request_key", "kexec_load", "kexec_file_load", "init_module",
    "finit_module", "delete_module"};

/* With an argument, the call is forbidden only where that compares true. */
static void forbid(scmp_filter_ctx filter, uint32_t action, const char *name,
                   const struct scmp_arg_cmp *argument)
{
    int number = seccomp_syscall_resolve_name(name);

    if (number == __NR_SCMP_ERROR)
        return;
    int result = seccomp_rule_add_array(filter, action, number,
                                        argument ? 1 : 0, argument);

    if (result < 0 && result != -EDOM) /* not on this architecture */
        log_debug("seccomp: %s stays allowed: %s", name, strerror(-result));
}

static void forbid_calls(scmp_filter_ctx filter)
{
    uint32_t refuse = SCMP_ACT_ERRNO(EPERM);
    struct scmp_arg_cmp another_process = {
        .arg = 0, .op = SCMP_CMP_NE, .datum_a = (scmp_datum_t)getpid()};
    struct scmp_arg_cmp new_user_namespace = {.arg = 0,
                                              .op = SCMP_CMP_MASKED_EQ,
                                              .datum_a = CLONE_NEWUSER,
                                              .datum_b = CLONE_NEWUSER};

    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
        forbid(filter, refuse, forbidden[i], NULL);
    forbid(filter, refuse, "tgkill", &another_process); /* abort() may */
    /* What unshare() does. A filter cannot look into clone3's structure; glibc
     * takes the older call where that one is missing. */
#ifndef __s390__ /* where the flags are another argument */
    forbid(filter, refuse, "clone", &new_user_namespace);
#else
    (void)new_user_namespace;
#endif
    forbid(filter, SCMP_ACT_ERRNO(ENOSYS), "clone3", NULL);
}

/* On the terminal that standard error may be: to type into it is to run
 * programs outside. The kernel looks at the lower half of the argument alone.
 */
static void forbid_typing(scmp_filter_ctx filter)
{
    static const unsigned long requests[] = {TIOCSTI, TIOCLINUX};
    struct scmp_arg_cmp request = {
        .arg = 1, .op = SCMP_CMP_MASKED_EQ, .datum_a = UINT32_MAX};

    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        request.datum_b = requests[i];
        forbid(filter, SCMP_ACT_ERRNO(EPERM), "ioctl", &request);
    }
}

/* Netlink is how getaddrinfo() learns which address families are in use.
 * socketpair() is another call, and stays. */
static void forbid_sockets(scmp_filter_ctx filter, bool unix_sockets)
{
    uint32_t refuse = SCMP_ACT_ERRNO(EPERM);
    struct scmp_arg_cmp family = {.arg = 0, .op = SCMP_CMP_EQ};

    for (int number = AF_UNSPEC; number <= AF_NETLINK; number++) {
        if (number == AF_INET || number == AF_INET6 || number == AF_NETLINK ||
            (number == AF_UNIX && unix_sockets))
            continue;
        family.datum_a = (scmp_datum_t)number;
        forbid(filter, refuse, "socket", &family);
    }
    family.op = SCMP_CMP_GT;
    family.datum_a = AF_NETLINK;
    forbid(filter, refuse, "socket", &family);
}

static void close_calls(const struct sandbox *sandbox)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

    if (!filter) {
        log_debug("no seccomp: out of memory");
        return;
    }
    forbid_calls(filter);
    forbid_typing(filter);
    forbid_sockets(filter, sandbox->unix_sockets);
    int result = seccomp_load(filter);

    if (result < 0)
        log_debug("no seccomp: %s", strerror(-result));
    seccomp_release(filter);
}

void sandbox_stranger(const struct sandbox *sandbox)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        log_debug("new privileges stay possible: %s", strerror(errno));
    set_limits(sandbox);
    close_files(sandbox);
    close_calls(sandbox);
}
