/*
 * client_assertion.h
 *		The assertion by which an application proves its identity (RFC 7523).
 *
 * An assertion is a JWT that is sent in place of a client secret.  It is signed
 * here with the key of the user mapping's client_certificate_file, or is the
 * content of its client_assertion_file (api-notes 6.8).
 */
#ifndef PCA_CLIENT_ASSERTION_H
#define PCA_CLIENT_ASSERTION_H

#include "postgres.h"

#include "auth/certificate.h"
#include "auth/user_mapping.h"
#include "config/option.h"

/* The value of a form's field "client_assertion_type". */
#define PCA_CLIENT_ASSERTION_TYPE	"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

/* A certificate that ends within this many days is to be renewed. */
#define PCA_CLIENT_ASSERTION_RENEW_DAYS	30

/* The hint for a certificate that is not valid yet. */
#define PCA_CLIENT_ASSERTION_BEGIN_HINT \
	"Use a certificate that is valid now, or correct the clock of the database server."

/*
 * Returns true if the user mapping has a certificate or an assertion; its files
 * have been read.
 */
extern bool pca_client_assertion_is_used(const PcaCredentials *credentials);

/*
 * Read the certificate of the user mapping.  Returns false if it has none.
 * Errors: the file does not hold a usable one, or PostgreSQL is built without
 * OpenSSL.
 */
extern bool pca_client_assertion_read_certificate(const PcaCredentials *credentials,
												  PcaCertificate *certificate);

/*
 * Returns the assertion for a request, or NULL if the user mapping has none.  Each
 * call signs another one.  audience: URL of the token endpoint.  The caller zeroes
 * it.  Current memory context.  Errors: those above, and a file without an
 * assertion.
 */
extern char *pca_client_assertion_create(const PcaCredentials *credentials, const char *audience);

/*
 * Raise a warning if the user mapping's certificate is not valid yet, ends soon, or
 * has ended, by this machine's clock.  Returns true if it did.  Errors: as above.
 */
extern bool pca_client_assertion_warn(const PcaServer *server, const PcaCredentials *credentials);

#endif							/* PCA_CLIENT_ASSERTION_H */
