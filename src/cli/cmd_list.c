/*
 * git wf list: every workflow of the repository.
 */
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "commands_impl.h"
#include "load_impl.h"
#include "target_impl.h"
#include "views_impl.h"

static void add_text(struct cli *cli, const struct workflow_file *file, const struct loaded *loaded,
		     size_t columns)
{
	const char *title = !loaded->wf		      ? NULL
			    : loaded->wf->description ? loaded->wf->description
						      : loaded->wf->name;

	strbuf_addf(&cli->out, "%-*s", (int)columns, file->id);
	if (!loaded->wf) {
		strbuf_addstr(&cli->out, "  ");
		view_add(&cli->out, cli_use_color(cli, STDOUT_FILENO), VIEW_BAD,
			 loaded->diags.n_errors == 1 ? "%zu mistake" : "%zu mistakes",
			 loaded->diags.n_errors);
		strbuf_addf(&cli->out, " in %s", file->path);
	} else if (title) {
		strbuf_addstr(&cli->out, "  ");
		utf8_add_visible(&cli->out, title, strcspn(title, "\n"));
	}
	strbuf_addch(&cli->out, '\n');
}

static void add_json(struct jsonw *w, const struct workflow_file *file, const struct loaded *loaded)
{
	const struct workflow *wf = loaded->wf;

	jsonw_object(w);
	jsonw_kv_string(w, "id", file->id);
	jsonw_kv_string(w, "file", file->path);
	jsonw_kv_string(w, "name", wf ? wf->name : NULL);
	jsonw_kv_string(w, "description", wf ? wf->description : NULL);
	jsonw_kv_bool(w, "valid", wf != NULL);
	jsonw_kv_uint(w, "errors", loaded->diags.n_errors);
	jsonw_kv_uint(w, "steps", wf ? workflow_count_steps(wf) : 0);
	jsonw_kv_uint(w, "params", wf ? wf->n_params : 0);
	jsonw_object_end(w);
}

static size_t id_columns(const struct workflow_file *files, size_t n)
{
	size_t columns = 0;

	for (size_t i = 0; i < n; i++) {
		if (strlen(files[i].id) > columns)
			columns = strlen(files[i].id);
	}
	return columns > 40 ? 40 : columns;
}

static int add_all(struct cli *cli, struct session *session, struct jsonw *w, struct err *err)
{
	const struct workflow_file *files;
	size_t n, columns;

	if (load_list(cli, session, &files, &n, err) < 0)
		return -1;
	columns = id_columns(files, n);
	for (size_t i = 0; i < n; i++) {
		struct loaded loaded;
		int rc = load_workflow(&loaded, session, files[i].id, files[i].path, err);

		if (rc == 0 && w)
			add_json(w, &files[i], &loaded);
		else if (rc == 0)
			add_text(cli, &files[i], &loaded, columns);
		load_release(&loaded);
		if (rc < 0)
			return -1;
	}
	if (!n && !w)
		cli_say(cli, "there are no workflow files in .workflows/; 'git wf help workflow' "
			     "tells how to write "
			     "one");
	return 0;
}

static int list_in_session(struct cli *cli, struct session *session, const void *data,
			   struct err *err)
{
	bool json = ((const struct json_option *)data)->json;
	struct jsonw w;

	if (!json)
		return add_all(cli, session, NULL, err);
	json_view_begin(&w, &cli->out);
	jsonw_key(&w, "workflows");
	jsonw_array(&w);
	if (add_all(cli, session, &w, err) < 0) {
		strbuf_clear(&cli->out); /* half an answer is none */
		return -1;
	}
	jsonw_array_end(&w);
	json_view_end(&w);
	return EXIT_PASSED;
}

int cmd_list(struct cli *cli, struct err *err)
{
	struct json_option options = { 0 };

	return target_session(cli, &options, 0, 0, list_in_session, err);
}
