/*
 * user_mapping.h
 *		What a user mapping holds: credentials, for as long as they are needed.
 */
#ifndef PCA_USER_MAPPING_H
#define PCA_USER_MAPPING_H

#include "postgres.h"

#include "datatype/timestamp.h"

#include "config/option.h"
#include "config/option_defs.h"

/* A user mapping's options, for a moment: to be forgotten by who read them. */
typedef struct PcaCredentials
{
	char	   *values[PCA_NCREDENTIALS];	/* NULL where not set, or not read */
} PcaCredentials;

/*
 * The user's mapping for that server, or PUBLIC's; which of them, in *is_public
 * unless that is NULL.  Errors: there is neither.
 */
extern Oid	pca_user_mapping_find(const PcaServer *server, Oid userid, bool *is_public);

/*
 * Read the mapping's options, in the current memory context, and the files that
 * they name: their content is put where the options stand that it replaces.
 * Errors: the mapping was dropped meanwhile, it names a file and the server does
 * not belong to a superuser, a file that cannot be read or that others may read.
 */
extern void pca_user_mapping_read(const PcaServer *server, Oid umid,
								  PcaCredentials *credentials);

/* The same without the files. */
extern void pca_user_mapping_read_options(Oid umid, PcaCredentials *credentials);

/* Read the files that the options name, again if they were read.  Errors: as above. */
extern void pca_user_mapping_read_files(const PcaServer *server, PcaCredentials *credentials);

/* Whether one of the options names a file. */
extern bool pca_user_mapping_has_file(const PcaCredentials *credentials);

/* Zero and free all of them. */
extern void pca_user_mapping_wipe(PcaCredentials *credentials);

/* Zero and free one text, which may be NULL; it is NULL then. */
extern void pca_user_mapping_wipe_text(char **secret);

/*
 * When the mapping's own refresh token was stored; false when that is not known,
 * or when the token comes from a file.
 */
extern bool pca_user_mapping_saved_at(const PcaCredentials *credentials,
									  TimestampTz *saved_at);

/*
 * Put a fresh refresh token, and the time, into the user mapping of that role, or
 * PUBLIC's if userid is InvalidOid, as ALTER USER MAPPING would, but with no text of
 * a statement.
 * Errors: those of ALTER USER MAPPING.
 */
extern void pca_user_mapping_store(const PcaServer *server, Oid umid, Oid userid,
								   const char *refresh_token, TimestampTz saved_at);

#endif							/* PCA_USER_MAPPING_H */
