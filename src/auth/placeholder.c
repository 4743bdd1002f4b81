/*
 * placeholder.c
 *		Recognizes values of a user mapping that cannot be real ones.
 *
 * They are accepted when the mapping is created, so that examples and scripts can
 * be run as they are.  Where they lead to an error, its hint names the option.
 */
#include "postgres.h"

#include "utils/formatting.h"

#include "auth/placeholder.h"
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

/* Beginnings of placeholders, in lower case. */
static const char *const beginnings[] = {
	"your", "insert", "enter-", "enter_", "enter ", "replace", "changeme", "change-me",
	"change_me", "change me", "paste", "todo", "tbd", "fixme", "$", "12345678-1234-1234-1234-"
};

/* Parts of placeholders, in lower case: an ellipsis stands for what was cut off. */
static const char *const parts[] = {"placeholder", "...", "\xE2\x80\xA6"};

/* Brackets around a value that has to be replaced. */
static const char *const enclosures[] = {"<>", "{}", "[]", "()", "%%", "«»"};

/* Returns true if a value is the name of its option, with any separators. */
static bool
is_option_name(const char *value, const char *name)
{
	while (*value)
	{
		if (strchr("-_. ", *value))
			value++;
		else if (*name == '_')
			name++;
		else if (*value++ != *name++)
			return false;
	}
	return *name == '\0' || strcmp(name, "_id") == 0;
}

/* Returns true if a value, in lower case, is enclosed in brackets. */
static bool
is_enclosed(const char *value)
{
	size_t		length = strlen(value);

	for (int i = 0; i < (int) lengthof(enclosures); i++)
	{
		size_t		half = strlen(enclosures[i]) / 2;

		if (length > 2 * half && strncmp(value, enclosures[i], half) == 0 &&
			strcmp(value + length - half, enclosures[i] + half) == 0)
			return true;
	}
	return false;
}

/* Returns true if a value, in lower case, stands for another one. */
static bool
is_placeholder(const char *value, const char *name)
{
	/* such as xxxx, ****, 00000000-0000-0000-0000-000000000000 */
	bool		found = value[strspn(value, "x*.-_?#0 ")] == '\0' || is_enclosed(value) ||
		is_option_name(value, name);

	for (int i = 0; i < (int) lengthof(beginnings); i++)
		found |= strncmp(value, beginnings[i], strlen(beginnings[i])) == 0;
	for (int i = 0; i < (int) lengthof(parts); i++)
		found |= strstr(value, parts[i]) != NULL;
	return found;
}

/* Returns the hint for an option's value, or NULL. */
static char *
make_value_hint(const char *value, const char *name, const char *source, bool secret)
{
	size_t		length = strlen(value);
	char	   *folded = asc_tolower(value, length);
	bool		placeholder = is_placeholder(folded, name);

	explicit_bzero(folded, length);
	pfree(folded);
	if (placeholder)
		return psprintf("The value of the user mapping's option \"%s\" is a placeholder: put the real one in its place.",
						source);
	if (secret && length < PCA_REDACT_MIN_SECRET)
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
