/*
 * Words about single steps: the last one counts, those of the past stay, and a group's word is that of
 * what stands in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "run/by_hand_impl.h"

static const struct expr_env *no_scope(void *data, const struct node *node)
{
	(void)data;
	(void)node;
	return NULL;
}

static const struct plan_host host = { .scope = no_scope };

struct fixture {
	struct session session;
	struct diags diags;
	struct run_state past;
};

static const char text[] = "steps:\n"
			   "  - {id: a, run: x}\n"
			   "  - {id: t, needs: [a], foreach: {n: [one, two]}, run: x}\n"
			   "  - {id: z, needs: [t], run: x}\n"
			   "  - {id: alone, run: x}\n";

static int begin(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .diags = {
				      .file = "w.yml", .text = text, .text_len = strlen(text) } };
	f.session.wf = workflow_load(&f.session.arena, "w", &f.diags);
	assert_non_null(f.session.wf);
	f.session.plan = plan_build(f.session.wf, &host, &(struct selection){ 0 }, &f.diags, NULL);
	assert_non_null(f.session.plan);
	state_init(&f.past);
	*state = &f;
	return 0;
}

static int end(void **state)
{
	struct fixture *f = *state;

	state_release(&f->past);
	plan_free(f->session.plan);
	diags_release(&f->diags);
	arena_release(&f->session.arena);
	return 0;
}

static void happened(struct fixture *f, const char *step, enum step_status status, const char *hand,
		     bool is_once)
{
	struct step_state *known = ARENA_NEW(&f->session.arena, struct step_state);

	*known = (struct step_state){
		.id = step, .status = status, .hand = hand, .is_once = is_once
	};
	vec_push(&f->past.steps, known);
}

static int load(struct fixture *f, const struct hand *hands, size_t n, struct err *err)
{
	struct run_options options = { .hands = hands, .n_hands = n };

	return by_hand_load(&f->session, &options, &f->past, err);
}

static void expect(struct fixture *f, const char *id, enum hand_word word)
{
	const struct node *node = plan_node(f->session.plan, id);

	assert_non_null(node);
	assert_int_equal(by_hand_of(&f->session, node), word);
}

static void nobody_said_anything(void **state)
{
	struct fixture *f = *state;

	expect(f, "a", HAND_NONE);
	assert_int_equal(load(f, NULL, 0, NULL), 0);
	expect(f, "t[one]", HAND_NONE);
	assert_null(by_hand_new(&f->session, 0));
}

static void the_last_word_counts(void **state)
{
	struct fixture *f = *state;
	static const struct hand hands[] = { { "t", HAND_SKIP }, { "t[two]", HAND_RETRY } };

	assert_int_equal(load(f, hands, 2, NULL), 0);
	expect(f, "t[one]", HAND_SKIP);
	expect(f, "t[two]", HAND_RETRY);
	by_hand_add(&f->session, "t[one]", HAND_DONE);
	expect(f, "t[one]", HAND_DONE);
	assert_string_equal(by_hand_new(&f->session, 2)->step, "t[one]");
	assert_null(by_hand_new(&f->session, 3));
}

static void what_was_said_before_stays(void **state)
{
	struct fixture *f = *state;
	static const struct hand hands[] = { { "a", HAND_RETRY } };

	happened(f, "a", STEP_SKIPPED, "skip", false);
	happened(f, "t[one]", STEP_PASSED, "done", false);
	happened(f, "t[two]", STEP_UNKNOWN, NULL, true);
	happened(f, "z", STEP_PASSED, NULL, true);
	happened(f, "alone", STEP_PASSED, NULL, false);
	assert_int_equal(load(f, hands, 1, NULL), 0);
	expect(f, "a", HAND_RETRY);
	expect(f, "t[one]", HAND_DONE);
	expect(f, "t[two]", HAND_UNKNOWN);
	expect(f, "z", HAND_PASSED);
	expect(f, "alone", HAND_NONE);
	/* Only what is new goes into the journal. */
	assert_string_equal(by_hand_new(&f->session, 0)->step, "a");
	assert_null(by_hand_new(&f->session, 1));
}

static void retry_without_a_step_is_all_that_did_not_pass(void **state)
{
	struct fixture *f = *state;
	static const struct hand hands[] = { { "", HAND_RETRY } };

	happened(f, "a", STEP_PASSED, NULL, false);
	happened(f, "t[one]", STEP_FAILED, NULL, false);
	happened(f, "t[two]", STEP_UNKNOWN, NULL, true);
	happened(f, "z", STEP_CANCELLED, NULL, false);
	happened(f, "alone", STEP_SKIPPED, "skip", false);
	assert_int_equal(load(f, hands, 1, NULL), 0);
	expect(f, "a", HAND_NONE);
	expect(f, "t[one]", HAND_RETRY);
	expect(f, "t[two]", HAND_RETRY);
	expect(f, "z", HAND_RETRY);
	expect(f, "alone", HAND_SKIP);
}

static void from_a_step_is_all_below_it(void **state)
{
	struct fixture *f = *state;
	static const struct hand hands[] = { { "t[two]", HAND_FROM } };

	assert_int_equal(load(f, hands, 1, NULL), 0);
	expect(f, "a", HAND_NONE);
	expect(f, "t[one]", HAND_NONE);
	expect(f, "t[two]", HAND_RETRY);
	expect(f, "z", HAND_RETRY);
	expect(f, "alone", HAND_NONE);
}

static void a_step_that_is_not_there_is_named(void **state)
{
	struct fixture *f = *state;
	static const struct hand near[] = { { "alon", HAND_SKIP } },
				 far[] = { { "qqqqqqq", HAND_SKIP } };
	struct err err = ERR_INIT;

	assert_int_equal(load(f, near, 1, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_string_equal(err_msg(&err),
			    "workflow 'w' has no step 'alon'; did you mean 'alone'?");
	err_release(&err);
	assert_int_equal(load(f, far, 1, &err), -1);
	assert_string_equal(err_msg(&err), "workflow 'w' has no step 'qqqqqqq'");
	err_release(&err);
	assert_true(by_hand_knows(&f->session, "t[one]"));
	assert_false(by_hand_knows(&f->session, "t[three]"));
	assert_false(by_hand_knows(&f->session, "a[one]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(nobody_said_anything),
		TEST(the_last_word_counts),
		TEST(what_was_said_before_stays),
		TEST(retry_without_a_step_is_all_that_did_not_pass),
		TEST(from_a_step_is_all_below_it),
		TEST(a_step_that_is_not_there_is_named),
#undef TEST
	};

	return cmocka_run_group_tests_name("run/by_hand", tests, NULL, NULL);
}
