/*
 * Each case sandboxes a child of its own, which tries what it should no longer
 * be able to do; its exit status names the first thing that went wrong. What
 * the kernel of this machine does not offer is skipped, not failed.
 */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static char folder[] = "/tmp/imappushd-sandbox-XXXXXX";
static char secret[64], allowed[64], fresh[64];

/* In a child: the line is the exit status, and so what a failure reports. */
#define NEED(condition)                                                        \
    do {                                                                       \
        if (!(condition)) {                                                    \
            fprintf(stderr, "line %d: %s (%s)\n", __LINE__, #condition,        \
                    strerror(errno));                                          \
            _exit(1);                                                          \
        }                                                                      \
    } while (0)

static int status_of(void (*body)(void), const struct sandbox *sandbox)
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        sandbox_every_process();
        if (sandbox)
            sandbox_stranger(sandbox);
        body();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void assert_holds(void (*body)(void), struct sandbox sandbox)
{
    assert_int_equal(status_of(body, &sandbox), 0);
}

/* Valgrind knows no Landlock, dies of an execve() that fails, ends processes
 * by a kill() of its own, and keeps limits to itself. */
static bool on_valgrind(void)
{
    const char *preload = getenv("LD_PRELOAD");

    return preload && strstr(preload, "vgpreload");
}

static bool have_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0,
                   LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

static void filter_is_on(void)
{
    NEED(prctl(PR_GET_SECCOMP) == 2);
}

static bool have_seccomp(void)
{
    return status_of(filter_is_on, &(struct sandbox){0}) == 0;
}

/* ---- every process ---- */

static void gives_nothing_away(void)
{
    struct rlimit core;

    NEED(prctl(PR_GET_DUMPABLE) == 0);
    NEED(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0);
    NEED(umask(0) == 077);
}

static void every_process_leaves_no_core(void **state)
{
    (void)state;
    assert_int_equal(status_of(gives_nothing_away, NULL), 0);
}

/* ---- files ---- */

static bool can_open(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static void reads_system_only(void)
{
    NEED(can_open("/etc/passwd", O_RDONLY));
    NEED(can_open("/proc/self/statm", O_RDONLY));
    NEED(can_open("/usr", O_RDONLY | O_DIRECTORY));
    NEED(can_open(allowed, O_RDONLY));
    NEED(!can_open(secret, O_RDONLY) && errno == EACCES);
    NEED(!can_open(folder, O_RDONLY | O_DIRECTORY) && errno == EACCES);
}

static void reads_all(void)
{
    NEED(can_open("/etc/passwd", O_RDONLY));
    NEED(can_open(secret, O_RDONLY));
    NEED(can_open(folder, O_RDONLY | O_DIRECTORY));
}

static void writes_nothing(void)
{
    NEED(!can_open(secret, O_WRONLY) && errno == EACCES);
    NEED(!can_open(allowed, O_RDWR) && errno == EACCES);
    NEED(!can_open(fresh, O_CREAT | O_WRONLY));
    NEED(!can_open("/dev/shm/imappushd-sandbox", O_CREAT | O_WRONLY));
    NEED(mkdir(fresh, 0700) < 0 && mkfifo(fresh, 0600) < 0);
    NEED(symlink("/", fresh) < 0 && link(secret, fresh) < 0);
    NEED(rename(secret, fresh) < 0 && unlink(secret) < 0);
}

static void only_system_files_are_readable(void **state)
{
    (void)state;
    if (!have_landlock())
        skip();
    assert_holds(reads_system_only, (struct sandbox){.readable = allowed});
}

static void all_files_are_readable_where_asked(void **state)
{
    (void)state;
    assert_holds(reads_all, (struct sandbox){.read_all = true});
}

static void nothing_is_writable(void **state)
{
    (void)state;
    if (!have_landlock())
        skip();
    assert_holds(writes_nothing, (struct sandbox){.readable = allowed});
    assert_holds(writes_nothing, (struct sandbox){.read_all = true});
}

/* ---- other programs and processes ---- */

static void runs_nothing(void)
{
    char *const nothing[] = {NULL};

    execve("/bin/true", nothing, nothing);
    NEED(errno == EPERM || errno == EACCES);
}

static void touches_nobody(void)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {&byte, 1};

    NEED(kill(getppid(), 0) < 0 && errno == EPERM);
    NEED(kill(0, 0) < 0 && errno == EPERM);
    NEED(syscall(SYS_tgkill, getppid(), getppid(), 0) < 0 && errno == EPERM);
    NEED(syscall(SYS_tkill, getppid(), 0) < 0 && errno == EPERM);
    NEED(process_vm_readv(getppid(), &here, 1, &there, 1, 0) < 0);
    NEED(errno == EPERM);
}

static void changes_no_view(void)
{
    NEED(syscall(SYS_unshare, 0x10000000) < 0 && errno == EPERM);
    NEED(syscall(SYS_chroot, "/tmp") < 0 && errno == EPERM);
    NEED(syscall(SYS_keyctl, 0, -3, 0) < 0 && errno == EPERM);
    NEED(syscall(SYS_bpf, 0, NULL, 0) < 0 && errno == EPERM);
}

static int terminal; /* as standard error may be one, from before */

/* (For root, who may always type, a kernel that does not know it says EIO.) */
static void types_nothing(void)
{
    struct winsize size;

    errno = 0;
    NEED(ioctl(terminal, TIOCSTI, "x") < 0 && errno == EPERM);
    errno = 0;
    NEED(syscall(SYS_ioctl, terminal, TIOCSTI | 1UL << 32, "x") < 0 &&
         errno == EPERM);
    errno = 0;
    NEED(ioctl(terminal, TIOCLINUX, "x") < 0 && errno == EPERM);
    NEED(ioctl(terminal, TIOCGWINSZ, &size) == 0);
}

static void no_new_program_no_signal_no_namespace(void **state)
{
    (void)state;
    if (on_valgrind() || !have_seccomp())
        skip();
    assert_holds(runs_nothing, (struct sandbox){0});
    assert_holds(touches_nobody, (struct sandbox){0});
    assert_holds(changes_no_view, (struct sandbox){0});
}

static void no_typing_into_the_terminal(void **state)
{
    (void)state;
    if (on_valgrind() || !have_seccomp())
        skip();
    terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(terminal >= 0);
    assert_holds(types_nothing, (struct sandbox){0});
    close(terminal);
}

static void abort_still_works(void **state)
{
    (void)state;
    if (on_valgrind())
        skip();
    int status = status_of(abort, &(struct sandbox){0});

    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* ---- sockets ---- */

static bool can_socket(int family, int type)
{
    int fd = socket(family, type | SOCK_CLOEXEC, 0);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static void internet_only(void)
{
    int pair[2];

    NEED(can_socket(AF_INET, SOCK_STREAM));
    NEED(can_socket(AF_INET6, SOCK_DGRAM) || errno == EAFNOSUPPORT);
    NEED(can_socket(AF_NETLINK, SOCK_RAW));
    NEED(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
    NEED(!can_socket(AF_UNIX, SOCK_STREAM) && errno == EPERM);
    NEED(!can_socket(AF_PACKET, SOCK_DGRAM) && errno == EPERM);
    NEED(!can_socket(AF_VSOCK, SOCK_STREAM) && errno == EPERM);
    NEED(!can_socket(AF_ALG, SOCK_SEQPACKET) && errno == EPERM);
}

static void unix_too(void)
{
    NEED(can_socket(AF_UNIX, SOCK_STREAM));
    NEED(!can_socket(AF_PACKET, SOCK_DGRAM) && errno == EPERM);
}

static void looks_up_names(void)
{
    struct addrinfo *found = NULL;

    NEED(getaddrinfo("localhost", "993", NULL, &found) == 0);
    freeaddrinfo(found);
}

static void only_internet_sockets(void **state)
{
    (void)state;
    if (!have_seccomp())
        skip();
    assert_holds(internet_only, (struct sandbox){0});
    assert_holds(unix_too, (struct sandbox){.unix_sockets = true});
}

static void names_are_still_looked_up(void **state)
{
    (void)state;
    assert_holds(looks_up_names, (struct sandbox){0});
    assert_holds(looks_up_names, (struct sandbox){.unix_sockets = true});
}

/* ---- limits ---- */

static void memory_bomb_fails(void)
{
    char *small = malloc(16 << 20);

    NEED(small);
    memset(small, 1, 16 << 20);
    NEED(mmap(NULL, (size_t)1 << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
              0) == MAP_FAILED);
    free(small);
}

static void descriptors_run_out(void)
{
    int fd, last = -1;

    while ((fd = dup(0)) >= 0)
        last = fd;
    NEED(errno == EMFILE && last >= 31 && last < 64);
}

static void *wait_for_all(void *gate)
{
    pthread_barrier_wait(gate);
    return NULL;
}

static void starts_threads(void)
{
    pthread_t threads[16];
    pthread_barrier_t gate;

    pthread_barrier_init(&gate, NULL, 17);
    for (size_t i = 0; i < 16; i++)
        NEED(pthread_create(&threads[i], NULL, wait_for_all, &gate) == 0);
    pthread_barrier_wait(&gate);
    for (size_t i = 0; i < 16; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&gate);
}

static void memory_and_descriptors_are_bounded(void **state)
{
    (void)state;
    if (on_valgrind())
        skip();
    if (!SANITIZED)
        assert_holds(memory_bomb_fails, (struct sandbox){0});
    assert_holds(descriptors_run_out, (struct sandbox){.descriptors = 40});
}

static void threads_can_start_later(void **state)
{
    (void)state;
    assert_holds(starts_threads, (struct sandbox){.threads_later = true});
}

/* ---- */

static void put_file(const char *path)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    fputs("secret\n", file);
    fclose(file);
}

static int make_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(secret, sizeof secret, "%s/secret", folder);
    snprintf(allowed, sizeof allowed, "%s/allowed", folder);
    snprintf(fresh, sizeof fresh, "%s/fresh", folder);
    put_file(secret);
    put_file(allowed);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(secret);
    unlink(allowed);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_process_leaves_no_core),
        cmocka_unit_test(only_system_files_are_readable),
        cmocka_unit_test(all_files_are_readable_where_asked),
        cmocka_unit_test(nothing_is_writable),
        cmocka_unit_test(no_new_program_no_signal_no_namespace),
        cmocka_unit_test(no_typing_into_the_terminal),
        cmocka_unit_test(abort_still_works),
        cmocka_unit_test(only_internet_sockets),
        cmocka_unit_test(names_are_still_looked_up),
        cmocka_unit_test(memory_and_descriptors_are_bounded),
        cmocka_unit_test(threads_can_start_later),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
