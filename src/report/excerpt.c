/*
 * The end of a log as text that can stand in a document.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "base/xalloc.h"
#include "report_impl.h"

/* Behind ESC: how long the sequence is ("[…m", "]…BEL", "(B"). What has no end goes to the line's. */
static size_t escape_length(const char *text, size_t len)
{
	size_t i = 1;

	if (!len)
		return 0;
	if (text[0] == ']' || text[0] == 'P') {
		while (i < len && text[i] != '\a' && text[i] != '\n' && text[i] != '\033')
			i++;
		if (i < len && text[i] == '\033')
			return i + 1 < len && text[i + 1] == '\\' ? i + 2 : i;
		return i < len && text[i] == '\a' ? i + 1 : i;
	}
	if (text[0] != '[')
		return text[0] == '\n' ? 0 : strchr("()*+#", text[0]) && len > 1 ? 2 : 1;
	while (i < len && text[i] >= ' ' && text[i] <= '?')
		i++;
	return i < len && text[i] >= '@' && text[i] <= '~' ? i + 1 : i;
}

static bool is_allowed(uint32_t code)
{
	return code == '\t' || (code >= ' ' && code != 0x7f && !(code >= 0x80 && code < 0xa0) &&
				code != 0xfffe && code != 0xffff);
}

static void take_back(struct strbuf *out, size_t start)
{
	size_t len = out->len;

	while (len > start && ((unsigned char)out->buf[len - 1] & 0xc0) == 0x80)
		len--;
	strbuf_setlen(out, len > start ? len - 1 : start);
}

static void clean_line(const char *line, size_t len, struct strbuf *out)
{
	size_t start = out->len;

	for (size_t i = 0; i < len;) {
		uint32_t code;
		size_t size = utf8_decode(line + i, len - i, &code);

		if (code == '\033')
			size += escape_length(line + i + 1, len - i - 1);
		else if (code == '\r')
			strbuf_setlen(out, i + 1 < len ? start : out->len);
		else if (code == '\b')
			take_back(out, start);
		else if (code == UTF8_BAD || !is_allowed(code))
			strbuf_addstr(out, "\xef\xbf\xbd");
		else
			strbuf_add(out, line + i, size);
		i += size;
	}
}

void excerpt_clean(const char *text, size_t len, struct strbuf *out)
{
	strbuf_grow(out, len);
	while (len) {
		const char *feed = memchr(text, '\n', len);
		size_t line = feed ? (size_t)(feed - text) : len, shown = line;

		while (shown && text[shown - 1] == '\r')
			shown--;
		clean_line(text, shown, out);
		if (feed)
			strbuf_addch(out, '\n');
		text += line + (feed != NULL);
		len -= line + (feed != NULL);
	}
}

static int read_end(int fd, size_t max_bytes, struct strbuf *raw)
{
	struct stat st;
	off_t offset;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -1;
	offset = (uint64_t)st.st_size > max_bytes ? st.st_size - (off_t)max_bytes : 0;
	strbuf_grow(raw, max_bytes);
	while (raw->len < max_bytes) {
		ssize_t n = pread(fd, raw->buf + raw->len, max_bytes - raw->len,
				  offset + (off_t)raw->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		strbuf_setlen(raw, raw->len + (size_t)n);
	}
	return offset > 0;
}

void excerpt_read(const char *logs_dir, const char *log, size_t max_bytes, struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf raw = STRBUF_INIT;
	char *path CLEANUP(xfree_ptr)
	= NULL;
	const char *from, *feed;
	int fd, is_cut;

	/* The name comes from a file; it never leads out of the folder. */
	if (!logs_dir || !log || strchr(log, '/'))
		return;
	path = xasprintf("%s/%s", logs_dir, log);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return;
	is_cut = read_end(fd, max_bytes, &raw);
	close(fd);
	if (is_cut < 0 || !raw.len)
		return;
	from = raw.buf;
	feed = is_cut ? memchr(raw.buf, '\n', raw.len) : NULL;
	if (is_cut)
		strbuf_addstr(out, "[...]\n");
	if (feed && feed + 1 < raw.buf + raw.len)
		from = feed + 1;
	excerpt_clean(from, raw.len - (size_t)(from - raw.buf), out);
}
