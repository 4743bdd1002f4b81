/*
 * entra_errors.c
 *		The cures for errors of the sign-in service.
 *
 * The numbers are those of Microsoft's page "Microsoft Entra authentication and
 * authorization error codes".  They choose hints only, never behaviour, since
 * Microsoft changes them.
 */
#include "postgres.h"

#include "auth/entra_errors.h"

#define PCA_CURE_CONSENT \
	"Sign in again with pc_analytics_sign_in(), and with multi-factor authentication."
#define PCA_CURE_MFA \
	"Sign in again with pc_analytics_sign_in(), and with multi-factor authentication. The setting \"remember multifactor authentication\", or a policy on the sign-in frequency, ends a sign-in: do not tick \"Don't ask again\"."
#define PCA_CURE_EXPIRED \
	"The refresh token, or the code of a sign-in, has expired: sign in again with pc_analytics_sign_in()."
#define PCA_CURE_REVOKED \
	"The refresh token was revoked, as a change of the user's password or an administrator does: sign in again with pc_analytics_sign_in()."
#define PCA_CURE_SECRET \
	"Store the application's client secret (its value, not its ID) in the user mapping; make a new one if it has expired."
#define PCA_CURE_CREDENTIAL \
	"Check how the application proves its identity: the user mapping's option \"client_secret\" (its value, not its ID), \"client_certificate_file\" or \"client_assertion_file\", or none for a public client."
#define PCA_CURE_APPLICATION \
	"Check the user mapping's options \"client_id\" and \"tenant_id\": the application must be registered in that tenant."
#define PCA_CURE_TENANT \
	"Check the user mapping's option \"tenant_id\" and the server's option \"login_url\"."
#define PCA_CURE_TENANT_NAME \
	"Set the user mapping's option \"tenant_id\" to the tenant's ID or to one of its domains, not to a word for all tenants such as \"common\"."
#define PCA_CURE_CLOUD \
	"The tenant belongs to another cloud: check the server's options \"login_url\" and \"base_url\", and the user mapping's option \"tenant_id\"."
#define PCA_CURE_RESOURCE \
	"Check the server's option \"token_resource\": it is the base URL of the API."
#define PCA_CURE_NO_API \
	"Check the server's option \"token_resource\": it is the base URL of the API. If it is right, the tenant has no service principal of the API, which an administrator creates with: az ad sp create --id fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"
#define PCA_CURE_ADMIN_CONSENT \
	"An administrator of the tenant must grant consent to the application's permissions. Then sign in again with pc_analytics_sign_in()."
#define PCA_CURE_DECLINED \
	"The user declined to consent to the application's permissions: sign in again and consent, or let an administrator of the tenant grant consent."
#define PCA_CURE_FIELD \
	"A field of the token request is missing or empty: check the options of the user mapping, the server's option \"token_endpoint\", and that a proxy passes on the whole request."
#define PCA_CURE_USER \
	"The user who signed in cannot sign in again: ask the tenant's administrator."
#define PCA_CURE_OTHER_TENANT \
	"The account is of another tenant, or a guest: check the user mapping's option \"tenant_id\", or sign in with pc_analytics_sign_in() as a user of that tenant."
#define PCA_CURE_ASSIGNMENT \
	"The user who signed in is not assigned to the application: the tenant's administrator assigns the user, or turns off the requirement of an assignment."
#define PCA_CURE_POLICY \
	"A policy of the tenant blocks this sign-in. If it was one by device code, sign in with a browser: pc_analytics_sign_in_begin(..., method => 'browser'). Otherwise the tenant's administrator must exclude the user who signed in, or the address of the database server. The sign-in logs name the policy, and show a device code under \"Original transfer method\"."
#define PCA_CURE_DEVICE \
	"A policy of the tenant requires a managed device, which a database server is not: the tenant's administrator must exclude the user who signed in, or the address of the database server."
#define PCA_CURE_DEVICE_CODE \
	"The device code is not valid any more, or was not entered as it was shown: sign in again with pc_analytics_sign_in()."
#define PCA_CURE_CODE \
	"The address has the code of another sign-in, or one that was used or has expired: call pc_analytics_sign_in_begin() again, and open the newest URL."
#define PCA_CURE_REDIRECT_URI \
	"The redirect URI must be one of the application's registration, letter for letter: register http://localhost under \"Mobile and desktop applications\", or under \"Web\" for an application with a certificate or secret, not under both."
#define PCA_CURE_CERTIFICATE \
	"The certificate is not one of the application's: upload it to the application's registration, under \"Certificates & secrets\"."
#define PCA_CURE_CLOCK \
	"The clock of the database server is wrong, or nobody renews the file of the user mapping's option \"client_assertion_file\"."
#define PCA_CURE_FEDERATED \
	"Issuer, subject or audience of the file of the user mapping's option \"client_assertion_file\" are not those of a federated credential of the application. A new federated credential is valid after some minutes."
#define PCA_CURE_LATER \
	"Try again later."

/* The cures for errors with a number. */
static const struct
{
	const char *number;
	const char *cure;
}			numbers[] =

{
	{"50034", PCA_CURE_OTHER_TENANT},	/* the user does not exist in the
										 * tenant */
	{"50053", PCA_CURE_USER},	/* the account is locked */
	{"50057", PCA_CURE_USER},	/* the account is disabled */
	{"500341", PCA_CURE_USER},	/* the account was deleted */
	{"50020", PCA_CURE_OTHER_TENANT},	/* the user is not in the tenant */
	{"90072", PCA_CURE_OTHER_TENANT},	/* the user's account is of another
										 * tenant */
	{"50177", PCA_CURE_OTHER_TENANT},	/* a guest */
	{"50105", PCA_CURE_ASSIGNMENT}, /* the user is not assigned */
	{"50131", PCA_CURE_POLICY}, /* blocked by conditional access */
	{"53003", PCA_CURE_POLICY}, /* the same */
	{"53004", PCA_CURE_POLICY}, /* blocked for a risk */
	{"53011", PCA_CURE_POLICY}, /* the user is blocked for a risk */
	{"530031", PCA_CURE_POLICY},	/* blocked by a policy */
	{"530032", PCA_CURE_POLICY},	/* blocked by the security defaults */
	{"530034", PCA_CURE_POLICY},	/* blocked by a policy */
	{"530035", PCA_CURE_POLICY},	/* blocked by the security defaults */
	{"50005", PCA_CURE_DEVICE}, /* the platform is not supported */
	{"50097", PCA_CURE_DEVICE}, /* the device must authenticate */
	{"53000", PCA_CURE_DEVICE}, /* the device is not compliant */
	{"53001", PCA_CURE_DEVICE}, /* the device is not joined to a domain */
	{"53002", PCA_CURE_DEVICE}, /* the application is not approved */
	{"53009", PCA_CURE_DEVICE}, /* the application must be protected */
	{"135011", PCA_CURE_DEVICE},	/* the device is disabled */
	{"50055", PCA_CURE_CONSENT},	/* the password has expired */
	{"50144", PCA_CURE_CONSENT},	/* the same */
	{"50158", PCA_CURE_MFA},	/* an external challenge is not met */
	{"50072", PCA_CURE_MFA},	/* multi-factor authentication must be set up */
	{"50074", PCA_CURE_MFA},	/* multi-factor authentication is needed */
	{"50076", PCA_CURE_MFA},	/* the same */
	{"50078", PCA_CURE_MFA},	/* it has expired */
	{"50079", PCA_CURE_MFA},	/* it must be set up */
	{"500121", PCA_CURE_MFA},	/* it has failed */
	{"70043", PCA_CURE_MFA},	/* expired by the sign-in frequency */
	{"70008", PCA_CURE_EXPIRED},	/* expired */
	{"700081", PCA_CURE_EXPIRED},	/* reached the largest lifetime */
	{"700082", PCA_CURE_EXPIRED},	/* not used for 90 days */
	{"700084", PCA_CURE_EXPIRED},	/* issued to a single-page application */
	{"50173", PCA_CURE_REVOKED},	/* the grant was revoked */
	{"50132", PCA_CURE_REVOKED},	/* the credentials were revoked */
	{"50133", PCA_CURE_REVOKED},	/* the password was changed */
	{"70000", PCA_CURE_CONSENT},	/* the grant is invalid */
	{"700007", "The refresh token was issued to another application: check the user mapping's option \"client_id\", or sign in again with pc_analytics_sign_in()."},
	{"9002313", "The refresh token is damaged or cut off: store it again, as a whole, or sign in again with pc_analytics_sign_in()."},
	{"7000215", PCA_CURE_SECRET},	/* the secret is wrong */
	{"70002", PCA_CURE_SECRET}, /* the same */
	{"7000222", "The application's client secret has expired: make a new one, and store its value, not its ID, in the user mapping."},
	{"7000218", "A public client needs \"Allow public client flows\" in its registration, and its redirect URI under \"Mobile and desktop applications\". Another application must prove its identity: set the user mapping's option \"client_certificate_file\", \"client_assertion_file\" or \"client_secret\"."},
	{"700025", "The application is a public client, which proves no identity: drop the user mapping's option \"client_certificate_file\", \"client_assertion_file\" or \"client_secret\". If it is none, register its redirect URI under \"Web\" only."},
	{"700016", PCA_CURE_APPLICATION},	/* not in the tenant */
	{"700038", PCA_CURE_APPLICATION},	/* the application's ID is not valid */
	{"70001", PCA_CURE_APPLICATION},	/* disabled, or not in the tenant */
	{"7000112", PCA_CURE_APPLICATION},	/* disabled */
	{"7000229", PCA_CURE_APPLICATION},	/* without a service principal in the
										 * tenant */
	{"65001", PCA_CURE_ADMIN_CONSENT},	/* no consent */
	{"65004", PCA_CURE_DECLINED},	/* the user declined */
	{"90094", PCA_CURE_ADMIN_CONSENT},	/* only an administrator may consent */
	{"90095", PCA_CURE_ADMIN_CONSENT},	/* an administrator's approval is
										 * needed */
	{"90002", PCA_CURE_TENANT}, /* no such tenant */
	{"90013", PCA_CURE_TENANT}, /* invalid input */
	{"90019", PCA_CURE_TENANT}, /* no tenant in the request */
	{"900021", PCA_CURE_TENANT},	/* the tenant's name is not valid */
	{"900023", PCA_CURE_TENANT},	/* the same */
	{"50049", PCA_CURE_TENANT}, /* unknown authority */
	{"50059", PCA_CURE_TENANT_NAME},	/* no tenant in the request */
	{"50194", PCA_CURE_TENANT_NAME},	/* not an application for all tenants */
	{"9001023", PCA_CURE_TENANT_NAME},	/* not supported for all tenants */
	{"90038", PCA_CURE_CLOUD},	/* the tenant is redirected to its cloud */
	{"900382", PCA_CURE_CLOUD}, /* not supported across clouds */
	{"50001", PCA_CURE_RESOURCE},	/* invalid resource */
	{"500011", PCA_CURE_NO_API},	/* the tenant has no such resource */
	{"650052", PCA_CURE_NO_API},	/* the tenant has no service principal of
									 * it */
	{"500014", PCA_CURE_NO_API},	/* its service principal is disabled */
	{"70011", PCA_CURE_RESOURCE},	/* the scope is invalid */
	{"650057", PCA_CURE_RESOURCE},	/* the application has no such permission */
	{"70016", PCA_CURE_DEVICE_CODE},	/* pending */
	{"70018", PCA_CURE_DEVICE_CODE},	/* no such code */
	{"70019", PCA_CURE_DEVICE_CODE},	/* expired */
	{"70020", PCA_CURE_DEVICE_CODE},	/* the same */
	{"90120", PCA_CURE_DEVICE_CODE},	/* used already */
	{"50011", PCA_CURE_REDIRECT_URI},	/* not registered */
	{"900971", PCA_CURE_REDIRECT_URI},	/* none */
	{"700005", PCA_CURE_CODE},	/* of another tenant */
	{"501481", PCA_CURE_CODE},	/* the verifier does not match */
	{"54005", PCA_CURE_CODE},	/* used */
	{"700027", PCA_CURE_CERTIFICATE},	/* not registered, or another
										 * signature */
	{"50012", PCA_CURE_CERTIFICATE},	/* authentication failed */
	{"700030", PCA_CURE_CERTIFICATE},	/* invalid certificate */
	{"700024", PCA_CURE_CLOCK}, /* not within its valid time range */
	{"70021", PCA_CURE_FEDERATED},	/* no matching federated credential */
	{"700211", PCA_CURE_FEDERATED}, /* the issuer */
	{"700212", PCA_CURE_FEDERATED}, /* the audience */
	{"700213", PCA_CURE_FEDERATED}, /* the subject */
	{"90014", PCA_CURE_FIELD},	/* a field is missing */
	{"900144", PCA_CURE_FIELD}, /* the same */
	{"50196", "The sign-in service has received too many token requests of this user and application: wait some minutes, and let sessions share their tokens (option \"share_token\", setting pc_analytics_fdw.shared_state)."},
	{"50000", PCA_CURE_LATER},	/* the service could not issue a token */
	{"90006", PCA_CURE_LATER},	/* temporary failure */
	{"90033", PCA_CURE_LATER},	/* the same */
	{"90036", PCA_CURE_LATER},	/* the same */
	{"90055", PCA_CURE_LATER},	/* too many requests of the tenant */
};

/* The cures for errors whose number is not known, by the OAuth error code. */
static const struct
{
	const char *error;
	const char *cure;
}			names[] =

{
	{"invalid_client", PCA_CURE_CREDENTIAL},
	{"invalid_grant", PCA_CURE_CONSENT},
	{"interaction_required", PCA_CURE_CONSENT},
	{"consent_required", PCA_CURE_ADMIN_CONSENT},
	{"access_denied", PCA_CURE_POLICY},
	{"unauthorized_client", PCA_CURE_APPLICATION},
	{"invalid_resource", PCA_CURE_RESOURCE},
	{"invalid_scope", PCA_CURE_RESOURCE},
	{"invalid_target", PCA_CURE_RESOURCE},
	{"temporarily_unavailable", PCA_CURE_LATER},
	{"server_error", PCA_CURE_LATER}
};

/* Returns the cure for the number that text begins with, or NULL. */
static const char *
find_number_cure(const char *text)
{
	size_t		digits = strspn(text, "0123456789");

	for (int i = 0; i < (int) lengthof(numbers); i++)
	{
		if (strlen(numbers[i].number) == digits && strncmp(numbers[i].number, text, digits) == 0)
			return numbers[i].cure;
	}
	return NULL;
}

const char *
pca_entra_errors_hint(const char *error, const char *description)
{
	static const char prefix[] = "AADSTS";
	const char *cure = NULL;

	/* a description may repeat the error of another service after its own */
	for (const char *p = description; !cure && (p = strstr(p, prefix)) != NULL;)
	{
		p += strlen(prefix);
		cure = find_number_cure(p);
	}
	for (int i = 0; !cure && i < (int) lengthof(names); i++)
	{
		if (strcmp(names[i].error, error) == 0)
			cure = names[i].cure;
	}
	return cure;
}
