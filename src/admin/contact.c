/*
 * contact.c
 *		How far did a connection come, and which certificate was it shown?
 *
 * What its failure means to a person is asked in http_error.c.
 */
#include "postgres.h"

#include "admin/contact.h"

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
	(void) pca_transfer_peer_address(transfer, &connected);
	return failure == PCA_FAILURE_TLS || (connected && failure != PCA_FAILURE_OTHER) ?
		PCA_CONTACT_TLS : PCA_CONTACT_TCP;
}

static void
read_times(const PcaTransfer *transfer, PcaContact *contact)
{
	PcaTransferTimes times = pca_transfer_times(transfer);
	int64		ends[] = {times.resolved, times.connected, times.secured};
	int64		before = 0;

	contact->reached = failed_step(transfer, times.resolved > 0);
	for (int i = 0; i < PCA_CONTACT_NSTEPS; i++)
	{
		if (i == (int) contact->reached)
			ends[i] = times.ended;
		contact->ms[i] = Max(ends[i] - before, 0) / 1000.0;
		before = Max(ends[i], before);
	}
}

/* What the certificate says of that, palloc'd; NULL when nothing. */
static char *
certificate_text(const PcaTransfer *transfer, const char *name)
{
	const char *text = pca_transfer_certificate(transfer, name);

	return text ? pstrdup(text) : NULL;
}

void
pca_contact_read(const PcaTransfer *transfer, PcaContact *contact)
{
	bool		connected;
	const char *address = pca_transfer_peer_address(transfer, &connected);

	memset(contact, 0, sizeof(PcaContact));
	read_times(transfer, contact);
	if (address[0] != '\0')
		contact->address = pstrdup(address);
	contact->certificates = pca_transfer_certificates(transfer);
	contact->subject = certificate_text(transfer, "Subject");
	contact->issuer = certificate_text(transfer, "Issuer");
	contact->expires = certificate_text(transfer, "Expire date");
}
