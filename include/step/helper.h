/*
 * What git-wf and its helper programs say to each other. The helpers lie in libexec/git-wf, beside the
 * program in a build tree, beside its bin/ where it is installed.
 *
 *	git-wf--exec POLICY PROGRAM [ARG…]
 *
 * takes the limits and the sandbox of the file POLICY upon itself and becomes PROGRAM, as found on
 * PATH: it is the same process. The file is a list of records, each ended by a NUL:
 *
 *	cgroup PATH        the control group to be in, which has limits of its own
 *	memory BYTES       address space that a process may write to (RLIMIT_DATA)
 *	cpu SECONDS        processor time of a process
 *	files N            open files of a process
 *	processes N        processes and threads of all together
 *	confine write      only what a `write` record names may be written…
 *	confine all        …and only what a record names, or the system's own folders hold, read
 *	write PATH         a file, or a folder with all below it; also read
 *	read PATH          the same, read and executed only; one that is not there is passed over
 *	network none       no sockets
 *
 * Where one of them cannot be held to, nothing is started: a line that begins with "git-wf: " goes to
 * standard error, and the exit status is HELPER_EXEC_REFUSED; 127 and 126 are as of a shell.
 */
#ifndef STEP_HELPER_H
#define STEP_HELPER_H

#define HELPER_EXEC	    "git-wf--exec"
#define HELPER_EXEC_REFUSED 125

#endif
