/*
 * contact.h
 *		How far a connection came, and which certificate it was shown.
 */
#ifndef PCA_CONTACT_H
#define PCA_CONTACT_H

#include "postgres.h"

#include "http/transfer.h"

/* The steps of a connection, in their order. */
typedef enum PcaContactStep
{
	PCA_CONTACT_ADDRESS,		/* the host's name has an address that may be
								 * used */
	PCA_CONTACT_TCP,			/* which answers; and a proxy, if there is
								 * one, lets us through */
	PCA_CONTACT_TLS,
	PCA_CONTACT_NSTEPS
} PcaContactStep;

/* What is known of a connection.  Texts are bytes from outside, or NULL. */
typedef struct PcaContact
{
	PcaContactStep reached;		/* the step that failed; NSTEPS: none did */
	double		ms[PCA_CONTACT_NSTEPS]; /* each step's time; the failed one's,
										 * too */
	char	   *address;
	char	   *subject;		/* of the certificate */
	char	   *issuer;
	char	   *expires;
	int			certificates;	/* that were shown */
} PcaContact;

/*
 * Fill in what is known of a transfer that only connected (look in its request)
 * and has ended.  Current memory context.
 */
extern void pca_contact_read(const PcaTransfer *transfer, PcaContact *contact);

#endif							/* PCA_CONTACT_H */
