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
 *	@args   plan | run | edges | order | waves | critical | advice | form (as fmt writes it), then
 *	    -j N, -k, --max-parallel N, --from ID, --until ID, --only ID, --force [ID], --no-cache, STEP…
 *	@expect                        the answer, line by line; again @change, @args, @expect if need be
 *
 * A run answers with a line for each step as it ends: "ID: STATUS, VERDICT…" or "run START-END, WHY".
 */
#include "model/dialect.h"
#include "model/format.h"
#include "plan/changes.h"
#include "plan/simulate.h"

/* --- answers --- */

static void answer_diags(struct story *story, struct diags *diags, enum diag_level level)
{
	struct strbuf sorted = STRBUF_INIT;
	size_t i;

	diags_render(diags, DIAG_ERROR, false, 0, &sorted); /* sorts */
	strbuf_release(&sorted);
	for (i = 0; i < diags->list.n; i++) {
		const struct diag *diag = &diags->list.v[i];

		if (diag->level != level)
			continue;
		strbuf_addf(&story->answer, "%s: %u: %s\n",
			    level == DIAG_ERROR ? "error" : "advice", diag->span.line, diag->msg);
		if (diag->hint)
			strbuf_addf(&story->answer, "hint: %s\n", diag->hint);
	}
}

static const char *edge_name(enum edge_kind kind)
{
	static const char *const names[] = {
		[EDGE_NEEDS] = "needs", [EDGE_FILE] = "file", [EDGE_REFERENCE] = "reference",
		[EDGE_ORDER] = "order", [EDGE_ITEM] = "item", [EDGE_CALL] = "call"
	};

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

static bool is_in_world(void *data, const char *path)
{
	const struct file *file = strmap_get(&((struct world *)data)->files, path);

	return file && file->content;
}

static void answer_form(struct story *story, struct diags *diags, const struct dialect_world *world)
{
	struct err err = ERR_INIT;

	if (format_document(diags, false, world, &story->answer, &err) < 0)
		strbuf_addf(&story->answer, "error: %s\n", err_msg(&err));
	err_release(&err);
}

static void answer(struct story *story, const char *command, const struct sim_options *options)
{
	struct arena arena = { 0 };
	struct diags diags = { .file = "case.yml",
			       .text = strbuf_str(&story->workflow),
			       .text_len = story->workflow.len };
	const struct dialect_world world = { .has_file = is_in_world, .data = &story->world };
	struct workflow *wf = workflow_load_in(&arena, "case", &world, &diags);
	struct sim sim = { 0 };
	int result = -1;

	strbuf_clear(&story->answer);
	if (wf)
		result = sim_init(&sim, &story->world, wf, options, &diags, &story->answer);
	if (result == 0 && !strcmp(command, "run"))
		sim_run(&sim);
	else if (result == 0 && !strcmp(command, "plan"))
		sim_plan(&sim);
	else if (result == 0 && !strcmp(command, "form"))
		answer_form(story, &diags, &world);
	else if (result == 0 && !strcmp(command, "edges"))
		answer_edges(story, sim.plan);
	else if (result == 0 && !strcmp(command, "advice"))
		answer_diags(story, &diags, DIAG_ADVICE);
	else if (result == 0)
		answer_order(story, &sim, command);
	else
		answer_diags(story, &diags, DIAG_ERROR);
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

/* --- one line of a section --- */

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
	case SECTION_WORKFLOW: strbuf_addf(&story->workflow, "%s\n", line); break;
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
