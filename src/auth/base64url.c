/*
 * base64url.c
 *		Encodes and decodes base64url without padding (RFC 4648, section 5).
 *
 * PostgreSQL has base64 with "+", "/" and padding.
 */
#include "postgres.h"

#include "common/base64.h"

#include "auth/base64url.h"

char *
pca_base64url_encode(const void *data, size_t length)
{
	int			size = pg_b64_enc_len((int) length);
	char	   *text = palloc(size + 1);
	int			encoded = pg_b64_encode(data, (int) length, text, size);

	if (encoded < 0)
		elog(ERROR, "could not encode base64");
	while (encoded > 0 && text[encoded - 1] == '=')
		encoded--;
	text[encoded] = '\0';
	for (char *p = text; *p; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
	return text;
}

char *
pca_base64url_decode(const char *text, size_t length, int *decoded_length)
{
	int			size = (int) length;
	char	   *padded = palloc(size + 4);
	char	   *decoded = palloc(pg_b64_dec_len(size + 3) + 1);

	/* PostgreSQL's function also skips white space */
	if (strspn(text, PCA_BASE64URL_ALPHABET) < length)
		return NULL;
	for (int i = 0; i < size; i++)
		padded[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
	while (size % 4 != 0)
		padded[size++] = '=';
	*decoded_length = pg_b64_decode(padded, size, (void *) decoded, pg_b64_dec_len(size));
	if (*decoded_length < 0)
		return NULL;
	decoded[*decoded_length] = '\0';
	return decoded;
}
