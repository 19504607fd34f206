/*
 * Runs the decision cases: each *.case file is one story told to the planner, with what it must answer.
 *
 *	Lines before the first @ say what the case is about.
 *	@workflow                      the file, as in .workflows/
 *	@state  @change                what there is, what happens then; one line each:
 *	    file PATH [= TEXT]         a file of the worktree        remove PATH
 *	    edit PATH [= TEXT]         another content               move FROM TO    swap A B
 *	    exec PATH                  its execute bit is flipped    lose PATH       (not in the store)
 *	    param NAME=VALUE           env NAME=VALUE                unset NAME
 *	    takes ID MS                fails ID [CODE]               passes ID
 *	    prints ID TEXT             (\n: a new line)              sets ID NAME=VALUE
 *	    writes ID PATH = TEXT      always the same content       forget ID       (its records)
 *	    timed ID MS                an earlier run took so long
 *	    replace OLD => NEW         in the text of the workflow
 *	    ran [ARGS]                 a run, whose answer nobody looks at
 *	@args   plan | run | edges | order | waves | critical, then
 *	    -j N, -k, --max-parallel N, --from ID, --until ID, --only ID, --force [ID], --no-cache, STEP…
 *	@expect                        the answer, line by line; again @change, @args, @expect if need be
 *
 * A run answers with a line for each step as it ends: "ID: STATUS, VERDICT…" or "run START-END, WHY".
 */
#include <stdio.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "plan/simulate.h"

struct story {
	const char *file;
	struct world world;
	struct strbuf workflow, answer;
	size_t n_expects;
	bool failed;
};

/* --- small things --- */

static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " ");
	size_t len = strcspn(word, " ");

	if (!len)
		return NULL;
	*rest = word + len;
	if (**rest)
		*(*rest)++ = '\0';
	return word;
}

static void complain(struct story *story, const char *what, const char *line)
{
	printf("# %s: %s: %s\n", story->file, what, line);
	story->failed = true;
}

/* "\n" as two characters becomes a line feed. */
static const char *unescape(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text), *to = copy;
	const char *from;

	for (from = copy; *from; from++) {
		if (from[0] == '\\' && from[1] == 'n') {
			*to++ = '\n';
			from++;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return copy;
}

/* --- answers --- */

static void answer_diags(struct story *story, struct diags *diags)
{
	struct strbuf sorted = STRBUF_INIT;
	size_t i;

	diags_render(diags, DIAG_ERROR, false, &sorted); /* sorts */
	strbuf_release(&sorted);
	for (i = 0; i < diags->list.n; i++) {
		const struct diag *diag = &diags->list.v[i];

		if (diag->level != DIAG_ERROR)
			continue;
		strbuf_addf(&story->answer, "error: %u: %s\n", diag->span.line, diag->msg);
		if (diag->hint)
			strbuf_addf(&story->answer, "hint: %s\n", diag->hint);
	}
}

static const char *edge_name(enum edge_kind kind)
{
	static const char *const names[] = { [EDGE_NEEDS] = "needs",
					     [EDGE_FILE] = "file",
					     [EDGE_REFERENCE] = "reference",
					     [EDGE_ORDER] = "order",
					     [EDGE_ITEM] = "item" };

	return names[kind];
}

static void answer_edges(struct story *story, const struct plan *plan)
{
	size_t i, d;

	for (i = 0; i < plan->nodes.n; i++) {
		const struct node *node = plan->nodes.v[i];

		if (!node->is_selected)
			continue;
		strbuf_addf(&story->answer, "%s:", node->id);
		for (d = 0; d < node->deps.n; d++)
			strbuf_addf(&story->answer, "%s %s (%s)", d ? "," : "",
				    plan->nodes.v[node->deps.v[d].from]->id,
				    edge_name(node->deps.v[d].kind));
		strbuf_addch(&story->answer, '\n');
	}
}

static void answer_order(struct story *story, struct sim *sim, const char *what)
{
	const struct plan *plan = sim->plan;
	uint32_t *order, *waves;
	size_t n, i;

	plan_topological(plan, &sim->arena, &order, &n);
	plan_waves(plan, &sim->arena, &waves);
	for (i = 0; i < n; i++) {
		const struct node *node = plan->nodes.v[order[i]];

		strbuf_addstr(&story->answer, node->id);
		if (!strcmp(what, "waves"))
			strbuf_addf(&story->answer, " %u", waves[node->index]);
		if (!strcmp(what, "critical"))
			strbuf_addf(&story->answer, " %" PRIu64, node->critical_ms);
		strbuf_addch(&story->answer, '\n');
	}
}

static void answer(struct story *story, const char *command, const struct sim_options *options)
{
	struct arena arena = { 0 };
	struct diags diags = { .file = "case.yml",
			       .text = strbuf_str(&story->workflow),
			       .text_len = story->workflow.len };
	struct workflow *wf = workflow_load(&arena, "case", &diags);
	struct sim sim = { 0 };
	int result = -1;

	strbuf_clear(&story->answer);
	if (wf)
		result = sim_init(&sim, &story->world, wf, options, &diags, &story->answer);
	if (result == 0 && !strcmp(command, "run"))
		sim_run(&sim);
	else if (result == 0 && !strcmp(command, "plan"))
		sim_plan(&sim);
	else if (result == 0 && !strcmp(command, "edges"))
		answer_edges(story, sim.plan);
	else if (result == 0)
		answer_order(story, &sim, command);
	else
		answer_diags(story, &diags);
	if (result < 0 && sim.err.kind)
		strbuf_addf(&story->answer, "error: %s\n", err_msg(&sim.err));
	sim_release(&sim);
	diags_release(&diags);
	arena_release(&arena);
}

static bool is_flag(const char *word)
{
	return word[0] == '-';
}

struct words {
	VEC(const char *) steps, only;
};

static void parse_option(struct sim_options *options, struct words *words, char *word, char **rest)
{
	char *value = NULL, *after = *rest + strspn(*rest, " ");

	if (!strcmp(word, "-k")) {
		options->limits.keep_going = true;
	} else if (!strcmp(word, "--no-cache")) {
		options->no_cache = true;
	} else if (!strcmp(word, "--force")) {
		options->force = *after && !is_flag(after) ? next_word(rest) : NULL;
		options->force_all = !options->force;
	} else {
		value = next_word(rest);
		if (!strcmp(word, "-j"))
			options->limits.jobs = (uint32_t)atoi(value);
		else if (!strcmp(word, "--max-parallel"))
			options->limits.max_parallel = (uint32_t)atoi(value);
		else if (!strcmp(word, "--from"))
			options->selection.from = value;
		else if (!strcmp(word, "--until"))
			options->selection.until = value;
		else if (!strcmp(word, "--only"))
			vec_push(&words->only, value);
	}
}

static void do_args(struct story *story, const char *line)
{
	char *copy = arena_strdup(&story->world.arena, line), *rest = copy;
	const char *command = next_word(&rest);
	struct sim_options options = { .limits = { .jobs = 1 } };
	struct words words = { 0 };
	char *word;

	while ((word = next_word(&rest))) {
		if (is_flag(word))
			parse_option(&options, &words, word, &rest);
		else
			vec_push(&words.steps, word);
	}
	options.selection.steps = words.steps.v;
	options.selection.n_steps = words.steps.n;
	options.selection.only = words.only.v;
	options.selection.n_only = words.only.n;
	answer(story, command ? command : "plan", &options);
	vec_release(&words.steps);
	vec_release(&words.only);
}

/* --- what there is, and what happens --- */

struct change {
	struct story *story;
	struct world *world;
	const char *first, *text; /* the word behind the verb, and all behind that */
};

static void do_file(struct change *change)
{
	const char *equals = strstr(change->text, "= ");

	world_write(change->world, change->first, equals ? equals + 2 : "first");
}

static void do_edit(struct change *change)
{
	const char *equals = strstr(change->text, "= ");

	world_write(change->world, change->first, equals ? equals + 2 : "edited");
}

static void do_remove(struct change *change)
{
	world_file(change->world, change->first)->content = NULL;
}

static void do_swap(struct change *change)
{
	struct file *a = world_file(change->world, change->first);
	struct file *b = world_file(change->world, change->text), old = *a;

	*a = *b;
	*b = old;
}

static void do_exec(struct change *change)
{
	struct file *file = world_file(change->world, change->first);

	file->is_exec = !file->is_exec;
}

static void do_lose(struct change *change)
{
	size_t i, o;

	for (i = 0; i < change->world->last.n; i++) {
		const struct record *record = change->world->last.entries[i].value;

		for (o = 0; record && o < record->n_outputs; o++)
			if (!strcmp(record->outputs[o].path, change->first))
				strmap_put(&change->world->store,
					   world_hex(change->world, &record->outputs[o].digest),
					   NULL);
	}
}

static void do_forget(struct change *change)
{
	size_t i;

	for (i = 0; i < change->world->records.n; i++) {
		struct record *record = change->world->records.entries[i].value;

		if (record && !strcmp(record->step, change->first))
			change->world->records.entries[i].value = NULL;
	}
	if (strmap_get(&change->world->last, change->first))
		strmap_put(&change->world->last, change->first, NULL);
}

static void put_pair(struct change *change, struct strmap *map)
{
	char *name = arena_strdup(&change->world->arena, change->first), *equals = strchr(name, '=');
	const char *value = equals ? equals + 1 : "";

	if (equals)
		*equals = '\0';
	if (*change->text)
		value = arena_printf(&change->world->arena, "%s %s", value, change->text);
	strmap_put(map, name, (void *)(uintptr_t)value);
}

static void do_param(struct change *change)
{
	put_pair(change, &change->world->params);
}

static void do_env(struct change *change)
{
	put_pair(change, &change->world->env);
}

static void do_unset(struct change *change)
{
	strmap_put(&change->world->env, change->first, NULL);
}

static void do_takes(struct change *change)
{
	world_behaviour(change->world, change->first)->takes_ms = strtoull(change->text, NULL, 10);
}

static void do_timed(struct change *change)
{
	strmap_put(&change->world->timings, change->first,
		   (void *)(uintptr_t)strtoull(change->text, NULL, 10));
}

static void do_fails(struct change *change)
{
	int code = *change->text ? atoi(change->text) : 1;

	world_behaviour(change->world, change->first)->exit_code = code;
}

static void do_passes(struct change *change)
{
	world_behaviour(change->world, change->first)->exit_code = 0;
}

static void do_prints(struct change *change)
{
	world_behaviour(change->world, change->first)->prints =
		unescape(&change->world->arena, change->text);
}

static void do_sets(struct change *change)
{
	struct behaviour *behaviour = world_behaviour(change->world, change->first);
	char *name = arena_strdup(&change->world->arena, change->text), *equals = strchr(name, '=');

	if (!equals)
		return;
	*equals = '\0';
	behaviour->sets.n = 0;
	vec_push(&behaviour->sets, ((struct stepout_pair){ name, equals + 1 }));
}

static void do_writes(struct change *change)
{
	struct behaviour *behaviour = world_behaviour(change->world, change->first);
	const char *equals = strstr(change->text, " = ");
	size_t len = equals ? (size_t)(equals - change->text) : strlen(change->text), i;
	const char *path = arena_strndup(&change->world->arena, change->text, len);

	for (i = 0; i < behaviour->writes.n; i++)
		if (!strcmp(behaviour->writes.v[i].path, path))
			break;
	if (i == behaviour->writes.n) {
		vec_push(&behaviour->writes, ((struct node_path){ path, PATH_LITERAL }));
		vec_push(&behaviour->contents, "");
	}
	behaviour->contents.v[i] = equals ? equals + 3 : "written";
}

static void do_replace(struct change *change)
{
	const char *whole = arena_printf(&change->world->arena, "%s%s%s", change->first,
					 *change->text ? " " : "", change->text);
	const char *arrow = strstr(whole, " => ");
	struct strbuf *text = &change->story->workflow, out = STRBUF_INIT;
	char *old = arrow ? xstrndup(whole, (size_t)(arrow - whole)) : xstrdup(whole);
	const char *at = strstr(strbuf_str(text), old);

	if (!at || !arrow) {
		complain(change->story, "nothing to replace", whole);
	} else {
		strbuf_add(&out, text->buf, (size_t)(at - text->buf));
		strbuf_addstr(&out, unescape(&change->world->arena, arrow + 4));
		strbuf_addstr(&out, at + strlen(old));
		strbuf_release(text);
		*text = out;
	}
	free(old);
}

static const struct verb {
	const char *name;
	void (*apply)(struct change *change);
} verbs[] = {
	{ "file", do_file },     { "edit", do_edit },	    { "remove", do_remove },
	{ "move", do_swap },     { "swap", do_swap },	    { "exec", do_exec },
	{ "lose", do_lose },     { "forget", do_forget },   { "param", do_param },
	{ "env", do_env },       { "unset", do_unset },     { "takes", do_takes },
	{ "timed", do_timed },   { "fails", do_fails },     { "passes", do_passes },
	{ "prints", do_prints }, { "sets", do_sets },	    { "writes", do_writes },
	{ "replace", do_replace },
};

static void do_change(struct story *story, const char *line)
{
	char *rest = arena_strdup(&story->world.arena, line), *verb = next_word(&rest);
	struct change change = { .story = story, .world = &story->world };
	size_t i;

	if (!verb)
		return;
	if (!strcmp(verb, "ran")) {
		do_args(story, arena_printf(&story->world.arena, "run %s", rest));
		return;
	}
	change.first = next_word(&rest);
	change.text = rest + strspn(rest, " ");
	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(verbs[i].name, verb) != 0)
			continue;
		if (change.first)
			verbs[i].apply(&change);
		return;
	}
	complain(story, "unknown word", verb);
}

/* --- a file --- */

enum section { SECTION_TITLE, SECTION_WORKFLOW, SECTION_CHANGE, SECTION_ARGS, SECTION_EXPECT };

static enum section section_of(struct story *story, const char *line)
{
	if (!strncmp(line, "@workflow", 9))
		return SECTION_WORKFLOW;
	if (!strncmp(line, "@state", 6) || !strncmp(line, "@change", 7))
		return SECTION_CHANGE;
	if (!strncmp(line, "@args", 5))
		return SECTION_ARGS;
	if (!strncmp(line, "@expect", 7))
		return SECTION_EXPECT;
	complain(story, "unknown section", line);
	return SECTION_TITLE;
}

static void show(const char *title, const char *text)
{
	printf("#   %s\n", title);
	while (*text) {
		size_t len = strcspn(text, "\n");

		printf("#     %.*s\n", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void compare(struct story *story, struct strbuf *expected)
{
	story->n_expects++;
	if (strcmp(strbuf_str(expected), strbuf_str(&story->answer)) != 0) {
		show("expected", strbuf_str(expected));
		show("got", strbuf_str(&story->answer));
		story->failed = true;
	}
	strbuf_clear(expected);
}

static void tell_line(struct story *story, enum section section, const char *line,
		      struct strbuf *expected)
{
	switch (section) {
	case SECTION_WORKFLOW:
		strbuf_addf(&story->workflow, "%s\n", line);
		break;
	case SECTION_CHANGE: do_change(story, line); break;
	case SECTION_ARGS:
		if (*line)
			do_args(story, line);
		break;
	case SECTION_EXPECT:
		if (*line)
			strbuf_addf(expected, "%s\n", line);
		break;
	case SECTION_TITLE: break;
	}
}

/* "@args run -j 2": what stands behind the name is a line of the section. */
static void tell(struct story *story, char *text)
{
	enum section section = SECTION_TITLE;
	struct strbuf expected = STRBUF_INIT;
	char *line, *end;

	for (line = text; line; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		if (*line == '@') {
			if (section == SECTION_EXPECT)
				compare(story, &expected);
			section = section_of(story, line);
			line += strcspn(line, " ");
			line += strspn(line, " ");
			if (!*line)
				continue;
		}
		tell_line(story, section, line, &expected);
	}
	if (section == SECTION_EXPECT)
		compare(story, &expected);
	if (!story->n_expects)
		complain(story, "nothing is expected", "");
	strbuf_release(&expected);
}

static bool run_case(const char *path)
{
	struct story story = { .file = path };
	struct strbuf text = STRBUF_INIT;
	FILE *file = fopen(path, "r");
	char chunk[4096];
	size_t n;

	if (!file) {
		complain(&story, "cannot read", "");
		return false;
	}
	while ((n = fread(chunk, 1, sizeof chunk, file)) > 0)
		strbuf_add(&text, chunk, n);
	fclose(file);
	strbuf_addch(&text, '\n');
	tell(&story, text.buf);
	strbuf_release(&text);
	strbuf_release(&story.workflow);
	strbuf_release(&story.answer);
	world_release(&story.world);
	return !story.failed;
}

int main(int argc, char **argv)
{
	unsigned n_passed = 0, n_failed = 0;
	int i;

	for (i = 1; i < argc; i++) {
		bool passed = run_case(argv[i]);

		printf("%s %d - %s\n", passed ? "ok" : "not ok", i, argv[i]);
		passed ? n_passed++ : n_failed++;
		fflush(stdout);
	}
	printf("%u passed, %u failed\n", n_passed, n_failed);
	return n_failed != 0;
}
