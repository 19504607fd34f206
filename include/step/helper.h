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
 *
 *	git-wf--container WORD… [-- PROGRAM [ARG…]]
 *
 * builds an image, or runs a container, or both, in the working directory it is started in. The words, of
 * which no value can become an option:
 *
 *	image=NAME         what runs
 *	build=FOLDER       what is built, relative to $WF_ROOT; then file=PATH, tag=NAME, arg=NAME=VALUE
 *	from=PATH to=PATH  a mount; a PATH of from= without a slash at its start is relative to $WF_ROOT;
 *	                   to-ro= in place of to= is read-only
 *
 * The container's environment is what the program's own holds as WF_ENV_NAME, the variables of `run`
 * (__wf_1) and WF_*; $WF_CONTAINER_COMMAND is what the user chose to run containers, $WF_GRACE_MS the time
 * between TERM and KILL. The exit status is that of what ran; HELPER_CONTAINER_REFUSED: nothing could.
 */
#ifndef STEP_HELPER_H
#define STEP_HELPER_H

#define HELPER_EXEC	    "git-wf--exec"
#define HELPER_EXEC_REFUSED 125

#define HELPER_CONTAINER	 "git-wf--container"
#define HELPER_CONTAINER_REFUSED 125

#endif
