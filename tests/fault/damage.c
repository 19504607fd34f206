/*
 * Damages a journal at every place and reads it by what the program itself reads it with:
 *
 *	damage DIRECTORY JOURNAL
 *
 * The journal is cut at every byte, and every bit of it is flipped. Each is read; opened, which repairs it; gets one line
 * more; and is read again. Lines that nothing happened to are given, in their order and as they were, both
 * times, and are in the file byte for byte; of a line that something happened to nothing else is given; the new line is
 * the last one; and the repaired journal has nothing bad in it.
 *
 * What to expect is found out here, by cutting the good journal at its line feeds. Prints "N points, N losses"
 * after a line for each loss.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "store/journal.h"
#include "sys/fs.h"

struct line {
	const char *text; /* without its line feed */
	size_t at, len;
	struct strbuf event; /* as the program reads it from the good journal */
};

struct damage {
	const char *dir;
	struct strbuf good;
	struct line *lines;
	size_t n_lines, n_points, n_losses;
};

static void lose(struct damage *damage, const char *what, size_t at, int bit, const char *why)
{
	if (damage->n_losses++ < 20)
		printf("not ok - %s at byte %zu, bit %d: %s\n", what, at, bit, why);
}

/* ---- Reading ---- */

struct seen {
	struct strbuf *events; /* one each */
	size_t n;
};

static int see(void *data, const struct event *event)
{
	struct seen *seen = data;

	seen->events = realloc(seen->events, (seen->n + 1) * sizeof *seen->events);
	if (!seen->events)
		abort();
	seen->events[seen->n] = (struct strbuf)STRBUF_INIT;
	event_to_json(event, &seen->events[seen->n++]);
	return 0;
}

static void release_seen(struct seen *seen)
{
	for (size_t i = 0; i < seen->n; i++)
		strbuf_release(&seen->events[i]);
	free(seen->events);
	*seen = (struct seen){ 0 };
}

static void write_journal(const struct damage *damage, const char *bytes, size_t len)
{
	struct strbuf path = STRBUF_INIT;
	int fd;

	strbuf_addf(&path, "%s/journal.damaged", damage->dir);
	unlink(path.buf);
	strbuf_clear(&path);
	strbuf_addf(&path, "%s/journal.ndjson", damage->dir);
	fd = open(path.buf, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || fs_write_all(fd, bytes, len, NULL) < 0)
		abort();
	close(fd);
	strbuf_release(&path);
}

/* ---- Judging ---- */

/* Is line i untouched by what was done? */
static bool is_whole(const struct line *line, size_t at, bool is_cut)
{
	size_t end = line->at + line->len; /* of its line feed */

	if (is_cut)
		return end < at;
	/* A line feed that became something else glues the next line to this one. */
	return at < line->at - (line->at > 0) || at > end;
}

/* NULL, or what is wrong. Each whole line once, in order; of the others nothing but what they were. */
static const char *judge_events(const struct damage *damage, const struct seen *seen, size_t n_seen,
				size_t at, bool is_cut)
{
	size_t i = 0;

	for (size_t k = 0; k < n_seen; k++, i++) {
		while (i < damage->n_lines && strcmp(strbuf_str(&seen->events[k]),
						     strbuf_str(&damage->lines[i].event)) != 0) {
			if (is_whole(&damage->lines[i], at, is_cut))
				return "a whole line is lost, or something is given that never was";
			i++;
		}
		if (i == damage->n_lines)
			return "something is given that never was";
	}
	for (; i < damage->n_lines; i++)
		if (is_whole(&damage->lines[i], at, is_cut))
			return "a whole line at the end is lost";
	return NULL;
}

static const char *judge_bytes(const struct damage *damage, size_t at, bool is_cut)
{
	struct strbuf path = STRBUF_INIT, now = STRBUF_INIT;
	const char *why = NULL, *from;

	strbuf_addf(&path, "%s/journal.ndjson", damage->dir);
	if (fs_read_file(AT_FDCWD, path.buf, (size_t)1 << 30, &now, NULL) < 0)
		why = "the repaired journal cannot be read";
	from = strbuf_str(&now);
	for (size_t i = 0; !why && i < damage->n_lines; i++) {
		const struct line *line = &damage->lines[i];

		if (!is_whole(line, at, is_cut))
			continue;
		from = memmem(from, (size_t)(now.buf + now.len - from), line->text, line->len + 1);
		if (!from)
			why = "a whole line is not in the repaired file as it was";
		else
			from += line->len + 1;
	}
	strbuf_release(&path);
	strbuf_release(&now);
	return why;
}

static const char *append_one(const struct damage *damage)
{
	struct event event = { .type = EV_STEP_START,
			       .step = "the new one",
			       .attempt = 1,
			       .attempts = 1,
			       .cookie = "c",
			       .at_ms = 1 };
	uint64_t n_lost;
	struct journal *journal = journal_open(damage->dir, &n_lost, NULL);
	const char *why = NULL;

	if (!journal)
		return "it cannot be opened";
	if (journal_append(journal, &event, NULL) < 0 || journal_flush(journal, NULL) < 0)
		why = "it cannot be appended to";
	journal_close(journal);
	return why;
}

static const char *judge_damage(const struct damage *damage, size_t at, bool is_cut)
{
	struct seen before = { 0 }, after = { 0 };
	uint64_t n_bad = 0;
	const char *why = NULL;

	if (journal_read(damage->dir, see, &before, &n_bad, NULL) < 0)
		why = "it cannot be read";
	if (!why)
		why = judge_events(damage, &before, before.n, at, is_cut);
	if (!why)
		why = append_one(damage);
	if (!why && journal_read(damage->dir, see, &after, &n_bad, NULL) < 0)
		why = "it cannot be read after the repair";
	if (!why && (after.n != before.n + 1 ||
		     !strstr(strbuf_str(&after.events[after.n - 1]), "the new one")))
		why = "after the repair and one line more there is not one event more";
	if (!why)
		why = judge_events(damage, &after, after.n - 1, at, is_cut);
	if (!why)
		why = judge_bytes(damage, at, is_cut);
	release_seen(&before);
	release_seen(&after);
	return why;
}

/* ---- The sweep ---- */

static void sweep(struct damage *damage)
{
	struct strbuf bad = STRBUF_INIT;
	const char *why;

	for (size_t at = 0; at <= damage->good.len; at++) {
		write_journal(damage, damage->good.buf, at);
		damage->n_points++;
		if ((why = judge_damage(damage, at, true)))
			lose(damage, "cut", at, 0, why);
	}
	for (size_t bit = 0; bit < damage->good.len * 8; bit++) {
		strbuf_clear(&bad);
		strbuf_add(&bad, damage->good.buf, damage->good.len);
		bad.buf[bit / 8] = (char)(bad.buf[bit / 8] ^ 1 << bit % 8);
		write_journal(damage, bad.buf, bad.len);
		damage->n_points++;
		if ((why = judge_damage(damage, bit / 8, false)))
			lose(damage, "flipped", bit / 8, (int)(bit % 8), why);
	}
	strbuf_release(&bad);
}

static void find_lines(struct damage *damage)
{
	const char *at = damage->good.buf, *end = at + damage->good.len, *newline;
	struct seen seen = { 0 };

	write_journal(damage, damage->good.buf, damage->good.len);
	if (journal_read(damage->dir, see, &seen, NULL, NULL) < 0)
		abort();
	damage->lines = calloc(seen.n + 1, sizeof *damage->lines);
	for (; at < end && (newline = memchr(at, '\n', (size_t)(end - at))); at = newline + 1) {
		struct line *line = &damage->lines[damage->n_lines];

		if (damage->n_lines == seen.n)
			abort(); /* the good one has nothing that is not given */
		line->text = at;
		line->at = (size_t)(at - damage->good.buf);
		line->len = (size_t)(newline - at);
		line->event = seen.events[damage->n_lines++];
	}
	if (damage->n_lines != seen.n || !seen.n)
		abort();
	free(seen.events);
}

int main(int argc, char **argv)
{
	struct damage damage = { .dir = argv[1] };

	if (argc != 3 || fs_read_file(AT_FDCWD, argv[2], (size_t)1 << 20, &damage.good, NULL) < 0) {
		fprintf(stderr, "usage: damage DIRECTORY JOURNAL\n");
		return 2;
	}
	find_lines(&damage);
	sweep(&damage);
	for (size_t i = 0; i < damage.n_lines; i++)
		strbuf_release(&damage.lines[i].event);
	free(damage.lines);
	strbuf_release(&damage.good);
	printf("%zu points, %zu losses\n", damage.n_points, damage.n_losses);
	return damage.n_losses > 0;
}
