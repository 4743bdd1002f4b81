/*
 * wipe.c
 *		How is memory zeroed when a library frees it?
 *
 * Its size stands before each block.  No palloc and no error: a library's own
 * threads may come here.
 */
#include "postgres.h"

#include "wipe.h"

/* What stands before a block. */
typedef struct Head
{
	size_t		size;
	uintptr_t	mark;			/* tells our blocks from others */
} Head;

/* A block must be aligned for anything. */
#define PCA_WIPE_HEAD	MAXALIGN(sizeof(Head))

static const uintptr_t our_mark = (uintptr_t) UINT64CONST(0x9C5A17E0D15C4EE7);

/* Whether a block was refused; any thread may say so. */
static volatile bool refused = false;

static Head *
head_of(void *block)
{
	return (Head *) ((char *) block - PCA_WIPE_HEAD);
}

/*
 * Whether it is a block of ours: who used the library in this process before
 * us has got it from the C library, which keeps as much before a block.
 */
static bool
is_ours(void *block)
{
	return head_of(block)->mark == (our_mark ^ (uintptr_t) block);
}

void *
pca_wipe_malloc(size_t size)
{
	Head	   *head;
	void	   *block;

	head = size > SIZE_MAX - PCA_WIPE_HEAD ? NULL : malloc(size + PCA_WIPE_HEAD);
	if (!head)
	{
		refused = true;
		return NULL;
	}
	block = (char *) head + PCA_WIPE_HEAD;
	head->size = size;
	head->mark = our_mark ^ (uintptr_t) block;
	return block;
}

bool
pca_wipe_has_refused(void)
{
	bool		has = refused;

	refused = false;
	return has;
}

void *
pca_wipe_calloc(size_t number, size_t size)
{
	void	   *block;

	if (size > 0 && number > SIZE_MAX / size)
		return NULL;
	block = pca_wipe_malloc(number * size);
	if (block)
		memset(block, 0, number * size);
	return block;
}

void *
pca_wipe_realloc(void *block, size_t size)
{
	void	   *other;

	if (block && !is_ours(block))
		return realloc(block, size);
	other = pca_wipe_malloc(size);
	if (block && other)
	{
		memcpy(other, block, Min(head_of(block)->size, size));
		pca_wipe_free(block);
	}
	return other;
}

char *
pca_wipe_strdup(const char *text)
{
	size_t		size = strlen(text) + 1;
	char	   *copy = pca_wipe_malloc(size);

	if (copy)
		memcpy(copy, text, size);
	return copy;
}

void
pca_wipe_free(void *block)
{
	Head	   *head = block ? head_of(block) : NULL;

	if (!block)
		return;
	if (!is_ours(block))
	{
		free(block);
		return;
	}
	explicit_bzero(block, head->size);
	head->mark = 0;
	free(head);
}
