/*
 * The registers of a system call in a traced process: its number, its arguments, its result. The only
 * part of the fault driver that depends on the machine; where there is none, HAS_REGS is 0.
 */
#ifndef FAULT_REGS_H
#define FAULT_REGS_H

#ifdef __linux__
#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#endif

#if defined(__linux__) && defined(__x86_64__)

#define HAS_REGS 1

struct regs {
	struct user_regs_struct user;
};

static inline int regs_read(pid_t pid, struct regs *regs)
{
	return (int)ptrace(PTRACE_GETREGS, pid, NULL, &regs->user);
}

static inline long regs_number(const struct regs *regs)
{
	return (long)regs->user.orig_rax;
}

static inline uint64_t regs_argument(const struct regs *regs, int i)
{
	const uint64_t all[] = { regs->user.rdi, regs->user.rsi, regs->user.rdx,
				 regs->user.r10, regs->user.r8,	 regs->user.r9 };

	return all[i];
}

/* The kernel skips a call of the number -1. */
static inline int regs_skip_call(pid_t pid, struct regs *regs)
{
	regs->user.orig_rax = (unsigned long long)-1;
	return (int)ptrace(PTRACE_SETREGS, pid, NULL, &regs->user);
}

static inline int regs_set_result(pid_t pid, struct regs *regs, long result)
{
	regs->user.rax = (unsigned long long)result;
	return (int)ptrace(PTRACE_SETREGS, pid, NULL, &regs->user);
}

#elif defined(__linux__) && defined(__aarch64__)

#define HAS_REGS 1

#ifndef NT_ARM_SYSTEM_CALL
#define NT_ARM_SYSTEM_CALL 0x404
#endif

struct regs {
	struct user_regs_struct user;
};

static inline int regs_read(pid_t pid, struct regs *regs)
{
	struct iovec io = { &regs->user, sizeof regs->user };

	return (int)ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io);
}

static inline long regs_number(const struct regs *regs)
{
	return (long)regs->user.regs[8];
}

static inline uint64_t regs_argument(const struct regs *regs, int i)
{
	return regs->user.regs[i];
}

static inline int regs_skip_call(pid_t pid, struct regs *regs)
{
	int number = -1;
	struct iovec io = { &number, sizeof number };

	(void)regs;
	return (int)ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &io);
}

static inline int regs_set_result(pid_t pid, struct regs *regs, long result)
{
	struct iovec io = { &regs->user, sizeof regs->user };

	regs->user.regs[0] = (unsigned long long)result;
	return (int)ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &io);
}

#else

#define HAS_REGS 0

#endif

#endif
