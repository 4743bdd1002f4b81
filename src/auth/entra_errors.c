/*
 * entra_errors.c
 *		What the sign-in service's errors mean, and what cures them.
 *
 * The numbers are those of Microsoft's page "Microsoft Entra authentication
 * and authorization error codes"; the names without a number, RFC 6749's.
 */
#include "postgres.h"

#include "auth/entra_errors.h"

#define PCA_CURE_CONSENT \
	"Consent again, with multi-factor authentication, and store the new refresh token: ALTER USER MAPPING ... OPTIONS (SET refresh_token '...')."
#define PCA_CURE_SECRET \
	"Store the application's client secret (its value, not its ID) in the user mapping; make a new one if it has expired."
#define PCA_CURE_APPLICATION \
	"Check the user mapping's options \"client_id\" and \"tenant_id\": the application must be registered in that tenant."
#define PCA_CURE_TENANT \
	"Check the user mapping's option \"tenant_id\" and the server's option \"login_url\"."
#define PCA_CURE_RESOURCE \
	"Check the server's option \"token_resource\": it is the base URL of the API."
#define PCA_CURE_USER \
	"The user who consented cannot sign in: ask the tenant's administrator."

static const struct
{
	const char *number;
	const char *cure;
}			numbers[] =

{
	{"50034", PCA_CURE_USER},	/* the user does not exist in the tenant */
	{"50053", PCA_CURE_USER},	/* the account is locked */
	{"50057", PCA_CURE_USER},	/* the account is disabled */
	{"53003", PCA_CURE_USER},	/* blocked by conditional access */
	{"50055", PCA_CURE_CONSENT},	/* the password has expired */
	{"50076", PCA_CURE_CONSENT},	/* multi-factor authentication is needed */
	{"50078", PCA_CURE_CONSENT},	/* and has expired */
	{"50079", PCA_CURE_CONSENT},	/* and has not been set up */
	{"50158", PCA_CURE_CONSENT},	/* an outside challenge is not met */
	{"50173", PCA_CURE_CONSENT},	/* the grant was revoked */
	{"65001", PCA_CURE_CONSENT},	/* no consent to this application */
	{"70000", PCA_CURE_CONSENT},	/* the grant is invalid */
	{"70008", PCA_CURE_CONSENT},	/* the grant has expired */
	{"70043", PCA_CURE_CONSENT},	/* the refresh token has expired by policy */
	{"700082", PCA_CURE_CONSENT},	/* it has expired, unused for 90 days */
	{"700084", PCA_CURE_CONSENT},	/* it was made for a single-page
									 * application */
	{"9002313", PCA_CURE_CONSENT},	/* it is malformed */
	{"7000215", PCA_CURE_SECRET},	/* the secret is wrong */
	{"7000218", PCA_CURE_SECRET},	/* the secret is missing */
	{"7000222", PCA_CURE_SECRET},	/* the secret has expired */
	{"700016", PCA_CURE_APPLICATION},	/* no such application in the tenant */
	{"700025", "The application is a public client: drop the user mapping's option \"client_secret\"."},
	{"7000112", PCA_CURE_APPLICATION},	/* the application is disabled */
	{"7000229", PCA_CURE_APPLICATION},	/* it has no service principal here */
	{"90002", PCA_CURE_TENANT}, /* no such tenant */
	{"90013", PCA_CURE_TENANT}, /* invalid input */
	{"900023", PCA_CURE_TENANT},	/* that is no tenant's name */
	{"900021", PCA_CURE_TENANT},
	{"500011", PCA_CURE_RESOURCE},	/* no such resource in the tenant */
	{"500341", PCA_CURE_USER},	/* the account was deleted */
	{"50001", PCA_CURE_RESOURCE},
	{"70011", PCA_CURE_RESOURCE},	/* the scope is invalid */
	{"650057", PCA_CURE_RESOURCE}	/* the application may not ask for it */
};

static const struct
{
	const char *error;
	const char *cure;
}			names[] =

{
	{"invalid_client", PCA_CURE_SECRET},
	{"invalid_grant", PCA_CURE_CONSENT},
	{"interaction_required", PCA_CURE_CONSENT},
	{"unauthorized_client", PCA_CURE_APPLICATION},
	{"invalid_resource", PCA_CURE_RESOURCE},
	{"invalid_scope", PCA_CURE_RESOURCE}
};

const char *
pca_entra_errors_hint(const char *error, const char *description)
{
	const char *number = strstr(description, "AADSTS");
	size_t		digits;

	if (number)
	{
		number += strlen("AADSTS");
		digits = strspn(number, "0123456789");
		for (int i = 0; i < (int) lengthof(numbers); i++)
		{
			if (strlen(numbers[i].number) == digits &&
				strncmp(numbers[i].number, number, digits) == 0)
				return numbers[i].cure;
		}
	}
	for (int i = 0; i < (int) lengthof(names); i++)
	{
		if (strcmp(names[i].error, error) == 0)
			return names[i].cure;
	}
	return NULL;
}
