/*
 * fingerprint.c
 *		A number for credentials and the place that they are sent to.
 *
 * It is the SHA-256 digest of texts, each of which is preceded by its length, so that
 * different lists of texts have different digests.  It contains no OID: a mapping
 * that is created again with the same credentials has the same right to a token, and
 * a mapping with the same OID in another database does not.
 */
#include "postgres.h"

#include "common/cryptohash.h"
#include "common/sha2.h"

#include "auth/fingerprint.h"

/* The length of a text that is not set. */
#define NO_TEXT		UINT64CONST(0xFFFFFFFFFFFFFFFF)

/*
 * Options of the mapping that say nothing about the identity.  All others are a part
 * of the fingerprint, so that a new option cannot be forgotten.
 */
static const PcaCredential not_identity[] = {
	PCA_CRED_REFRESH_TOKEN_SAVED_AT,
	PCA_CRED_SHARE_TOKEN
};

static bool
add_bytes(pg_cryptohash_ctx *context, const void *bytes, size_t size)
{
	return pg_cryptohash_update(context, bytes, size) >= 0;
}

/* Add a text, which may be NULL, with its length. */
static bool
add_text(pg_cryptohash_ctx *context, const char *text)
{
	uint64		size = text ? strlen(text) : NO_TEXT;

	return add_bytes(context, &size, sizeof(size)) &&
		(!text || add_bytes(context, text, strlen(text)));
}

/* Add the options that decide where a request goes, and what is trusted there. */
static bool
add_server(pg_cryptohash_ctx *context, const PcaServer *server)
{
	const char *const texts[] = {
		server->base_url,
		server->login_url,
		server->token_resource,
		server->token_endpoint == PCA_TOKEN_ENDPOINT_V1 ? "v1" : "v2",
		server->proxy,
		server->ca_file,
		server->allow_insecure_http ? "http" : "https",
		server->allowed_hosts,
		server->owner_is_superuser ? "superuser" : "other owner"
	};

	for (int i = 0; i < (int) lengthof(texts); i++)
	{
		if (!add_text(context, texts[i]))
			return false;
	}
	return true;
}

/* Returns true if an option of the mapping is a part of the fingerprint. */
static bool
is_identity(PcaCredential credential)
{
	for (int i = 0; i < (int) lengthof(not_identity); i++)
	{
		if (not_identity[i] == credential)
			return false;
	}
	return true;
}

static bool
add_credentials(pg_cryptohash_ctx *context, const PcaCredentials *credentials)
{
	for (int i = 0; i < PCA_NCREDENTIALS; i++)
	{
		if (is_identity(i) && !add_text(context, credentials->values[i]))
			return false;
	}
	return true;
}

bool
pca_fingerprint_make(const uint8 *key, const PcaServer *server, const PcaCredentials *credentials,
					 PcaFingerprint *fingerprint)
{
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);
	bool		made;

	StaticAssertStmt(sizeof(PcaFingerprint) == PG_SHA256_DIGEST_LENGTH, "size of a digest");
	if (!context)
		return false;
	made = pg_cryptohash_init(context) >= 0 &&
		add_bytes(context, key, PCA_SHARED_KEY_SIZE) &&
		add_server(context, server) && add_credentials(context, credentials) &&
		pg_cryptohash_final(context, (uint8 *) fingerprint, sizeof(PcaFingerprint)) >= 0;
	pg_cryptohash_free(context);
	return made;
}
