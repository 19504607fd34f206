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
 * The container's environment is what the program's own holds as WF_ENV_NAME (HELPER_CARRIED), the variables of `run`
 * (__wf_1) and WF_*; $WF_CONTAINER_COMMAND is what the user chose to run containers, $WF_GRACE_MS the time
 * between TERM and KILL. The exit status is that of what ran; HELPER_CONTAINER_REFUSED: nothing could.
 *
 *	git-wf--http
 *
 * makes one request, which is a JSON object on its standard input with the keys below, and appends to
 * $WF_OUTPUT what came of it: status, headers (JSON, names in lower case, values of one name joined by
 * ", "), body (where it is wanted: text of at most HELPER_HTTP_BODY_MAX bytes) and, with a status that
 * is not expected, retry_after (seconds). It ends with 0, with HELPER_HTTP_UNEXPECTED,
 * HELPER_HTTP_NO_ANSWER or HELPER_HTTP_REFUSED, and says why on its standard output. With the key
 * "mail" it sends one in place of that: {url: smtp:// or smtps://, username, password, from, to: [],
 * text: the message with its headers}.
 *
 *	git-wf--window target=NAME verify=MS [no-wait] [no-restore] -- PROGRAM [ARG…]
 *
 * runs the program in a window of tmux, or of what $WF_WINDOW_COMMAND opens, with the environment that a
 * container would get, and all else of its own. What the window shows goes to standard output. The exit
 * status is the program's; HELPER_WINDOW_REFUSED: it did not begin, or the window was closed.
 *
 *	git-wf--database [migrations=FOLDER] [atomic]
 *
 * has SQL done by sqlite3, psql or mysql. On standard input: the URL (of sqlite: a path relative to
 * $WF_ROOT), a new line, and the text to run. FOLDER is relative to $WF_ROOT. Rows go to standard output,
 * rows=N and applied=N to $WF_OUTPUT. The exit status is the client's; HELPER_DATABASE_REFUSED: it was not
 * asked, or the migrations do not fit.
 */
#ifndef STEP_HELPER_H
#define STEP_HELPER_H

#define HELPER_EXEC	    "git-wf--exec"
#define HELPER_EXEC_REFUSED 125

/* In the environment of a helper that starts something elsewhere. */
#define HELPER_CARRIED		 "WF_ENV_" /* before the name of each variable of the step */
#define HELPER_GRACE_MS		 "WF_GRACE_MS"
#define HELPER_CONTAINER_COMMAND "WF_CONTAINER_COMMAND"
#define HELPER_WINDOW_COMMAND	 "WF_WINDOW_COMMAND"

#define HELPER_CONTAINER	 "git-wf--container"
#define HELPER_CONTAINER_REFUSED 125

#define HELPER_HTTP	       "git-wf--http"
#define HELPER_HTTP_UNEXPECTED 1 /* there was an answer, but not one that was expected */
#define HELPER_HTTP_NO_ANSWER  2 /* none, or not all of it */
#define HELPER_HTTP_REFUSED    3 /* the request cannot be made; nothing was sent */
#define HELPER_HTTP_BODY_MAX   (1u << 20)

#define HELPER_HTTP_METHOD	  "method"
#define HELPER_HTTP_URL		  "url"
#define HELPER_HTTP_HEADERS	  "headers" /* [[name, value], …] */
#define HELPER_HTTP_USERNAME	  "username"
#define HELPER_HTTP_PASSWORD	  "password"
#define HELPER_HTTP_BEARER	  "bearer"
#define HELPER_HTTP_TYPE	  "type" /* of the body, unless a header says it */
#define HELPER_HTTP_BODY	  "body"
#define HELPER_HTTP_FILE	  "file"   /* with the body, from the current directory */
#define HELPER_HTTP_EXPECT	  "expect" /* [[from, to], …]: statuses */
#define HELPER_HTTP_REDIRECTS	  "redirects"
#define HELPER_HTTP_WANTS_BODY	  "wants_body"
#define HELPER_HTTP_SAVE	  "save"	  /* a path, or… */
#define HELPER_HTTP_SAVE_VARIABLE "save_variable" /* …the variable that holds one */
#define HELPER_HTTP_RETRY_AFTER	  "retry_after"	  /* an output */
#define HELPER_HTTP_MAIL	  "mail"

#define HELPER_WINDOW	      "git-wf--window"
#define HELPER_WINDOW_REFUSED 125

#define HELPER_DATABASE		"git-wf--database"
#define HELPER_DATABASE_REFUSED 125

#endif
