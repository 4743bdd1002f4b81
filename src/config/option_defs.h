/*
 * option_defs.h
 *		The table of options: where each may be set, and which values it takes.
 */
#ifndef PCA_OPTION_DEFS_H
#define PCA_OPTION_DEFS_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

/* The objects and statements that may have an option, as bits. */
#define PCA_ON_WRAPPER	(1 << 0)
#define PCA_ON_SERVER	(1 << 1)
#define PCA_ON_MAPPING	(1 << 2)
#define PCA_ON_TABLE	(1 << 3)
#define PCA_ON_COLUMN	(1 << 4)
#define PCA_ON_IMPORT	(1 << 5)	/* IMPORT FOREIGN SCHEMA */
#define PCA_ON_KNOWN	(PCA_ON_SERVER | PCA_ON_TABLE | PCA_ON_COLUMN)

typedef enum PcaOptionKind
{
	PCA_OPTION_TEXT,			/* not empty */
	PCA_OPTION_HOSTS,			/* host names, separated by commas or blanks */
	PCA_OPTION_TENANT,			/* a GUID, a domain name, or a placeholder */
	PCA_OPTION_URL,
	PCA_OPTION_PATH,
	PCA_OPTION_QUERY,			/* parameters, see url_query.h */
	PCA_OPTION_RESOURCE,
	PCA_OPTION_BOOL,
	PCA_OPTION_INT,				/* min..max */
	PCA_OPTION_COUNT,			/* min..max, 64 bits */
	PCA_OPTION_REAL,			/* min..max */
	PCA_OPTION_SECONDS,			/* min..max in seconds */
	PCA_OPTION_MEGABYTES,		/* min..max in MB */
	PCA_OPTION_CHOICE,			/* one of choices; stored as its enum */
	PCA_OPTION_SWITCH,			/* one of two choices; stored as a bool, true
								 * for the second */
	PCA_OPTION_TIME,			/* ISO 8601 */
	PCA_OPTION_OPERATORS
} PcaOptionKind;

/* One option: one row of the table. */
typedef struct PcaOptionDef
{
	const char *name;
	int			where;			/* set of PCA_ON_... */
	PcaOptionKind kind;
	double		min;
	double		max;
	const char *choices;		/* space-separated, in the order of their enum */
	bool		superuser_only; /* reads a file or weakens the transport */
	bool		trust;			/* decides where a token may be sent */
	size_t		in_server;		/* offset in PcaServer; 0: not stored there */
	size_t		in_table;		/* offset in PcaTable; 0: not stored there */
	size_t		in_known;		/* offset in PcaKnown, where PCA_ON_KNOWN */
	const char *default_value;	/* of a server, as the text of an option; or
								 * NULL */
} PcaOptionDef;

/* The credentials among the options of a user mapping; user_mapping.c reads their values. */
typedef enum PcaCredential
{
	PCA_CRED_TENANT_ID,
	PCA_CRED_CLIENT_ID,
	PCA_CRED_CLIENT_SECRET,
	PCA_CRED_REFRESH_TOKEN,
	PCA_CRED_REFRESH_TOKEN_SAVED_AT,
	PCA_CRED_ACCESS_TOKEN,
	PCA_CRED_PROXY_USER,
	PCA_CRED_PROXY_PASSWORD,
	PCA_CRED_CLIENT_SECRET_FILE,
	PCA_CRED_REFRESH_TOKEN_FILE,
	PCA_CRED_ACCESS_TOKEN_FILE,
	PCA_CRED_CLIENT_CERTIFICATE_FILE,
	PCA_CRED_CLIENT_ASSERTION_FILE,
	PCA_CRED_SHARE_TOKEN,
	PCA_NCREDENTIAL_OPTIONS,

	/*
	 * what the files of certificate and assertion hold; there are no such
	 * options
	 */
	PCA_CRED_CLIENT_CERTIFICATE = PCA_NCREDENTIAL_OPTIONS,
	PCA_CRED_CLIENT_ASSERTION,
	PCA_NCREDENTIALS
} PcaCredential;

/* Returns the name of a user mapping option.  Static text. */
extern const char *pca_option_defs_credential_name(PcaCredential credential);

/* Returns the option at position i (0, 1, ...) of the table, or NULL after the last.  Static data. */
extern const PcaOptionDef *pca_option_defs_at(int i);

/* Returns the option with that name in one of these places, or NULL.  Static data. */
extern const PcaOptionDef *pca_option_defs_find(const char *name, int where);

/* Raise an error, with a hint, if the value is not valid for the option's kind. */
extern void pca_option_defs_check(const PcaOptionDef *setting, const char *value);

/*
 * Check the options (DefElem *) of a statement.  Errors, with a hint: an option is not
 * allowed there, or not for the current user, or its value is not valid.
 */
extern void pca_option_defs_check_list(List *defs, int where);

/* Returns the value of an option in a list of DefElem, or NULL if the list lacks it. */
extern const char *pca_option_defs_value(List *defs, const char *name);

/*
 * Convert an option's value according to its kind: to a number in the unit of its
 * range, a boolean, the index of one of its choices, a set of PcaOperator, or a time,
 * in the session's time zone unless the value names one.  Errors, with a hint: the
 * value is not valid.
 */
extern double pca_option_defs_number(const PcaOptionDef *setting, const char *value);
extern bool pca_option_defs_boolean(const PcaOptionDef *setting, const char *value);
extern int	pca_option_defs_choice(const PcaOptionDef *setting, const char *value);
extern int	pca_option_defs_operators(const PcaOptionDef *setting, const char *value);
extern TimestampTz pca_option_defs_time(const PcaOptionDef *setting, const char *value);

/* Returns the text of a set of operators, such as "eq, ne".  Palloc'd. */
extern char *pca_option_defs_operators_text(int operators);

/* Returns a time as an option's value that does not depend on settings.  Palloc'd. */
extern char *pca_option_defs_time_text(TimestampTz time);

/*
 * Returns the hosts that a wrapper with these options (DefElem *) allows, separated by
 * commas or blanks: its option or the default.
 */
extern const char *pca_option_defs_allowed_hosts(List *wrapper_options);

/* Returns true for a valid URL whose host is in such a list. */
extern bool pca_option_defs_host_is_allowed(const char *url, const char *allowed);

/* Raises an error if PostgreSQL was built without OpenSSL. */
extern void pca_option_defs_check_openssl(void);

/*
 * Raise an error if a URL, which may be NULL, has the scheme http and must not.  It is
 * allowed if insecure, and to a loopback address for a superuser, but never through a
 * proxy, which would read the token.  option: its name, for the message.
 */
extern void pca_option_defs_check_plain_http(const char *option, const char *url,
											 bool proxy, bool insecure, bool superuser);

#endif							/* PCA_OPTION_DEFS_H */
