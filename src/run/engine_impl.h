/*
 * The engine's parts: what they share. engine.c has the loop, emit.c the events, judging.c the nodes
 * that are ready, execution.c, launch.c, attempt.c, terminate.c and conclude.c the life of a process,
 * gating.c what is checked before and after it, side.c a process beside it,
 * stop.c the ways to end a run.
 */
#ifndef RUN_ENGINE_IMPL_H
#define RUN_ENGINE_IMPL_H

#include "base/bitset.h"
#include "base/strmap.h"
#include "base/vec.h"
#include "capture_impl.h"
#include "confine_impl.h"
#include "decide_impl.h"
#include "event/sched.h"
#include "lookup_impl.h"
#include "outcome_impl.h"
#include "run/engine.h"
#include "run/noop.h"
#include "store/checkpoint.h"
#include "store/inbox.h"
#include "store/journal.h"
#include "sys/behind.h"
#include "sys/jobserver.h"
#include "sys/lock.h"
#include "sys/loop.h"
#include "sys/tree.h"
#include "turn_impl.h"

#define GRACE_MS       5000 /* between TERM and KILL */
#define DRAIN_GRACE_MS 200  /* for a pipe that a process left behind still holds */

struct execution;
struct group_run;
struct held;
struct gate_finding;

struct checkpointing {
	struct checkpoint_writer *writer; /* NULL: nothing was written yet */
	uint64_t last_ns, cost_ns;	  /* monotonic; of the last one */
	uint64_t waiting_seq;		  /* of one that waits for the journal's sync; 0: none */
	struct loop_timer place;
	bool has_failed; /* it was said */
	VEC(const struct node *)
	early;			     /* declared ones that were passed before there was a folder */
	uint32_t *waves, *wave_left; /* by node, by wave; NULL: not asked for yet */
	size_t n_nodes;		     /* that `waves` knows */
};

struct closing { /* of the run's end, on the disk */
	struct behind behind;
	struct err err;
	struct noop_writing planfile;
};

struct snapshotting {
	enum rollback_strategy strategy; /* asked for at each step, and found by a look at all */
	const char *kind; /* of the one that is wanted or at work, event/state.h; else NULL */
	const struct node *node;      /* of which it is, or NULL */
	bool is_checkpoint;	      /* a declared one follows it */
	pid_t pid;		      /* that makes it; 0: what runs is waited for */
	uint32_t number, next_number; /* of the last one; 0: of this engine none yet */
	const char *out, *errs;	      /* files that it writes */
	bool has_begun;		      /* the first one is there */
	bool has_no_end;	      /* somebody did not wait for the last one */
	const struct node *own;	      /* a step that has a snapshot of its own, taken just now */
	const struct node *before;    /* a declared checkpoint before it has its snapshot */
	const struct node *first;     /* the step that waits for the first one, or NULL */
};

struct engine {
	struct session *session;
	const struct run_options *options;
	struct sink *const *sinks;
	size_t n_sinks;
	struct run_state state;

	struct loop *loop;
	struct sched *sched;
	struct jobserver *jobserver; /* NULL: none */
	struct env env;		     /* of every child, before its own variables */
	VEC(char) tokens;	     /* that we hold: one less than the slots in use */
	uint32_t slots_used;
	bool waits_for_token;

	const char *run_id, *run_dir; /* chosen at the start… */
	bool has_folder;	      /* …but made only when something has to run */
	int logs_fd, io_fd;
	int null_fd;	    /* the stdin of those that read nothing */
	bool io_was_marked; /* its time is that of no file: emit_io_is_untouched() */
	struct cgroup_place cgroups;
	struct turn turn; /* of the workflow in this worktree */
	struct lock lock; /* of the run */
	struct journal *journal;
	VEC(struct event) early; /* events from before the folder; strings in the session's arena */
	char boot_id[TREE_BOOT_ID_LEN + 1];
	struct checkpointing checkpointing;
	struct closing closing;
	struct snapshotting snapshotting;

	VEC(struct execution *) running; /* with a process, or waiting for a retry */
	VEC(struct execution *) gating;	 /* among them: their gates go on in the next turn */
	VEC(struct execution *) mending; /* among them, or of waits: they go on in the next turn */
	VEC(struct execution *) allowances; /* among those that run: agents that have ended */
	VEC(struct execution *) by_node;    /* queued or running; NULL: neither */
	uint32_t n_queued;
	struct arena scratch; /* of the node that is being judged; an execution takes it over */
	VEC(struct execution *) lingering; /* ended, but something they left holds their pipe */
	struct tree_births births;
	struct lookup lookup;
	VEC(pid_t) foreign; /* children that whoever exec'ed us had already */
	struct masks masks;
	VEC(struct group_run *) groups; /* by node; NULL: nothing to say. run/groups.c */
	struct bitset owed;	 /* by node: handlers that a run before the resume called for */
	VEC(struct held *) held; /* judged, and not to start before others are judged */

	VEC(struct execution *) waits; /* for a person */
	struct prompt *prompt;	       /* asking at the terminal, or NULL */
	bool is_permitted;	       /* a person said yes to all the steps to come */
	bool waits_were_held;	       /* for a resume */
	uint64_t run_timer_left_ms;    /* stopped while all there is waits for a person */

	bool is_stopping; /* nothing more starts */
	bool is_pausing;  /* what runs ends, the rest is held for a resume */
	uint32_t n_held;
	int64_t inbox_seen_ns;
	bool inbox_is_broken;
	bool is_cancelled; /* by a person, a signal or the run's timeout */
	bool is_timed_out; /* by the run's own timeout */
	bool is_abandoned; /* `finally` does not run either */
	unsigned
		n_cancels; /* by is_cancelled and each is_abandoned: times that the end was wanted */
	int signal;
	uint64_t signal_ms;
	struct loop_timer run_timer, tick_timer, listen_timer, sync_timer, flush_timer, token_timer;
	uint64_t started_ms; /* monotonic */
	uint64_t took_ms;    /* once it has ended */
	bool any_failed;
	bool has_looked_back, was_rolled_back; /* before what cleans up after that */
	enum run_status status_before;	       /* of a run that is only cleaned up after */
	bool is_fatal;			       /* the engine itself cannot go on: err */
	struct err err;
};

/* Of one process. */
struct attempt_files {
	const char *log_name, *cookie, *output_path, *summary_path, *progress_path;
};

/* A process beside the step's own: side.c. */
struct side {
	const struct command *command; /* NULL: none is at work */
	const struct step *step;       /* what is started */
	const char *label;	       /* of its log: "requires1", "fix2" */
	struct attempt_files kept;     /* the step's own, meanwhile */
};

/* The gates of a step, one after the other. */
struct gating {
	bool is_active, is_after; /* `requires` are checked; `ensures` */
	size_t at;
	const char *fault; /* of the first that failed: what to say of the step; or NULL */
	bool has_warned;
	struct event end;	    /* is_after: of the attempt, if all of them hold */
	struct outcome_files files; /* is_after */
	struct outcome_made made;   /* is_after */
};

enum mending_phase {
	MENDING_NONE,
	MENDING_SNAPSHOT,     /* one is to be taken before the fix */
	MENDING_START,	      /* it is there, or on its way */
	MENDING_AT_WORK,      /* the fixer has a process */
	MENDING_ENDED,	      /* it had */
	MENDING_MENDED,	      /* it passed, and the step is to be tried again */
	MENDING_DONE_BY_HAND, /* a person has said so */
};

/* A failure that does not count yet: mending.c, and waits_escalate.c of one that a person is asked about. */
struct mending_state {
	enum mending_phase phase;
	struct event end; /* of the step, if nothing comes of it */
	bool has_passed;  /* the fixer */
	const char *how;  /* it ended */
};

/* Of an agent's attempt that has ended: is it what it may do? */
struct allowance {
	struct event end; /* if it is */
	bool has_passed;
};

/* One node that has to execute, with all its attempts. */
struct execution {
	struct engine *engine;
	const struct node *node;
	struct arena arena;
	struct judged judged;
	uint32_t attempt, attempts;
	uint32_t tries_before; /* a fix or a person's word; each has all retries behind it */
	uint64_t ready_ns;     /* lookup_impl.h */
	pid_t pid;	       /* 0: no process now */
	bool wants_stdout;     /* an expression reads it: kept apart from stderr */
	bool is_reaped, is_ended, timed_out, was_cancelled, log_was_written;
	bool is_loser; /* its group was over: what it has half written goes */
	int64_t started_unix_ms;
	int status;
	struct rusage usage;
	uint64_t started_ns;
	struct capture out, errs; /* errs: only where stdout is kept apart */
	struct capture_log log;
	struct capture_log printed; /* printed_impl.h */
	const char *log_name;
	const char *cookie; /* of this attempt, in its environment */
	const char *output_path, *summary_path, *progress_path;
	struct confinement confinement; /* confine_impl.h: of a step with limits or a sandbox */
	const char *script_path;	/* of `code`: it holds the text while the attempt lasts */
	bool wrote_output, wrote_summary, wrote_progress; /* it has, when it is concluded */
	size_t progress_seen;
	bool was_told_of_stop; /* that the terminal is not its to use */
	struct loop_timer timeout, kill, drain, retry;
	bool is_answered;	  /* and what it ensures is still to be asked */
	const char *wait_kind;	  /* event/wait.h: it is one of engine.waits; else NULL */
	bool prompt_is_gone;	  /* it was asked at the terminal, and nobody wanted to say */
	bool dialog_is_gone;	  /* the same of a window */
	struct dialog *dialog;	  /* asking in a window, or NULL */
	struct tree_list escaped; /* what it had started when it was told to end */
	struct err start_err;
	struct side side;
	struct mending_state mending;
	struct allowance allowance;
	struct gating gating;
};

/* ---- begin.c, finish.c ---- */

int engine_begin(struct engine *engine, struct err *err);
/* All secrets that are known by now: some come with a step's values. */
void engine_gather_masks(struct engine *engine);
void engine_finish(struct engine *engine, struct run_outcome *outcome);
void engine_release(struct engine *engine); /* harmless on one that did not begin */

/* ---- closing.c ---- */

/* After the last event: the end of the run goes to the disk, and is there after closing_wait(). */
void closing_begin(struct engine *engine);
void closing_wait(struct engine *engine);

/* ---- emit.c ---- */

/* To the state, the journal and the sinks. Failures make the engine fatal. */
void emit(struct engine *engine, struct event *event);
struct event event_of(const struct engine *engine, enum event_type type, const struct node *node);
void emit_note(struct engine *engine, const struct node *node, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
void emit_flush(struct engine *engine);
/* At the end of a turn: a little later where what runs will write in a moment anyway. */
void emit_flush_soon(struct engine *engine);
/* Nobody has made a file in the run's io/, ever. */
bool emit_io_is_untouched(const struct engine *engine);
/* All journalled events are on disk when it returns. */
void emit_barrier(struct engine *engine);
/* Makes the run's folder, takes its lock and writes down what was early. 0 or -1 (fatal). */
int emit_open_folder(struct engine *engine);
void engine_fail(struct engine *engine, struct err *err); /* takes err over */

/* ---- checkpointing.c ---- */

void checkpointing_begin(struct engine *engine);			   /* the folder is there */
void checkpointing_before(struct engine *engine, const struct node *node); /* it is to be started */
/* It ended, and so its events are written. */
void checkpointing_after(struct engine *engine, const struct node *node, enum step_status status);
/* Of the end of the run: its content; then its place, when the journal is on disk. */
void checkpointing_prepare_end(struct engine *engine);
void checkpointing_end(struct engine *engine);
void checkpointing_release(struct engine *engine);
/* Where the workflow declares one before this node starts, or before a foreach or group of which it is
 * the first: what it is before. Else NULL. */
const struct node *checkpointing_declared_before(const struct engine *engine,
						 const struct node *node);
/* Its snapshot is there. */
void checkpointing_declared(struct engine *engine, const struct node *node);

/* ---- snapshotting.c ---- */

void snapshotting_begin(struct engine *engine);
enum rollback_strategy snapshotting_strategy(const struct engine *engine);
/* One is wanted or at work: nothing is judged and nothing starts. */
bool snapshotting_is_busy(const struct engine *engine);
/* False: a snapshot comes first. */
bool snapshotting_lets_start(struct engine *engine, const struct node *node);
/* The same of what is brought back from the cache, at once. False: the run cannot go on. Never from a
 * callback of the loop. */
bool snapshotting_begin_now(struct engine *engine);
/* One is wanted before something mends what the node did. */
void snapshotting_before_fix(struct engine *engine, const struct node *node);
/* The node is tried again after that, without snapshotting_lets_start(): it has a snapshot of its own? Then
 * one is wanted. */
void snapshotting_after_fix(struct engine *engine, const struct node *node);
/* An attempt of it has ended: what it began with is no more what is there. */
void snapshotting_attempt_ended(struct engine *engine, const struct node *node);
/* One of this node, at once, with nothing else at work. Never from a callback of the loop. */
int snapshotting_take_now(struct engine *engine, const char *kind, const struct node *node,
			  struct err *err);
/* The tree was put back: what runs from now on begins anew. */
void snapshotting_begin_again(struct engine *engine);
/* The node ended; true: there will be a snapshot, and if it is declared a checkpoint after it. */
bool snapshotting_after(struct engine *engine, const struct node *node, bool is_declared);
/* Begins the one that is wanted if nothing runs; true: busy. Never from a callback of the loop. */
bool snapshotting_turn(struct engine *engine);
/* The loop is over: one that is still at work is waited for, or ended where the run is cancelled. */
void snapshotting_settle(struct engine *engine);
/* After that: what ran since the last one is taken too. */
void snapshotting_finish(struct engine *engine);

/* ---- rollbacking.c ---- */

/* While the run goes on and nothing is at work: back to this snapshot of its own. */
int rollbacking_to(struct engine *engine, uint32_t number, struct err *err);
/* All else has ended, and what comes now is for a rollback: it is done now, if there is one to do. Never from
 * a callback of the loop. */
bool rollbacking_before_cleanup(struct engine *engine, bool has_failed);
/* After that: what `on_failure: rollback` wants. */
void rollbacking_finish(struct engine *engine, enum run_status status);

/* ---- notifying.c ---- */

/* After that: people are told how it ended, as `notify` of the workflow says. */
void notifying_finish(struct engine *engine, enum run_status status);

/* ---- listen.c ---- */

void listen_begin(struct engine *engine); /* of a run that goes on */
void listen_poll(struct engine *engine);

/* ---- waits.c ---- */

/* True: a person has to say something first, or in its place; takes `judged` and the arena over. */
bool waits_take(struct engine *engine, const struct node *node, struct judged *judged,
		struct arena *arena);
/* What a question requires holds: it is asked now. */
void waits_ask(struct execution *execution);
/* It was answered before the run went on, and what it ensures is still to be checked: `end` is its end
 * if that holds. Takes `judged` and the arena over. */
void waits_take_answered(struct engine *engine, const struct node *node, struct judged *judged,
			 struct arena *arena, const struct event *end);
/* "approve", "reject", "answer", "skip"; False: nobody waits for it. What does not fit
 * is noted and has no effect. */
bool waits_hear(struct engine *engine, const struct inbox_word *word);
/* The same of one that is known to wait. -1: it does not fit. */
int waits_answer(struct execution *execution, const char *word, const char *value, const char *by,
		 const char *token, struct err *err);
/* The loop is about to wait: opens the next prompt, or, where nothing else can go on and nobody is
 * here to be asked, begins the pause. True: something has changed. */
bool waits_turn(struct engine *engine);
/* The step has failed for good, and a person says what becomes of it. False: it has no such strategy. */
bool waits_escalate(struct execution *execution, struct event *end);
/* The same of one that had been asked before the run went on. True: it takes judged and the arena. */
bool waits_escalate_again(struct engine *engine, const struct node *node, struct judged *judged,
			  struct arena *arena);
/* The person has said that it is done. Never from a callback of the loop. */
void waits_end_by_hand(struct execution *execution);
/* Nobody needs to answer any more where stop_reaches(): what waits is handed to the scheduler. */
void waits_drop(struct engine *engine);
/* The same of what is in a group that is over. */
void waits_drop_below(struct engine *engine, uint32_t group);

/* ---- prompt.c ---- */

/* Asks at the terminal; several executions one after the other. */
void prompt_open(struct engine *engine, struct execution *execution);
bool prompt_is_open(const struct engine *engine);
/* Its question is settled (`execution`), or every one is (NULL). */
void prompt_close(struct engine *engine, const struct execution *execution);
void prompt_redraw(struct engine *engine); /* the process was stopped and goes on */
void prompt_release(struct engine *engine);

/* ---- dialog.c ---- */

/* Asks in a window. False: that cannot be, which was noted. */
bool dialog_open(struct execution *execution);
void dialog_close(struct execution *execution); /* harmless if there is none */

/* ---- judging.c ---- */

/* Judges one ready node; false: none was ready. */
bool judging_next(struct engine *engine);
/* Reports one node that is not to run any more; false: none. */
bool judging_next_stopped(struct engine *engine);
/* The end of a node: its event, its result, the scheduler, and what follows from a failure. */
void judging_end(struct engine *engine, const struct node *node, struct event *end);
/* The end, in silence, of a node of gates that did not fail. */
void judging_pass_gates(struct engine *engine, const struct node *node, enum step_status status);

/* Starts what has to run, as soon as there is room. Takes `judged` and the arena over. */
void judging_go_on(struct engine *engine, const struct node *node, struct judged *judged,
		   struct arena *arena);

/* ---- handlers.c ---- */

/* Of a run that goes on, with the state of its past. */
void handlers_recall(struct engine *engine);
/* Its caller has ended. True: it is called, and to be judged; else it has been ended. */
bool handlers_call(struct engine *engine, const struct node *node);
/* It is not to start any more, and was not called: ends it. */
void handlers_pass_over(struct engine *engine, const struct node *node);
/* Might it still be called, as things stand? */
bool handlers_may_call(struct engine *engine, const struct node *node);

/* ---- groups.c ---- */

void groups_recall(struct engine *engine); /* of a run that goes on: races that were decided */
/* The first attempt of a step begins: the time of the groups around it runs. */
void groups_started(struct engine *engine, const struct node *node);
/* A failure that ends a group, or the step's part of a race, and not the run. */
bool groups_keep_failure(struct engine *engine, const struct node *node);
/* A step, foreach or group ended: does that decide a race? */
void groups_heard(struct engine *engine, const struct node *node, enum step_status status);
/* Its failure counts by what the race around it comes to. */
bool groups_is_racing(const struct engine *engine, const struct node *node);
/* Of the gates of a race that it ensures: has somebody won? Else there is nothing to check. */
bool groups_has_passed(struct engine *engine, const struct node *node);
/* After results_fold_group(): what its race or its time has to say. */
void groups_fold(struct engine *engine, const struct node *group);
bool groups_fails_itself(struct engine *engine, const struct node *group);
/* Why a step in a group that is over is not run, and what it is then; NULL: none is over. */
const char *groups_why_stopped(struct engine *engine, const struct node *node,
			       enum step_status *status);
bool groups_is_over_for(struct engine *engine, const struct node *node);
void groups_remove_outputs(struct session *session, const struct node *node, int64_t since_ms);
/* True: it takes judged and arena, until nobody in its race can be judged any more: one that is
 * cached wins without a start of the others. */
bool groups_hold(struct engine *engine, const struct node *node, struct judged *judged,
		 struct arena *arena);
void groups_let_go(struct engine *engine);
void groups_release(struct engine *engine);

/* ---- execution.c ---- */

/* Of a judged node, neither queued nor started; takes `judged` and the arena over. */
struct execution *execution_new(struct engine *engine, const struct node *node,
				struct judged *judged, struct arena *arena);
/* Queues a judged node; takes `judged` and the arena over. */
void attempts_queue(struct engine *engine, const struct node *node, struct judged *judged,
		    struct arena *arena);
/* Waits for a retry's delay no longer. */
void attempt_requeue(struct execution *execution);
/* It has no process and waits for no retry; its node stays its own. */
void execution_leave_running(struct execution *execution);
/* Takes it out of the engine and gives its slots back. */
void execution_forget(struct execution *execution);
void execution_free(struct execution *execution);
/* One of the lingering: gone, with its log, when all of its pipes have ended. */
void execution_end_lingering(struct execution *execution);
/* The terminal that a step with `console` had is ours again. */
void execution_leave_terminal(const struct execution *execution);

/* ---- attempt.c ---- */

/* Starts what may start now. */
void attempts_start(struct engine *engine);
/* Should more nodes be judged before what is queued has started? */
bool attempt_is_running(const struct engine *engine, const struct node *node);
bool attempts_want_more(const struct engine *engine);

/* Starts the process of the step, or of its gate, with its time limit (0: none). False: start_err. */
bool attempt_launch(struct execution *execution, uint64_t timeout_ms);
/* Lets go of what an attempt held but the slots, so that another process can be started. */
void attempt_clear(struct execution *execution);
/* From now on it has all its retries again. */
void attempt_renew(struct execution *execution);
/* The next attempt of one that has its slots. */
void attempt_again(struct execution *execution);
/* Its gates have been checked; `fault`: what is wrong, or NULL. */
void attempt_required(struct execution *execution, const char *fault);

/* ---- gating.c ---- */

/* In the next turn its gates are checked, then attempt_required() or attempt_ensured() is called. */
void gating_begin(struct execution *execution, bool is_after);
/* False: there was nothing to do. Never from a callback of the loop. */
bool gating_turn(struct engine *engine);
void gating_process_ended(struct execution *execution);
/* Checks, at once, a node that is nothing but gates without processes; what is wrong, or NULL. */
const char *gating_look(struct engine *engine, const struct node *node);
void gating_tell(struct engine *engine, const struct node *node, const struct gate *gate,
		 const struct gate_finding *finding);

/* ---- mending.c ---- */

/* The step has failed, and is not tried again by itself. True: something mends it, and `end` was told
 * as that of a try. */
bool mending_begin(struct execution *execution, struct event *end);
bool mending_is_at_work(const struct execution *execution);
/* What a fixer is told of the failure: $WF_ERROR_MESSAGE, _EXIT_CODE, _LOG. */
void mending_set_env(struct execution *execution, struct env *env);
void mending_process_ended(struct execution *execution);
/* False: there was nothing to do. Never from a callback of the loop. */
bool mending_turn(struct engine *engine);
/* waits_end_by_hand() in the next turn. */
void mending_done_by_hand(struct execution *execution);
/* `message` with its values; NULL: there is none. In the session's arena. */
const char *mending_message(struct execution *execution);
bool mending_is_over_for(const struct execution *execution);

/* ---- side.c ---- */

/* Starts it in the place of the step's own process. -1: nothing was started. `label` stays. */
int side_start(struct execution *execution, const struct step *what, const char *label,
	       struct err *err);
bool side_is_at_work(const struct execution *execution);
/* How its process ended, before side_end(): "exit 1: no such file". In the session's arena. */
bool side_has_passed(const struct execution *execution);
const char *side_describe_end(struct execution *execution);
/* The step has its own files again. */
void side_end(struct execution *execution);

/* ---- terminate.c ---- */

/* TERM to its group and what left it, KILL after the grace. */
void attempt_terminate(struct execution *execution);
void attempt_kill(struct execution *execution);
bool attempt_has_left_something(struct execution *execution);

/* ---- conclude.c ---- */

/* Reaped and drained, or never started. The execution may be gone afterwards. */
void attempt_conclude(struct execution *execution);

void attempt_ensured(struct execution *execution, const char *fault);
/* It did what it may, or `end` has what it did that it may not. */
void attempt_weighed(struct execution *execution, struct event *end, bool has_passed);
/* It has failed for good: `end` is that of its last try. */
void attempt_fail(struct execution *execution, struct event *end);
/* It ends without another try: passed, failed or cancelled as `end` says. */
void attempt_end(struct execution *execution, struct event *end);

/* ---- progress.c ---- */

/* At each tick: what running steps report, and whether one waits for a terminal that it does not have. */
void attempts_poll(struct engine *engine);

/* ---- launch.c ---- */

/* Spawns the next attempt; on_end is called when a pipe of it ends. On failure start_err is filled. */
void launch(struct execution *execution, capture_end_fn *on_end);

/* ---- launch_env.c ---- */

/* For the program itself as a child: it works on this repository, however that was found. */
void engine_name_repository(const struct engine *engine, struct env *env);

/* ---- allowance.c ---- */

/* An attempt has ended. True: in the next turn it is looked at what it did, then attempt_weighed(). */
bool allowance_begin(struct execution *execution, const struct event *end, bool has_passed);
/* False: there was nothing to do. Never from a callback of the loop. */
bool allowance_turn(struct engine *engine);

/* ---- briefing.c ---- */

/* What an agent gets to read. `step`: what is started; `command`: of it. */
void briefing_write(struct execution *execution, const struct command *command,
		    const struct step *step, struct strbuf *out);

/* ---- tokens.c ---- */

bool tokens_take(struct engine *engine, uint32_t slots); /* false: not now */
void tokens_give(struct engine *engine, uint32_t slots);
void tokens_settle(struct engine *engine); /* before anything is waited for */
int tokens_init(struct engine *engine, struct err *err);
void tokens_release(struct engine *engine);

/* ---- stop.c ---- */

int stop_watch_signals(struct engine *engine, struct err *err);
/* Nothing more starts; `cancel`: what runs is ended. */
void stop_begin(struct engine *engine, bool cancel, int signal, const char *by);
/* Nothing more starts, not even `finally`: what has not begun waits for a resume. */
void stop_pause(struct engine *engine, const char *by);
/* Nothing more of this node is to start: the run is over for what is like it. */
bool stop_reaches(const struct engine *engine, const struct node *node);
/* What runs is ended, also where the run had been cancelled before. */
void stop_end_running(struct engine *engine);
/* Before the first step is started: who of our children is none of ours. */
void stop_find_foreign(struct engine *engine);
/* Ends every process that is left of this run. */
void stop_sweep(struct engine *engine);

#endif
