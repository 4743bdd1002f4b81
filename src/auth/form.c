/*
 * form.c
 *		Bodies of type application/x-www-form-urlencoded.
 */
#include "postgres.h"

#include "auth/form.h"
#include "config/url.h"
#include "http/redact.h"

void
pca_form_append(StringInfo form, const char *name, const char *value)
{
	if (!value)
		return;
	if (form->len > 0)
		appendStringInfoChar(form, '&');
	appendStringInfo(form, "%s=", name);
	pca_url_encode(form, value);
}

/* A response may repeat a secret as it is, or as the form has it. */
static void
add_form_secret(PcaHttpRequest *request, const char *secret)
{
	StringInfoData encoded;

	/* the encoded form of a short secret may be long enough */
	if (strlen(secret) < PCA_REDACT_MIN_SECRET)
		return;
	initStringInfo(&encoded);
	enlargeStringInfo(&encoded, pca_url_encoded_length(secret));
	pca_url_encode(&encoded, secret);
	request->secrets = lappend(request->secrets, pstrdup(secret));
	request->secrets = lappend(request->secrets, encoded.data);
}

void
pca_form_append_secrets(StringInfo form, PcaHttpRequest *request,
						const PcaFormField *fields, int nfields)
{
	size_t		size = 0;

	for (int i = 0; i < nfields; i++)
	{
		if (fields[i].value)
			size += strlen(fields[i].name) + pca_url_encoded_length(fields[i].value) + 2;
	}
	enlargeStringInfo(form, (int) size);
	for (int i = 0; i < nfields; i++)
	{
		if (!fields[i].value)
			continue;
		pca_form_append(form, fields[i].name, fields[i].value);
		add_form_secret(request, fields[i].value);
	}
}
