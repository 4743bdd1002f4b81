/*
 * pca_unit_auth.c
 *		The files of the sign-in that need no network, as SQL functions.
 *
 * This library is built as if PostgreSQL had no OpenSSL.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "auth/base64url.h"
#include "auth/certificate.h"
#include "auth/pkce.h"

PG_FUNCTION_INFO_V1(pca_unit_base64url);
PG_FUNCTION_INFO_V1(pca_unit_base64url_decode);
PG_FUNCTION_INFO_V1(pca_unit_challenge);
PG_FUNCTION_INFO_V1(pca_unit_redirect);
PG_FUNCTION_INFO_V1(pca_unit_certificate);

Datum
pca_unit_base64url(PG_FUNCTION_ARGS)
{
	bytea	   *data = PG_GETARG_BYTEA_PP(0);

	PG_RETURN_TEXT_P(cstring_to_text(pca_base64url_encode(VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data))));
}

Datum
pca_unit_base64url_decode(PG_FUNCTION_ARGS)
{
	const char *encoded = text_to_cstring(PG_GETARG_TEXT_PP(0));
	int			length;
	char	   *decoded = pca_base64url_decode(encoded, strlen(encoded), &length);

	if (!decoded)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P((bytea *) cstring_to_text_with_len(decoded, length));
}

Datum
pca_unit_challenge(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(pca_pkce_challenge(text_to_cstring(PG_GETARG_TEXT_PP(0)))));
}

Datum
pca_unit_redirect(PG_FUNCTION_ARGS)
{
	PcaRedirectResponse response = {0};

	if (!pca_pkce_read_address(text_to_cstring(PG_GETARG_TEXT_PP(0)),
							   text_to_cstring(PG_GETARG_TEXT_PP(1)), &response))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(psprintf("code=%s error=%s description=%s",
											  response.code ? response.code : "",
											  response.error ? response.error : "",
											  response.description ? response.description : "")));
}

Datum
pca_unit_certificate(PG_FUNCTION_ARGS)
{
	PcaCertificate certificate;
	PcaSignature signature;
	const char *pem = text_to_cstring(PG_GETARG_TEXT_PP(0));

	if (PG_GETARG_BOOL(1))
		PG_RETURN_INT32(pca_certificate_sign(pem, "x", 1, &signature));
	PG_RETURN_INT32(pca_certificate_read(pem, &certificate));
}
