/*
 * secure_alloc.c
 *		How is memory zeroed when a library frees it?
 *
 * The C library knows how large each of its blocks is, so nothing is noted beside
 * them.  Ours can thus be freed by whoever frees with free(), and those that a
 * library had got from malloc() before it was given these functions are freed
 * and zeroed here like ours: no block needs to be told from another.
 *
 * No palloc and no error: a library's own threads may come here.
 */
#include "postgres.h"

#include <malloc.h>

#include "http/secure_alloc.h"

/* Whether a block was refused; any thread may say so. */
static volatile bool refused = false;

/*
 * Bytes that a block has, at least those that were asked for.  The C library may
 * have rounded up; the bytes beyond are nobody's, and may be overwritten just
 * before the block is freed, as systemd does, too.
 */
static size_t
block_size(void *block)
{
	return malloc_usable_size(block);
}

void *
pca_secure_alloc_malloc(size_t size)
{
	/* never NULL for success */
	void	   *block = malloc(Max(size, 1));

	if (!block)
		refused = true;
	return block;
}

bool
pca_secure_alloc_has_failed(void)
{
	bool		has = refused;

	refused = false;
	return has;
}

void *
pca_secure_alloc_calloc(size_t number, size_t size)
{
	void	   *block;

	if (size > 0 && number > SIZE_MAX / size)
		return NULL;
	block = pca_secure_alloc_malloc(number * size);
	if (block)
		memset(block, 0, number * size);
	return block;
}

void *
pca_secure_alloc_realloc(void *block, size_t size)
{
	/* realloc() might move it, and leave the old bytes where they were */
	void	   *other = pca_secure_alloc_malloc(size);

	if (block && other)
	{
		memcpy(other, block, Min(block_size(block), size));
		pca_secure_alloc_free(block);
	}
	return other;
}

char *
pca_secure_alloc_strdup(const char *text)
{
	size_t		size = strlen(text) + 1;
	char	   *copy = pca_secure_alloc_malloc(size);

	if (copy)
		memcpy(copy, text, size);
	return copy;
}

void
pca_secure_alloc_free(void *block)
{
	if (!block)
		return;
	explicit_bzero(block, block_size(block));
	free(block);
}
