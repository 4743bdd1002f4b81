/*
 * form.h
 *		Bodies of type application/x-www-form-urlencoded.
 */
#ifndef PCA_FORM_H
#define PCA_FORM_H

#include "postgres.h"

#include "lib/stringinfo.h"

#include "http/transfer.h"

/* A field of a form. */
typedef struct PcaFormField
{
	const char *name;
	const char *value;			/* server encoding; NULL: the field is left
								 * out */
} PcaFormField;

/*
 * Append "name=value" to a form, percent-encoded.  Nothing is appended if value
 * is NULL.  Errors: those of pca_url_encode().
 */
extern void pca_form_append(StringInfo form, const char *name, const char *value);

/*
 * Append fields whose values are secrets, and add the values to the request's
 * secrets, as they are and as they are encoded.  The form is enlarged once, so
 * that no copy of a secret is left in freed memory.  Errors: as above.  Current
 * memory context.
 */
extern void pca_form_append_secrets(StringInfo form, PcaHttpRequest *request,
									const PcaFormField *fields, int nfields);

#endif							/* PCA_FORM_H */
