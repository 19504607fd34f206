/*
 * No network, by seccomp: no socket of any family can be made, so that neither IP nor a service of
 * this machine (a resolver, docker, an agent) is a way out. Pipes and pairs of stream sockets stay.
 * io_uring, which makes sockets past the filter, does not.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/compat.h"
#include "exec_impl.h"

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define OUR_ARCH AUDIT_ARCH_RISCV64
#endif

#ifdef OUR_ARCH

#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

#define FOREIGN_CALLS 0x40000000u /* x32 has numbers of its own */
#define TYPE_MASK     0xfu	  /* without SOCK_CLOEXEC and SOCK_NONBLOCK */

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define ANSWER(word) BPF_STMT(BPF_RET | BPF_K, (word))
#define REFUSE(with) ANSWER(SECCOMP_RET_ERRNO | (with))
#define UNLESS(k)    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), 0, 1) /* skips one */

/* args are little-endian on all of the above: the low half comes first. */
static struct sock_filter filter[] = {
	LOAD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
	LOAD(nr),
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FOREIGN_CALLS, 0, 1),
	REFUSE(ENOSYS),
	UNLESS(SYS_socket),
	REFUSE(EPERM),
	UNLESS(SYS_io_uring_setup),
	REFUSE(ENOSYS),
	UNLESS(SYS_pidfd_getfd),
	REFUSE(EPERM),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socketpair, 1, 0),
	ANSWER(SECCOMP_RET_ALLOW),
	/* One of datagrams could still be sent to, and from, any other socket. */
	LOAD(args[1]),
	BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TYPE_MASK),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SOCK_STREAM, 0, 3),
	LOAD(args[0]),
	UNLESS(AF_UNIX),
	ANSWER(SECCOMP_RET_ALLOW),
	REFUSE(EPERM),
};

int network_cut(struct err *err)
{
	struct sock_fprog program = { ARRAY_SIZE(filter), filter };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return err_errno(err, "cannot cut off the network");
	return 0;
}

#else

int network_cut(struct err *err)
{
	return err_set(err, ERR_SYSTEM,
		       "how to cut off the network is not known for this kind of processor");
}

#endif
