/*
 * retry.c
 *		Decides if and when a request that failed is retried.
 *
 * exchange.c counts the attempts.
 */
#include "postgres.h"

#include <time.h>

#include "common/pg_prng.h"

#include "http/curl_url.h"
#include "http/retry.h"

/*
 * The first wait, in ms, as in Microsoft's own SDK (api-notes 7.5).  Five of them,
 * each twice as long, come to 16 s: what a failover behind a gateway takes.
 */
#define PCA_RETRY_FIRST_WAIT_MS		500

/*
 * The longest wait, in ms: the API's own throttling requires about a minute
 * (api-notes 7.4).
 */
#define PCA_RETRY_LONGEST_WAIT_MS	60000

/* Largest part of a wait in Retry-After that is added to it. */
#define PCA_RETRY_JITTER	0.1

/* Limit of the seconds in Retry-After, so that nothing overflows. */
#define PCA_RETRY_MAX_SECONDS		(365 * 24 * 3600)

static const int retryable_statuses[] = {408, 429, 500, 502, 503, 504};

bool
pca_retry_is_retryable_status(int status)
{
	for (int i = 0; i < (int) lengthof(retryable_statuses); i++)
	{
		if (retryable_statuses[i] == status)
			return true;
	}
	return false;
}

bool
pca_retry_is_retryable_failure(PcaFailure failure)
{
	return failure == PCA_FAILURE_RESOLVE ||
		failure == PCA_FAILURE_RESOLVE_PROXY ||
		failure == PCA_FAILURE_TRANSPORT ||
		failure == PCA_FAILURE_TIMEOUT ||
		failure == PCA_FAILURE_ENCODING ||
		failure == PCA_FAILURE_UNREQUESTED;
}

int64
pca_retry_parse_after(const char *header)
{
	int64		seconds;
	char	   *end;

	if (!header)
		return -1;
	seconds = strtoll(header, &end, 10);
	if (end == header || *end != '\0')
	{
		int64		date = pca_curl_url_parse_date(header);

		if (date < 0)
			return -1;
		seconds = date - (int64) time(NULL);
	}
	return Min(Max(seconds, 0), PCA_RETRY_MAX_SECONDS) * 1000;
}

int64
pca_retry_wait_ms(int failures, int64 requested_ms, int64 max_ms)
{
	double		chance = pg_prng_double(&pg_global_prng_state);
	int64		wait = PCA_RETRY_FIRST_WAIT_MS;

	if (requested_ms > 0)
		return Max(requested_ms, Min(max_ms, (int64) (requested_ms * (1.0 + PCA_RETRY_JITTER * chance))));
	for (int i = 1; i < failures && wait < PCA_RETRY_LONGEST_WAIT_MS; i++)
		wait *= 2;
	wait = Min(wait, PCA_RETRY_LONGEST_WAIT_MS);
	return Min(max_ms, (int64) (wait * (0.5 + chance / 2)));
}
