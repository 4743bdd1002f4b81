/*
 * certificate.c
 *		A certificate with its private key, as PEM text.
 *
 * The objects of OpenSSL are not palloc'd, so nothing here raises an error while
 * there are any.  The key is in memory only during a call.
 */
#include "postgres.h"

#include "auth/certificate.h"
#include "compat.h"
#include "config/option_defs.h"

#ifdef PCA_HAVE_OPENSSL

#include <time.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

/* The most certificates that a text may have; a chain has three or four. */
#define CERTIFICATES_MAX	16

/* The salt of a signature, in bytes (RFC 7518, 3.5). */
#define SALT_LENGTH			32

/* The content of a PEM text. */
typedef struct PemContent
{
	X509	   *certificates[CERTIFICATES_MAX];
	int			ncertificates;
	EVP_PKEY   *key;
	int			nkeys;			/* blocks of private keys */
	bool		has_encrypted_key;
	X509	   *match;			/* the key's certificate, one of those above */
} PemContent;

/* Add a block's object. */
static void
add_block(PemContent *content, const char *name, const char *header,
		  const unsigned char *data, long length)
{
	const char *end = name + strlen(name);

	if (strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0)
	{
		X509	   *certificate = content->ncertificates < CERTIFICATES_MAX ?
			d2i_X509(NULL, &data, length) : NULL;

		if (certificate)
			content->certificates[content->ncertificates++] = certificate;
	}
	else if (end - name >= (int) strlen(PEM_STRING_PKCS8INF) &&
			 strcmp(end - strlen(PEM_STRING_PKCS8INF), PEM_STRING_PKCS8INF) == 0)
	{
		content->nkeys++;
		if (strcmp(name, PEM_STRING_PKCS8) == 0 || strstr(header, "ENCRYPTED"))
			content->has_encrypted_key = true;
		else if (!content->key)
			content->key = d2i_AutoPrivateKey(NULL, &data, length);
	}
}

/* Read all blocks; their memory, which may hold a key, is zeroed. */
static void
read_blocks(PemContent *content, const char *pem)
{
	BIO		   *bio = BIO_new_mem_buf(pem, -1);
	char	   *name;
	char	   *header;
	unsigned char *data;
	long		length;

	while (bio && PEM_read_bio_ex(bio, &name, &header, &data, &length,
								  PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE))
	{
		add_block(content, name, header, data, length);
		OPENSSL_secure_clear_free(name, strlen(name));
		OPENSSL_secure_clear_free(header, strlen(header));
		OPENSSL_secure_clear_free(data, length);
	}
	BIO_free(bio);
}

static void
free_content(PemContent *content)
{
	for (int i = 0; i < content->ncertificates; i++)
		X509_free(content->certificates[i]);
	EVP_PKEY_free(content->key);
	/* PostgreSQL reads the same queue for its own connections */
	ERR_clear_error();
}

/* Read a text, and find the certificate of its key.  The caller frees the content. */
static PcaCertificateFault
read_content(PemContent *content, const char *pem)
{
	memset(content, 0, sizeof(PemContent));
	read_blocks(content, pem);
	if (content->nkeys > 1)
		return PCA_CERTIFICATE_MORE_KEYS;
	if (content->has_encrypted_key)
		return PCA_CERTIFICATE_ENCRYPTED_KEY;
	if (!content->key)
		return PCA_CERTIFICATE_NO_KEY;
	if (content->ncertificates == 0)
		return PCA_CERTIFICATE_NO_CERTIFICATE;
	if (EVP_PKEY_base_id(content->key) != EVP_PKEY_RSA ||
		EVP_PKEY_bits(content->key) < PCA_CERTIFICATE_BITS_MIN ||
		EVP_PKEY_bits(content->key) > PCA_CERTIFICATE_BITS_MAX)
		return PCA_CERTIFICATE_WEAK_KEY;
	for (int i = 0; i < content->ncertificates && !content->match; i++)
	{
		if (X509_check_private_key(content->certificates[i], content->key) == 1)
			content->match = content->certificates[i];
	}
	return content->match ? PCA_CERTIFICATE_OK : PCA_CERTIFICATE_OTHER_KEY;
}

/* The subject as RFC 2253 writes it, cut off where it is too long. */
static void
copy_subject(const X509 *x509, char *subject)
{
	BIO		   *bio = BIO_new(BIO_s_mem());
	int			length = 0;

	if (bio && X509_NAME_print_ex(bio, X509_get_subject_name(x509), 0,
								  XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0)
		length = BIO_read(bio, subject, PCA_CERTIFICATE_SUBJECT - 1);
	subject[Max(length, 0)] = '\0';
	BIO_free(bio);
}

/* Returns a time of the certificate, in seconds since 1970; -1 if it is not known. */
static int64
read_time(const ASN1_TIME * asn1_time)
{
	struct tm	tm;

	if (ASN1_TIME_to_tm(asn1_time, &tm) != 1)
		return -1;
	return (int64) timegm(&tm);
}

PcaCertificateFault
pca_certificate_read(const char *pem, PcaCertificate *certificate)
{
	PemContent	content;
	PcaCertificateFault fault = read_content(&content, pem);
	unsigned int length = sizeof(certificate->thumbprint);

	memset(certificate, 0, sizeof(PcaCertificate));
	if (fault == PCA_CERTIFICATE_OK &&
		X509_digest(content.match, EVP_sha256(), certificate->thumbprint, &length) != 1)
		fault = PCA_CERTIFICATE_NO_CERTIFICATE;
	if (fault == PCA_CERTIFICATE_OK)
	{
		copy_subject(content.match, certificate->subject);
		certificate->begins = read_time(X509_get0_notBefore(content.match));
		certificate->ends = read_time(X509_get0_notAfter(content.match));
	}
	free_content(&content);
	return fault;
}

/* Sign the data; returns false if OpenSSL could not. */
static bool
sign_data(EVP_PKEY *key, const void *data, size_t length, PcaSignature *signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *padding;		/* freed with the context */
	bool		is_signed;

	signature->length = sizeof(signature->bytes);
	is_signed = context &&
		EVP_DigestSignInit(context, &padding, EVP_sha256(), NULL, key) == 1 &&
		EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) == 1 &&
		EVP_PKEY_CTX_set_rsa_mgf1_md(padding, EVP_sha256()) == 1 &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, SALT_LENGTH) == 1 &&
		EVP_DigestSign(context, signature->bytes, &signature->length, data, length) == 1;
	EVP_MD_CTX_free(context);
	return is_signed;
}

PcaCertificateFault
pca_certificate_sign(const char *pem, const void *data, size_t length, PcaSignature *signature)
{
	PemContent	content;
	PcaCertificateFault fault = read_content(&content, pem);

	if (fault == PCA_CERTIFICATE_OK && !sign_data(content.key, data, length, signature))
		fault = PCA_CERTIFICATE_NOT_SIGNED;
	free_content(&content);
	return fault;
}

#else

PcaCertificateFault
pca_certificate_read(const char *pem, PcaCertificate *certificate)
{
	pca_option_defs_check_openssl();
	return PCA_CERTIFICATE_NO_CERTIFICATE;
}

PcaCertificateFault
pca_certificate_sign(const char *pem, const void *data, size_t length, PcaSignature *signature)
{
	pca_option_defs_check_openssl();
	return PCA_CERTIFICATE_NOT_SIGNED;
}

#endif
