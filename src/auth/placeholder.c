/*
 * placeholder.c
 *		Hints for values of a user mapping that cannot be real ones.
 */
#include "postgres.h"

#include "auth/placeholder.h"
#include "config/placeholder_text.h"
#include "http/redact.h"

/* Options that have to be filled in, and those that name files for them. */
static const struct
{
	PcaCredential credential;
	PcaCredential file;			/* or the same */
	bool		secret;
}			required[] =

{
	{PCA_CRED_TENANT_ID, PCA_CRED_TENANT_ID, false},
	{PCA_CRED_CLIENT_ID, PCA_CRED_CLIENT_ID, false},
	{PCA_CRED_CLIENT_SECRET, PCA_CRED_CLIENT_SECRET_FILE, true},
	{PCA_CRED_REFRESH_TOKEN, PCA_CRED_REFRESH_TOKEN_FILE, true},
	{PCA_CRED_ACCESS_TOKEN, PCA_CRED_ACCESS_TOKEN_FILE, true}
};

/* Returns the hint for an option's value, or NULL. */
static char *
make_value_hint(const char *value, const char *name, const char *source, bool secret)
{
	if (pca_placeholder_text_is(value, name))
		return psprintf("The value of the user mapping's option \"%s\" is a placeholder: put the real one in its place.",
						source);
	if (secret && strlen(value) < PCA_REDACT_MIN_SECRET)
		return psprintf("The value of the user mapping's option \"%s\" is too short for a secret, and is therefore not redacted in messages.",
						source);
	return NULL;
}

char *
pca_placeholder_hint(const PcaCredentials *credentials)
{
	char	   *hint = NULL;

	for (int i = 0; i < (int) lengthof(required) && !hint; i++)
	{
		const char *value = credentials->values[required[i].credential];
		bool		in_file = credentials->values[required[i].file] != NULL;

		if (value)
			hint = make_value_hint(value, pca_option_defs_credential_name(required[i].credential),
								   pca_option_defs_credential_name(in_file ? required[i].file :
																   required[i].credential),
								   required[i].secret);
	}
	return hint;
}
