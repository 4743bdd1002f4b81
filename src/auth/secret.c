/*
 * secret.c
 *		Zeroes secrets that are no longer needed.
 */
#include "postgres.h"

#include "auth/secret.h"

void
pca_secret_zero(char *secret)
{
	/* a compiler may leave out memset() before memory is freed */
	if (secret)
		explicit_bzero(secret, strlen(secret));
}

void
pca_secret_free(char **secret)
{
	pca_secret_zero(*secret);
	if (*secret)
		pfree(*secret);
	*secret = NULL;
}
