/*
 * certificate.h
 *		A certificate with its private key, as PEM text.
 *
 * This is the only part that uses OpenSSL.  Where PostgreSQL is built without it,
 * the functions raise an error.
 */
#ifndef PCA_CERTIFICATE_H
#define PCA_CERTIFICATE_H

#include "postgres.h"

/* Bytes of a thumbprint: SHA-256. */
#define PCA_CERTIFICATE_THUMBPRINT	32

/* Bytes of the longest signature: that of a key of 16384 bits. */
#define PCA_CERTIFICATE_SIGNATURE_MAX	2048

/* The sizes of a key that is used, in bits. */
#define PCA_CERTIFICATE_BITS_MIN	2048
#define PCA_CERTIFICATE_BITS_MAX	(PCA_CERTIFICATE_SIGNATURE_MAX * 8)

/* Bytes of a subject, with its terminating null; a longer one is cut off. */
#define PCA_CERTIFICATE_SUBJECT		256

/* The reason why a text is not a certificate with its private key. */
typedef enum PcaCertificateFault
{
	PCA_CERTIFICATE_OK,
	PCA_CERTIFICATE_NO_CERTIFICATE,
	PCA_CERTIFICATE_NO_KEY,
	PCA_CERTIFICATE_ENCRYPTED_KEY,
	PCA_CERTIFICATE_MORE_KEYS,
	PCA_CERTIFICATE_OTHER_KEY,	/* of none of the certificates */
	PCA_CERTIFICATE_WEAK_KEY,	/* not RSA of a permitted size */
	PCA_CERTIFICATE_NOT_SIGNED	/* OpenSSL could not sign */
} PcaCertificateFault;

/* The content of a certificate. */
typedef struct PcaCertificate
{
	uint8		thumbprint[PCA_CERTIFICATE_THUMBPRINT]; /* SHA-256 of its DER */
	char		subject[PCA_CERTIFICATE_SUBJECT];	/* bytes from outside */
	int64		begins;			/* seconds since 1970; -1 if not known */
	int64		ends;			/* likewise */
} PcaCertificate;

/* Bytes of a signature. */
typedef struct PcaSignature
{
	uint8		bytes[PCA_CERTIFICATE_SIGNATURE_MAX];
	size_t		length;
} PcaSignature;

/*
 * Read the certificate of a PEM text that has one private key, which is not
 * encrypted, and its certificate.  Others, such as those of a chain, are ignored.
 * Errors: PostgreSQL is built without OpenSSL.
 */
extern PcaCertificateFault pca_certificate_read(const char *pem, PcaCertificate *certificate);

/*
 * Sign data of length bytes with the private key of the same text, by PS256
 * (RFC 7518, 3.5): RSASSA-PSS with SHA-256, MGF1 with SHA-256, and 32 bytes of
 * salt.  Errors: PostgreSQL is built without OpenSSL.
 */
extern PcaCertificateFault pca_certificate_sign(const char *pem, const void *data, size_t length,
												PcaSignature *signature);

#endif							/* PCA_CERTIFICATE_H */
