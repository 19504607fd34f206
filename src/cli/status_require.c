/*
 * git wf status --require: did a workflow pass in a hook, for the very tree of a commit?
 */
#include <string.h>

#include "git/freeze.h"
#include "status_impl.h"
#include "target_impl.h"
#include "trigger/receipt.h"
#include "views_impl.h"

struct requirement {
	struct cli *cli;
	const struct status_require *options;
	struct strbuf shown;
	struct jsonw *json; /* or NULL */
	bool is_met;
};

static bool counts(const struct requirement *require, const struct receipt *receipt)
{
	return !require->options->allowed_signers || receipt->signer;
}

static void show_json(struct jsonw *w, const struct receipt *receipt, bool is_counted)
{
	jsonw_object(w);
	jsonw_kv_string(w, "hook", receipt->hook);
	jsonw_kv_string(w, "at", receipt->at);
	jsonw_kv_string(w, "by", receipt->by);
	jsonw_kv_string(w, "engine", receipt->engine);
	jsonw_kv_string(w, "blob", receipt->blob);
	jsonw_kv_bool(w, "note", receipt->is_note);
	jsonw_kv_bool(w, "signed", receipt->is_signed);
	jsonw_kv_string(w, "signer", receipt->signer);
	jsonw_kv_bool(w, "accepted", is_counted);
	jsonw_object_end(w);
}

static void on_receipt(void *data, const struct receipt *receipt)
{
	struct requirement *require = data;
	bool is_counted;

	if (strcmp(receipt->workflow, require->options->workflow) != 0)
		return;
	is_counted = counts(require, receipt);
	require->is_met |= is_counted;
	if (require->json) {
		show_json(require->json, receipt, is_counted);
		return;
	}
	strbuf_addf(&require->shown, "%s in %s, %s", is_counted ? "passed" : "not accepted: passed",
		    receipt->hook, receipt->at);
	if (receipt->by)
		strbuf_addf(&require->shown, ", by %s", receipt->by);
	if (receipt->signer)
		strbuf_addf(&require->shown, ", signed by %s", receipt->signer);
	else if (require->options->allowed_signers)
		strbuf_addstr(&require->shown, receipt->is_signed
						       ? ", signed by nobody who is allowed"
						       : ", not signed");
	strbuf_addch(&require->shown, '\n');
}

static int look(struct requirement *require, struct session *session, const char *tree,
		struct err *err)
{
	struct jsonw w;

	if (require->options->json) {
		json_view_begin(&w, &require->cli->out);
		jsonw_kv_string(&w, "workflow", require->options->workflow);
		jsonw_kv_string(&w, "tree", tree);
		jsonw_key(&w, "receipts");
		jsonw_array(&w);
		require->json = &w;
	}
	if (receipt_each(&session->repo, &session->layout, tree, require->options->allowed_signers,
			 on_receipt, require, err) < 0)
		return -1;
	if (require->json) {
		jsonw_array_end(&w);
		jsonw_kv_bool(&w, "passed", require->is_met);
		json_view_end(&w);
		return 0;
	}
	strbuf_add(&require->cli->out, strbuf_str(&require->shown), require->shown.len);
	return 0;
}

int status_require(struct cli *cli, struct session *session, const struct status_require *options,
		   struct err *err)
{
	const char *rev = options->rev ? options->rev : "HEAD";
	struct requirement require = { .cli = cli, .options = options };
	struct frozen frozen;
	int rc = freeze_commit(&frozen, &session->repo, rev, NULL, &cli->arena, err);

	if (rc < 0 && err)
		err->kind = ERR_USAGE;
	if (rc == 0)
		rc = look(&require, session, frozen.tree, err);
	strbuf_release(&require.shown);
	if (rc < 0)
		return -1;
	if (!require.is_met)
		cli_say(cli, "'%s' has not passed for the tree of %s, as far as %s",
			options->workflow, rev,
			options->allowed_signers ? "allowed signers say" : "receipts say");
	return require.is_met ? EXIT_PASSED : EXIT_NOT_PASSED;
}
