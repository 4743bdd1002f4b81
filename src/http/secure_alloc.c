/*
 * secure_alloc.c
 *		An allocator that zeroes memory when it is freed.
 *
 * The C library knows the size of each block, so none is stored beside it.  Thus
 * free() may free blocks of these functions, and pca_secure_alloc_free() those
 * that a library allocated with malloc() before it was given these functions.
 *
 * The functions use neither palloc nor ereport, since they may be called in
 * threads of a library.
 */
#include "postgres.h"

#include <malloc.h>

#include "http/secure_alloc.h"

/* An allocation has failed, in any thread. */
static volatile bool has_failed = false;

/*
 * Returns the size of a block, at least what was requested.  The C library may have
 * rounded it up; the bytes beyond are unused, and may be overwritten just before the
 * block is freed.
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
		has_failed = true;
	return block;
}

bool
pca_secure_alloc_has_failed(void)
{
	bool		failed = has_failed;

	has_failed = false;
	return failed;
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
