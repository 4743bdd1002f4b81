/*
 * redact.c
 *		Redacts secrets in texts from outside.
 *
 * A server that refuses a request may repeat it in its response.
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "http/redact.h"

/* Bits of the filter: a secret of some kB sets a few percent of them. */
#define PCA_FILTER_BITS		(1 << 16)

/* The runs of PCA_REDACT_MIN_RUN bytes that a secret has, or others by chance. */
typedef struct Filter
{
	uint8		bits[PCA_FILTER_BITS / 8];
} Filter;

static uint32
hash_run(const char *run)
{
	return hash_bytes((const unsigned char *) run, PCA_REDACT_MIN_RUN) % PCA_FILTER_BITS;
}

static void
fill_filter(Filter *filter, const char *secret, size_t size)
{
	memset(filter, 0, sizeof(Filter));
	for (size_t i = 0; i + PCA_REDACT_MIN_RUN <= size; i++)
	{
		uint32		bit = hash_run(secret + i);

		filter->bits[bit / 8] |= 1 << (bit % 8);
	}
}

/* Returns the length of the longest beginning of text, of length bytes, that occurs in the secret. */
static size_t
find_common_run(const char *text, size_t length, const char *secret, size_t size)
{
	size_t		longest = 0;

	for (size_t i = 0; i < size; i++)
	{
		size_t		run = 0;

		while (run < length && i + run < size && text[run] == secret[i + run])
			run++;
		longest = Max(longest, run);
	}
	return longest;
}

void
pca_redact_secret(char *text, size_t length, const char *secret)
{
	size_t		size = strlen(secret);
	size_t		least = Min(size, PCA_REDACT_MIN_RUN);
	Filter		filter;

	if (size < PCA_REDACT_MIN_SECRET)
		return;
	fill_filter(&filter, secret, size);
	for (size_t i = 0; i + least <= length;)
	{
		uint32		bit = least == PCA_REDACT_MIN_RUN ? hash_run(text + i) : 0;
		size_t		run = 0;

		if (least < PCA_REDACT_MIN_RUN || filter.bits[bit / 8] & (1 << (bit % 8)))
			run = find_common_run(text + i, length - i, secret, size);
		if (run < least)
			run = 0;
		memset(text + i, '*', run);
		i += Max(run, 1);
	}
	explicit_bzero(&filter, sizeof(filter));
}
