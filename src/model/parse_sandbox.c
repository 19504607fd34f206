/*
 * `limits` and `sandbox`: what the processes of a step may take, and what they may touch.
 */
#include "base/size.h"
#include "parse_impl.h"

#define LIMITS(member) offsetof(struct limits, member)

static void read_memory(struct reader *reader, const struct schema_row *row,
			const struct yaml_node *node, void *into)
{
	struct limits *limits = into;

	if (!parse_is_scalar(node)) {
		parse_wrong_type(reader, row, node);
		return;
	}
	if (size_parse(node->text, &limits->memory_bytes) < 0 || !limits->memory_bytes)
		diag_error(reader->diags, node->span, "'%.60s' is no size such as 512M",
			   node->text);
}

static const struct field limits_fields[] = {
	{ "memory", 0, read_memory },
	{ "cpu_time", LIMITS(cpu_ms), NULL },
	{ "files", LIMITS(files), NULL },
	{ "processes", LIMITS(processes), NULL },
};

const struct field_table parse_limits_fields = { ARRAY_SIZE(limits_fields), limits_fields };

void parse_limits(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		  void *into)
{
	struct step_draft *draft = into;
	struct limits limits = { 0 };
	const struct yaml_node *cpu_time;

	if (node->kind != YAML_MAP) {
		parse_wrong_type(reader, row, node);
		return;
	}
	parse_fields(reader, AT_LIMITS, node, &limits);
	cpu_time = yaml_get(node, "cpu_time");
	if (cpu_time && cpu_time->kind == YAML_STRING && limits.cpu_ms == 0)
		diag_error(reader->diags, cpu_time->span, "'cpu_time' must be more than 0");
	draft->step.limits = arena_memdup(reader->arena, &limits, sizeof limits);
}

static void read_files(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	struct sandbox *sandbox = into;
	int choice = parse_choice(reader, row, node);

	if (choice >= 0)
		sandbox->files = (uint8_t)choice;
}

static void read_network(struct reader *reader, const struct schema_row *row,
			 const struct yaml_node *node, void *into)
{
	struct sandbox *sandbox = into;

	sandbox->no_network = parse_choice(reader, row, node) == 1;
}

static const struct field sandbox_fields[] = {
	{ "files", 0, read_files },
	{ "network", 0, read_network },
};

const struct field_table parse_sandbox_fields = { ARRAY_SIZE(sandbox_fields), sandbox_fields };

void parse_sandbox(struct reader *reader, const struct schema_row *row,
		   const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;
	struct sandbox sandbox = { 0 };

	if (node->kind == YAML_MAP) {
		parse_fields(reader, AT_SANDBOX, node, &sandbox);
	} else if (parse_is_scalar(node)) {
		read_files(reader, schema_find(AT_SANDBOX, "files"), node, &sandbox);
		sandbox.no_network = sandbox.files == SANDBOX_STRICT;
	} else {
		parse_wrong_type(reader, row, node);
	}
	draft->step.sandbox = sandbox; /* over that of `defaults` */
}
