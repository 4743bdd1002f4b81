/*
 * contact.c
 *		How far did a connection come, and which certificate was it shown?
 *
 * What its failure means to a person is asked in fault.c.
 */
#include "postgres.h"

#include <curl/curl.h>

#include "contact.h"

/* Microseconds from the beginning to the end of a step; 0: it was not reached. */
static curl_off_t
time_of(CURL *easy, CURLINFO which)
{
	curl_off_t	time = 0;

	curl_easy_getinfo(easy, which, &time);
	return time;
}

/*
 * Which step failed.  libcurl's time of TCP does not tell it from TLS: some
 * releases note it when both are done.  A proxy that refuses is no matter of TLS.
 */
static PcaContactStep
failed_step(const PcaTransfer *transfer, bool resolved)
{
	const char *detail;
	bool		connected;
	PcaFailure	failure = pca_transfer_failure(transfer, &detail);

	if (failure == PCA_FAILURE_NONE)
		return PCA_CONTACT_NSTEPS;
	if (!resolved || failure == PCA_FAILURE_FORBIDDEN)
		return PCA_CONTACT_ADDRESS;
	(void) pca_transfer_contact(transfer, &connected);
	return failure == PCA_FAILURE_TLS || (connected && failure != PCA_FAILURE_OTHER) ?
		PCA_CONTACT_TLS : PCA_CONTACT_TCP;
}

static void
read_times(CURL *easy, const PcaTransfer *transfer, PcaContact *contact)
{
	curl_off_t	ends[] = {
		time_of(easy, CURLINFO_NAMELOOKUP_TIME_T),
		time_of(easy, CURLINFO_CONNECT_TIME_T),
		time_of(easy, CURLINFO_APPCONNECT_TIME_T)
	};
	curl_off_t	before = 0;

	contact->reached = failed_step(transfer, ends[0] > 0);
	for (int i = 0; i < PCA_CONTACT_NSTEPS; i++)
	{
		if (i == (int) contact->reached)
			ends[i] = time_of(easy, CURLINFO_TOTAL_TIME_T);
		contact->ms[i] = Max(ends[i] - before, 0) / 1000.0;
		before = Max(ends[i], before);
	}
}

/* The value of a line "NAME:value" of a certificate, palloc'd; NULL when none. */
static char *
certificate_line(const struct curl_slist *lines, const char *name)
{
	size_t		length = strlen(name);

	for (; lines; lines = lines->next)
	{
		if (strncmp(lines->data, name, length) == 0 && lines->data[length] == ':')
			return pstrdup(lines->data + length + 1);
	}
	return NULL;
}

static void
read_certificate(CURL *easy, PcaContact *contact)
{
	struct curl_certinfo *chain = NULL;

	if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || !chain ||
		chain->num_of_certs < 1)
		return;
	contact->certificates = chain->num_of_certs;
	contact->subject = certificate_line(chain->certinfo[0], "Subject");
	contact->issuer = certificate_line(chain->certinfo[0], "Issuer");
	contact->expires = certificate_line(chain->certinfo[0], "Expire date");
}

void
pca_contact_read(const PcaTransfer *transfer, PcaContact *contact)
{
	CURL	   *easy = pca_transfer_handle(transfer);
	bool		connected;
	const char *address = pca_transfer_contact(transfer, &connected);

	memset(contact, 0, sizeof(PcaContact));
	read_times(easy, transfer, contact);
	if (address[0] != '\0')
		contact->address = pstrdup(address);
	read_certificate(easy, contact);
}
