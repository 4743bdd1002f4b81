/*
 * path_variant.c
 *		Remembers which of a resource's two path variants a server responds to.
 *
 * The documents print two paths, and leave open which one is right: see
 * api-notes 2.2.  The remembered variant is only the first attempt of the next
 * scan: if it is wrong, fetch.c tries the other one.  Entries therefore never
 * need to be invalidated.
 */
#include "postgres.h"

#include "utils/hsearch.h"

#include "scan/path_variant.h"

typedef struct PathVariantKey
{
	Oid			serverid;
	char		resource[NAMEDATALEN];
} PathVariantKey;

typedef struct PathVariant
{
	PathVariantKey key;
	bool		other;
} PathVariant;

static HTAB *path_variants = NULL;

static PathVariantKey
make_path_variant_key(Oid serverid, const char *resource)
{
	PathVariantKey key;

	/* the hash is over the bytes, padding included */
	memset(&key, 0, sizeof(key));
	key.serverid = serverid;
	strlcpy(key.resource, resource, sizeof(key.resource));
	return key;
}

bool
pca_path_variant_is_other(Oid serverid, const char *resource)
{
	PathVariantKey key = make_path_variant_key(serverid, resource);
	PathVariant *variant = path_variants ?
		hash_search(path_variants, &key, HASH_FIND, NULL) : NULL;

	return variant && variant->other;
}

void
pca_path_variant_remember(Oid serverid, const char *resource, bool other)
{
	HASHCTL		control = {
		.keysize = sizeof(PathVariantKey),.entrysize = sizeof(PathVariant)
	};
	PathVariantKey key = make_path_variant_key(serverid, resource);
	PathVariant *variant;

	if (!path_variants)
		path_variants = hash_create("pc_analytics_fdw path variants", 16, &control,
									HASH_ELEM | HASH_BLOBS);
	variant = hash_search(path_variants, &key, HASH_ENTER, NULL);
	variant->other = other;
}
