/*
 * See inside_impl.h. Folders are looked at once in a session: a run has few, and many paths in each.
 */
#include "inside_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/fs.h"

static size_t folder_length(const struct node_path *spec)
{
	size_t len = strlen(spec->path);

	if (spec->kind == PATH_DIR)
		return len;
	if (spec->kind == PATH_GLOB)
		len = strcspn(spec->path, "*?[{\\");
	while (len && spec->path[len - 1] != '/')
		len--;
	return len ? len - 1 : 0;
}

static bool is_below(const char *root, const char *path)
{
	size_t len = strlen(root);

	return strncmp(root, path, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* There is a link in it: where does it lead? What is not there yet counts by the folders above. */
static int check_resolved(const struct session *session, const char *folder, struct err *err)
{
	char *root = realpath(session->layout.root, NULL), *resolved = NULL;
	struct arena scratch = { 0 };
	char *path = arena_printf(&scratch, "%s/%s", session->layout.root, folder), *slash;
	int rc = 0;

	if (!root) {
		arena_release(&scratch);
		return err_set(err, ERR_SYSTEM, "cannot tell where '%s' leads", folder);
	}
	while (!(resolved = realpath(path, NULL)) && (errno == ENOENT || errno == ENOTDIR) &&
	       (slash = strrchr(path, '/')) && slash > path)
		*slash = '\0';
	if (!resolved)
		rc = err_errno(err, "cannot tell where '%s' leads", folder);
	else if (!is_below(root, resolved))
		rc = err_set(err, ERR_VALUE,
			     "'%s' leads out of the repository through a symbolic link", folder);
	free(resolved);
	free(root);
	arena_release(&scratch);
	return rc;
}

int inside_check(struct session *session, const struct node_path *spec, struct err *err)
{
	size_t len = folder_length(spec);
	struct err why = ERR_INIT;
	char *folder;
	int fd;

	if (len == 0 || strmap_get_n(&session->inside, spec->path, len))
		return 0;
	folder = arena_strndup(&session->arena, spec->path, len);
	fd = fs_open_beneath(session->layout.root_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0,
			     &why);
	if (fd < 0 && why.errnum != ENOENT && check_resolved(session, folder, err) < 0) {
		err_release(&why);
		return -1;
	}
	if (fd >= 0)
		close(fd);
	err_release(&why);
	strmap_put(&session->inside, folder, folder);
	return 0;
}
