/*
 * client_assertion.c
 *		The assertion by which an application proves its identity (RFC 7523).
 */
#include "postgres.h"

#include <time.h>

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/json.h"
#include "utils/timestamp.h"

#include "auth/base64url.h"
#include "auth/client_assertion.h"
#include "guid.h"
#include "http/http_error.h"

/*
 * An assertion is valid that long before and after it is signed, in seconds: ten
 * minutes are the most that the service permits, and the clocks may differ in
 * either direction.
 */
#define VALID_SECONDS		300

/* ---- certificates ---- */

/* The reasons why a file is not valid, as sentences for an error's detail. */
static const char *const fault_details[] = {
	[PCA_CERTIFICATE_OK] = "",
	[PCA_CERTIFICATE_NO_CERTIFICATE] = "It has no certificate.",
	[PCA_CERTIFICATE_NO_KEY] = "It has no private key that can be read.",
	[PCA_CERTIFICATE_ENCRYPTED_KEY] = "Its private key is encrypted.",
	[PCA_CERTIFICATE_MORE_KEYS] = "It has more than one private key.",
	[PCA_CERTIFICATE_OTHER_KEY] = "Its private key is not that of its certificate.",
	[PCA_CERTIFICATE_WEAK_KEY] = "The sign-in service accepts no other keys.",
	[PCA_CERTIFICATE_NOT_SIGNED] = "Its private key cannot sign."
};

/* Raise the error for a fault of the user mapping's certificate file. */
static void
check_fault(const PcaCredentials *credentials, PcaCertificateFault fault)
{
	const char *path = credentials->values[PCA_CRED_CLIENT_CERTIFICATE_FILE];

	if (fault == PCA_CERTIFICATE_OK)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 fault == PCA_CERTIFICATE_WEAK_KEY ?
			 errmsg("file \"%s\" of the user mapping holds a key that is not RSA of 2048 bits or more", path) :
			 errmsg("file \"%s\" of the user mapping holds no certificate with its private key", path),
			 errdetail_internal("%s", fault_details[fault]),
			 errhint(PCA_USER_MAPPING_CERTIFICATE_HINT)));
}

bool
pca_client_assertion_is_used(const PcaCredentials *credentials)
{
	return credentials->values[PCA_CRED_CLIENT_CERTIFICATE] != NULL ||
		credentials->values[PCA_CRED_CLIENT_ASSERTION] != NULL;
}

bool
pca_client_assertion_read_certificate(const PcaCredentials *credentials, PcaCertificate *certificate)
{
	const char *pem = credentials->values[PCA_CRED_CLIENT_CERTIFICATE];

	if (!pem)
		return false;
	check_fault(credentials, pca_certificate_read(pem, certificate));
	return true;
}

/* Whose certificate it is, and where, as the detail of a warning. */
static int
name_certificate(const PcaCredentials *credentials, const PcaCertificate *certificate)
{
	return errdetail("It is the certificate of \"%s\", in file \"%s\".",
					 pca_http_error_text(certificate->subject, strlen(certificate->subject),
										 PCA_HTTP_ERROR_EXCERPT_MAX),
					 credentials->values[PCA_CRED_CLIENT_CERTIFICATE_FILE]);
}

bool
pca_client_assertion_warn(const PcaServer *server, const PcaCredentials *credentials)
{
	PcaCertificate certificate;
	int64		now = (int64) time(NULL);
	int64		left;
	int			days;

	if (!pca_client_assertion_read_certificate(credentials, &certificate))
		return false;
	if (certificate.begins > now)
	{
		ereport(WARNING,
				(errmsg("the certificate for server \"%s\" is not valid before %s", server->name,
						timestamptz_to_str(time_t_to_timestamptz((pg_time_t) certificate.begins))),
				 name_certificate(credentials, &certificate),
				 errhint(PCA_CLIENT_ASSERTION_BEGIN_HINT)));
		return true;
	}
	left = certificate.ends - now;
	if (certificate.ends < 0 || left >= PCA_CLIENT_ASSERTION_RENEW_DAYS * (int64) SECS_PER_DAY)
		return false;
	days = (int) (Max(left, -left) / SECS_PER_DAY);
	ereport(WARNING,
			(left < 0 ? errmsg("the certificate for server \"%s\" ended %d days ago", server->name, days) :
			 errmsg("the certificate for server \"%s\" ends in %d days", server->name, days),
			 name_certificate(credentials, &certificate),
			 errhint("Upload a new certificate to the application's registration, then replace the file.")));
	return true;
}

/* ---- assertions ---- */

/* Append a text as a JSON string. */
static void
append_json_text(StringInfo json, const char *text)
{
	escape_json(json, pg_server_to_any(text, strlen(text), PG_UTF8));
}

/* The header of an assertion, as JSON. */
static char *
make_header(const PcaCertificate *certificate)
{
	return psprintf("{\"alg\":\"PS256\",\"typ\":\"JWT\",\"x5t#S256\":\"%s\"}",
					pca_base64url_encode(certificate->thumbprint, sizeof(certificate->thumbprint)));
}

/* The claims of an assertion, as JSON. */
static char *
make_claims(const char *client_id, const char *audience)
{
	StringInfoData claims;
	int64		now = (int64) time(NULL);
	char		id[PCA_GUID_LENGTH + 1];

	pca_guid_generate(id);
	initStringInfo(&claims);
	appendStringInfoString(&claims, "{\"aud\":");
	append_json_text(&claims, audience);
	appendStringInfoString(&claims, ",\"iss\":");
	append_json_text(&claims, client_id);
	appendStringInfoString(&claims, ",\"sub\":");
	append_json_text(&claims, client_id);
	appendStringInfo(&claims, ",\"jti\":\"%s\",\"iat\":" INT64_FORMAT ",\"nbf\":" INT64_FORMAT
					 ",\"exp\":" INT64_FORMAT "}", id,
					 now - VALID_SECONDS, now - VALID_SECONDS, now + VALID_SECONDS);
	return claims.data;
}

/* Sign an assertion with the user mapping's certificate. */
static char *
sign_assertion(const PcaCredentials *credentials, const char *audience)
{
	const char *pem = credentials->values[PCA_CRED_CLIENT_CERTIFICATE];
	PcaCertificate certificate;
	PcaSignature signature;
	char	   *header;
	char	   *claims;
	char	   *input;

	(void) pca_client_assertion_read_certificate(credentials, &certificate);
	header = make_header(&certificate);
	claims = make_claims(credentials->values[PCA_CRED_CLIENT_ID], audience);
	input = psprintf("%s.%s", pca_base64url_encode(header, strlen(header)),
					 pca_base64url_encode(claims, strlen(claims)));
	check_fault(credentials, pca_certificate_sign(pem, input, strlen(input), &signature));
	return psprintf("%s.%s", input, pca_base64url_encode(signature.bytes, signature.length));
}

/* Returns true if a text is three parts of base64url, as a signed JWT is. */
static bool
is_jwt(const char *text)
{
	for (int i = 0; i < 3; i++)
	{
		size_t		length = strspn(text, PCA_BASE64URL_ALPHABET);

		/* a single character is less than a byte */
		if (length == 0 || length % 4 == 1 || text[length] != (i < 2 ? '.' : '\0'))
			return false;
		text += length + 1;
	}
	return true;
}

char *
pca_client_assertion_create(const PcaCredentials *credentials, const char *audience)
{
	const char *assertion = credentials->values[PCA_CRED_CLIENT_ASSERTION];

	if (credentials->values[PCA_CRED_CLIENT_CERTIFICATE])
		return sign_assertion(credentials, audience);
	if (!assertion)
		return NULL;
	if (!is_jwt(assertion))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("file \"%s\" of the user mapping holds no client assertion",
						credentials->values[PCA_CRED_CLIENT_ASSERTION_FILE]),
				 errdetail("It is not three parts of base64url with dots between them."),
				 errhint(PCA_USER_MAPPING_ASSERTION_HINT)));
	return pstrdup(assertion);
}
