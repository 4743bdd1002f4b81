/*
 * user_mapping.h
 *		Reads the credentials of a user mapping and of the files that it names.
 */
#ifndef PCA_USER_MAPPING_H
#define PCA_USER_MAPPING_H

#include "postgres.h"

#include "datatype/timestamp.h"

#include "config/option.h"
#include "config/option_defs.h"

/* What the files of certificates and assertions must hold, as hints. */
#define PCA_USER_MAPPING_CERTIFICATE_HINT \
	"The file must have one certificate and its RSA private key of at least 2048 bits, which is not encrypted, in PEM format. \"openssl pkcs12 -nodes\" converts a PKCS #12 file."
#define PCA_USER_MAPPING_ASSERTION_HINT \
	"The file must have a signed JWT of a federated credential's issuer, and nothing else."

/* The options of a user mapping.  The caller that reads them calls pca_user_mapping_wipe(). */
typedef struct PcaCredentials
{
	char	   *values[PCA_NCREDENTIALS];	/* NULL where not set, or not read */
} PcaCredentials;

/*
 * Returns the OID of the user mapping of userid for that server, or else of PUBLIC's;
 * *is_public, unless it is NULL, says which.  Errors: there is neither.
 */
extern Oid	pca_user_mapping_find(const PcaServer *server, Oid userid, bool *is_public);

/*
 * Read the mapping's options, and the files that they name: the content of
 * client_secret_file becomes the value of client_secret, and so on.  Current memory
 * context.  Errors: the mapping was dropped meanwhile, it names a file and the server
 * does not belong to a superuser, a file that cannot be read or that others may read.
 */
extern void pca_user_mapping_read(const PcaServer *server, Oid umid,
								  PcaCredentials *credentials);

/* The same without the files.  Errors: the mapping was dropped meanwhile. */
extern void pca_user_mapping_read_options(Oid umid, PcaCredentials *credentials);

/* Read the files that the options name, again if they were read.  Errors: as above. */
extern void pca_user_mapping_read_files(const PcaServer *server, PcaCredentials *credentials);

/* Returns true if one of the options names a file. */
extern bool pca_user_mapping_has_file(const PcaCredentials *credentials);

/* Zero and free all values, which are NULL afterwards. */
extern void pca_user_mapping_wipe(PcaCredentials *credentials);

/*
 * Set *saved_at to the time at which the mapping's refresh token was stored.  Returns
 * false if that is not known, or if the token comes from a file.
 */
extern bool pca_user_mapping_saved_at(const PcaCredentials *credentials,
									  TimestampTz *saved_at);

/*
 * Store a new refresh token and its time in the user mapping of that role, or of
 * PUBLIC if userid is InvalidOid, like ALTER USER MAPPING, but without the text of a
 * statement, which logs would show.  Errors: those of ALTER USER MAPPING.
 */
extern void pca_user_mapping_store(const PcaServer *server, Oid umid, Oid userid,
								   const char *refresh_token, TimestampTz saved_at);

#endif							/* PCA_USER_MAPPING_H */
