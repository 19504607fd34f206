/*
 * What a gate asks for, on one line, as it is written in the file.
 */
#include "base/compat.h"
#include "base/size.h"
#include "model/workflow.h"

static void add_words(struct strbuf *out, const struct text *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		strbuf_addf(out, "%s%s", i ? " " : "", words[i].raw);
}

static void add_paths(struct strbuf *out, const struct gate *gate)
{
	static const char letters[] = "rwx";

	for (size_t i = 0; i < gate->n_paths; i++) {
		const struct gate_path *path = &gate->paths[i];

		strbuf_addf(out, "%s%s", i ? " " : "", path->path.raw);
		if (path->has_mode)
			strbuf_addf(out, ":%04o", path->mode);
		else if (path->access)
			strbuf_addch(out, ':');
		for (int bit = 0; bit < 3; bit++)
			if (path->access & (1u << bit))
				strbuf_addch(out, letters[bit]);
	}
}

static void add_baseline(struct strbuf *out, const struct gate *gate)
{
	strbuf_addf(out, "%s, worse by at most %g%s, %s is better", expr_source(gate->expr),
		    gate->worse_by, gate->worse_is_percent ? "%" : "",
		    gate->lower_is_better ? "lower" : "higher");
}

static void add_run(struct strbuf *out, const struct step *run)
{
	if (run->action == ACTION_SHELL)
		strbuf_addstr(out, run->run.raw);
	else
		add_words(out, run->argv, run->n_argv);
}

static void add_file(struct strbuf *out, const struct gate *gate)
{
	strbuf_addstr(out, gate->path.raw);
	if (gate->schema.raw)
		strbuf_addf(out, " by %s", gate->schema.raw);
	if (gate->pattern)
		strbuf_addf(out, " has %s", gate->pattern);
}

void gate_text(const struct gate *gate, struct strbuf *out)
{
	switch ((enum gate_kind)gate->kind) {
	case GATE_COMMANDS:
	case GATE_ENV:
	case GATE_BRANCH: add_words(out, gate->words, gate->n_words); break;
	case GATE_FILES:
	case GATE_PERMISSIONS: add_paths(out, gate); break;
	case GATE_CLEAN: strbuf_addstr(out, gate->wants_changes ? "false" : "true"); break;
	case GATE_IF: strbuf_addstr(out, expr_source(gate->expr)); break;
	case GATE_RUN: add_run(out, gate->run); break;
	case GATE_JSON:
	case GATE_MATCHES: add_file(out, gate); break;
	case GATE_BASELINE: add_baseline(out, gate); break;
	case GATE_NO_SECRETS: strbuf_addstr(out, gate->staged_only ? "staged" : "all"); break;
	case GATE_DISK:
	case GATE_MEMORY: size_format(out, gate->size_bytes); break;
	case GATE_KINDS: BUG("no gate");
	}
}
