/*
 * A run asks for a thousand blobs, here and there: from the third on the data is looked at where it
 * lies. What a row tells of was there before the row and is never cut off again (slab_write.c), so no
 * page of it goes away under the view; a row that promises more than the file has is not in it.
 */
#include "store/slab_impl.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include "store/slab_file_impl.h"

#define N_ASKED_SINGLY 2

void slab_view_drop(struct slab *slab)
{
	if (slab->view)
		munmap(slab->view, slab->view_len);
	slab->view = NULL;
	slab->view_len = 0;
	slab->n_asked = 0;
}

/* Counting starts anew: what comes to lie behind the view is not mapped one by one. */
static void view_all(struct slab *slab)
{
	struct stat st;
	void *view;

	slab_view_drop(slab);
	if (fstat(slab->data_fd, &st) < 0 || st.st_size <= 0)
		return;
	view = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, slab->data_fd, 0);
	if (view == MAP_FAILED)
		return;
	slab->view = view;
	slab->view_len = (size_t)st.st_size;
}

static bool is_in_view(const struct slab *slab, const struct slab_row *row)
{
	return row->len <= slab->view_len && row->offset <= slab->view_len - row->len;
}

const char *slab_view(struct slab *slab, const struct slab_row *row)
{
	if ((row->flags & SLAB_PENDING) || slab->data_fd < 0)
		return NULL;
	if (!is_in_view(slab, row) && ++slab->n_asked > N_ASKED_SINGLY)
		view_all(slab);
	return is_in_view(slab, row) ? slab->view + row->offset : NULL;
}
