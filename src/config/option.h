/*
 * option.h
 *		Reads the options of servers and foreign tables into structs.
 */
#ifndef PCA_OPTION_H
#define PCA_OPTION_H

#include "postgres.h"

#include "access/attnum.h"

#include "config/resource.h"

typedef enum PcaTokenEndpoint
{
	PCA_TOKEN_ENDPOINT_V1,
	PCA_TOKEN_ENDPOINT_V2
} PcaTokenEndpoint;

typedef enum PcaStringComparison
{
	PCA_STRINGS_UNKNOWN,
	PCA_STRINGS_CASE_INSENSITIVE,
	PCA_STRINGS_CASE_SENSITIVE
} PcaStringComparison;

typedef enum PcaGroupComparison
{
	PCA_GROUPS_CASE_SENSITIVE,
	PCA_GROUPS_CASE_INSENSITIVE,
	PCA_GROUPS_UNKNOWN
} PcaGroupComparison;

typedef enum PcaGuidSpelling
{
	PCA_GUIDS_UNKNOWN,
	PCA_GUIDS_UPPER,
	PCA_GUIDS_LOWER,
	PCA_GUIDS_ANY
} PcaGuidSpelling;

typedef enum PcaSnapshotParameter
{
	PCA_SNAPSHOT_UNKNOWN,
	PCA_SNAPSHOT_EXACT,
	PCA_SNAPSHOT_SINCE
} PcaSnapshotParameter;

typedef enum PcaTotalCount
{
	PCA_TOTAL_UNKNOWN,
	PCA_TOTAL_FILTERED,
	PCA_TOTAL_UNFILTERED,
	PCA_TOTAL_PAGE
} PcaTotalCount;

/* The forms of a date's literal in a filter. */
typedef enum PcaDateLiteral
{
	PCA_DATE_LITERAL_DOCUMENTED,	/* that is cast */
	PCA_DATE_LITERAL_CAST,		/* cast('2018-10-14', Edm.DateTimeOffset) */
	PCA_DATE_LITERAL_QUOTED,	/* '2018-10-14' */
	PCA_DATE_LITERAL_BARE		/* 2018-10-14 */
} PcaDateLiteral;

/* The form of the date in such a literal. */
typedef enum PcaDateFormat
{
	PCA_DATE_FORMAT_DOCUMENTED, /* 2018-10-14, or 2018-10-14T12:00:00 for
								 * fields with PCA_DATE_UNIT_SECOND */
	PCA_DATE_FORMAT_DATE,		/* 2018-10-14 */
	PCA_DATE_FORMAT_DATETIME,	/* 2018-10-14T00:00:00 */
	PCA_DATE_FORMAT_DATETIME_UTC	/* 2018-10-14T00:00:00Z */
} PcaDateFormat;

/* The options "what is known of the API": on server, table or column. */
typedef struct PcaKnown
{
	PcaStringComparison string_comparison;
	PcaGroupComparison group_comparison;
	PcaGuidSpelling guid_spelling;
	PcaSnapshotParameter snapshot_parameter;
	PcaTotalCount total_count;
	PcaDateLiteral date_literal;
	PcaDateFormat date_format;
	bool		filter_pushdown;	/* conditions may be sent as a filter */
	bool		replace_invalid_text;	/* invalid_text is "replace" */
} PcaKnown;

/* A server's options, defaults filled in. */
typedef struct PcaServer
{
	Oid			serverid;
	char	   *name;
	bool		owner_is_superuser;
	char	   *allowed_hosts;	/* the wrapper's, comma-separated */
	char	   *base_url;		/* no trailing slash */
	char	   *login_url;		/* no trailing slash */
	char	   *token_resource;
	PcaTokenEndpoint token_endpoint;
	char	   *locale;
	int			page_size;
	int			max_parallel_requests;
	int			max_requests_per_minute;	/* -1 not set */
	int			connect_timeout_ms;
	int			request_timeout_ms;
	int			max_retries;
	int			max_retry_wait_ms;
	int64		max_response_size;	/* bytes */
	int			max_url_length; /* bytes */
	int			max_filter_clauses; /* comparisons in a filter; 0: no limit */
	int			max_snapshots;
	bool		compression;
	char	   *proxy;			/* or NULL */
	char	   *ca_file;		/* or NULL */
	bool		allow_insecure_http;
	bool		warn_incomplete;	/* on_incomplete is "warning" */
	bool		skip_customer_error;	/* on_customer_error is "skip" */
	int			cache_ttl;		/* greatest age of a cached response; 0: none
								 * is used */
	double		startup_cost;
	double		tuple_cost;
	bool		async_capable;
	PcaKnown	known;
} PcaServer;

/* The greatest value of the server's option max_url_length. */
#define PCA_OPTION_LARGEST_URL_LENGTH	65536

/* The "field" of a column that is the whole item, as JSON. */
#define PCA_WHOLE_ITEM	"*"

/* One column of a foreign table. */
typedef struct PcaColumn
{
	AttrNumber	attnum;
	const char *name;			/* SQL name */
	const char *key;			/* API field in requests, and the key that is
								 * looked for first in an item */
	const PcaField *field;		/* catalog row, or NULL for an unknown field */
	Oid			type;
	int32		typmod;
	Oid			collation;
	bool		not_null;
	bool		native;			/* declared type is the catalog's or a
								 * lossless relative: clauses and groupby may
								 * be sent */
	bool		whole;			/* not a field, but the item itself */
	const char *constant;		/* not a field, but the value of option
								 * "constant"; or NULL */
	Datum		constant_value; /* the same, as a value of the type */
	bool		groupable;		/* native, and the field is groupable */
	bool		measure;		/* the field is a measure, and the type can
								 * hold any sum (bigint, numeric without
								 * typmod) */
	PcaKnown	known;
} PcaColumn;

/* A foreign table's options and columns. */
typedef struct PcaTable
{
	Oid			relid;
	char	   *name;			/* relation name, for messages */
	const PcaServer *server;
	const PcaResource *resource;	/* of the catalog, or made from the
									 * columns */
	const char *path;			/* option "path", else the resource's */
	const char *query;			/* parameters of each request, or NULL */
	bool		is_unpaged;		/* of a table with "path": top and skip are
								 * not sent */
	const char *other_path;		/* NULL when option "path" is set */
	bool		bare_array;		/* "path" is set: responses may be bare arrays */
	bool		path_has_customer;	/* one request for each customer */
	int			page_size;		/* server's or table's, bounded by largest top */
	bool		pushdown_group;
	int			max_filter_clauses; /* server's or table's */
	int64		max_rows;		/* -1: no limit */
	double		rows;			/* option "rows", -1 when not set */
	bool		skip_customer_error;
	int			cache_ttl;		/* server's or table's, in milliseconds */
	PcaKnown	known;
	int			natts;
	PcaColumn  *columns;		/* by attnum - 1; dropped ones have name NULL */
} PcaTable;

/*
 * Read a server's options.  Current memory context.  Errors: the server does not
 * exist, or it has an option that its owner may not use (see doc/security.md).
 */
extern PcaServer *pca_option_server(Oid serverid);

/*
 * Returns the OID of the server with that name.  Errors: there is none, the current
 * user lacks USAGE on it, it belongs to another wrapper.
 */
extern Oid	pca_option_find_server(const char *name);

/* Read the options of the server with that name.  Errors: those of both functions. */
extern PcaServer *pca_option_named_server(const char *name);

/*
 * Returns a number that changes when a server, wrapper or role may have changed, so
 * that a PcaServer that was read before has to be compared with the current options.
 */
extern uint64 pca_option_changes(void);

/*
 * Returns true if a token that was issued for one may be sent to the other: the
 * options that decide where a token may be sent (PcaOptionDef.trust) are the same, and
 * so is whether the owner is a superuser.
 */
extern bool pca_option_same_trust(const PcaServer *a, const PcaServer *b);

/* Returns a hash of what pca_option_same_trust() compares, for other processes. */
extern uint64 pca_option_trust_number(const PcaServer *server);

/*
 * Lock a relation in AccessShareLock mode until the transaction ends.  Returns
 * false, and keeps no lock, if the relation does not exist or is not a foreign
 * table of this wrapper.
 */
extern bool pca_option_lock_table(Oid relid);

/*
 * Read a foreign table's options and columns, and its server's options.  The table is
 * locked in AccessShareLock mode until the transaction ends: the planner and the
 * executor hold that lock already, but not in a parallel worker whose scan replaces
 * an aggregation.  Current memory context.  Errors: the table has neither "resource"
 * nor "path", a column is not valid, and those of pca_option_server().
 */
extern PcaTable *pca_option_table(Oid relid);

/* Returns the column with that attribute number; NULL for system and dropped columns. */
extern const PcaColumn *pca_option_column(const PcaTable *table, int attnum);

/*
 * Returns the column of the field with PCA_ROLE_PROCESSED_TIME, declared as a timestamp;
 * NULL if the table has none.
 */
extern const PcaColumn *pca_option_processed_column(const PcaTable *table);

#endif							/* PCA_OPTION_H */
