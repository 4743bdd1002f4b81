/*
 * path_variant.c
 *		Which of a resource's two path forms does a server answer?
 *
 * The documents print two, and leave open which one is right (api-notes 2.2).
 * What is remembered here is a guess for the first request only: when it is
 * wrong, fetch.c asks the other form, so it never needs to be forgotten.
 */
#include "postgres.h"

#include "utils/hsearch.h"

#include "scan/path_variant.h"

typedef struct Key
{
	Oid			serverid;
	char		resource[NAMEDATALEN];
} Key;

typedef struct Form
{
	Key			key;
	bool		other;
} Form;

static HTAB *forms = NULL;

static Key
make_key(Oid serverid, const char *resource)
{
	Key			key;

	memset(&key, 0, sizeof(key));
	key.serverid = serverid;
	strlcpy(key.resource, resource, sizeof(key.resource));
	return key;
}

bool
pca_path_variant_is_other(Oid serverid, const char *resource)
{
	Key			key = make_key(serverid, resource);
	Form	   *form = forms ? hash_search(forms, &key, HASH_FIND, NULL) : NULL;

	return form && form->other;
}

void
pca_path_variant_remember(Oid serverid, const char *resource, bool other)
{
	HASHCTL		control = {.keysize = sizeof(Key),.entrysize = sizeof(Form)};
	Key			key = make_key(serverid, resource);
	Form	   *form;

	if (!forms)
		forms = hash_create("pc_analytics_fdw path forms", 16, &control,
							HASH_ELEM | HASH_BLOBS);
	form = hash_search(forms, &key, HASH_ENTER, NULL);
	form->other = other;
}
