/*
 * retry.c
 *		Whether and when a request that failed is sent again.
 *
 * Pure: how often it may be sent, and what is said when that was too often, is
 * asked in fetch.c.
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
#define PCA_FIRST_WAIT		500

/*
 * Doubling ends here, in ms: the API's own throttling asks for about a minute
 * (api-notes 7.4).
 */
#define PCA_LONGEST_WAIT	60000

/* Up to this part of an asked wait is added. */
#define PCA_ASKED_JITTER	0.1

/* More seconds than any server means; keeps the arithmetic in range. */
#define PCA_MAX_ASKED		(365 * 24 * 3600)

static const int passing_statuses[] = {408, 429, 500, 502, 503, 504};

bool
pca_retry_is_retryable_status(int status)
{
	for (int i = 0; i < (int) lengthof(passing_statuses); i++)
	{
		if (passing_statuses[i] == status)
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
	return Min(Max(seconds, 0), PCA_MAX_ASKED) * 1000;
}

int64
pca_retry_wait_ms(int failures, int64 asked, int64 most)
{
	double		chance = pg_prng_double(&pg_global_prng_state);
	int64		wait = PCA_FIRST_WAIT;

	if (asked > 0)
		return Max(asked, Min(most, (int64) (asked * (1.0 + PCA_ASKED_JITTER * chance))));
	for (int i = 1; i < failures && wait < PCA_LONGEST_WAIT; i++)
		wait *= 2;
	wait = Min(wait, PCA_LONGEST_WAIT);
	return Min(most, (int64) (wait * (0.5 + chance / 2)));
}
