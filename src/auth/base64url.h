/*
 * base64url.h
 *		Encodes and decodes base64url without padding (RFC 4648, section 5).
 */
#ifndef PCA_BASE64URL_H
#define PCA_BASE64URL_H

#include "postgres.h"

/* The characters of base64url. */
#define PCA_BASE64URL_ALPHABET \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/* Encode length bytes.  Returns text; current memory context. */
extern char *pca_base64url_encode(const void *data, size_t length);

/*
 * Decode length characters.  Returns the bytes with a terminating null, and
 * their number in *decoded_length; NULL if the text is not base64url.  Current
 * memory context.
 */
extern char *pca_base64url_decode(const char *text, size_t length, int *decoded_length);

#endif							/* PCA_BASE64URL_H */
