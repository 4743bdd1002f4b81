/*
 * check.c
 *		SQL function that tests each step between a server's options and its rows.
 *
 * Each step is done by the code that a scan uses, so that a scan meets the
 * errors that are reported here; but it is tried only once.  A failed step is a
 * row of the result, and the steps that depend on it are rows that say so.
 */
#include "postgres.h"

#include <time.h>

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_extension.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "admin/check.h"
#include "admin/check_credentials.h"
#include "config/url.h"
#include "guid.h"
#include "http/curl_url.h"
#include "http/http.h"
#include "http/http_error.h"
#include "http/pollset.h"
#include "http/request_log.h"
#include "json/json.h"
#include "request/request.h"
#include "scan/exchange.h"
#include "scan/fetch.h"

/* Columns of pc_analytics_check(). */
#define CHECK_COLUMNS		5

/*
 * A certificate that expires within this many days gets a hint: two weeks are
 * enough to renew it.
 */
#define PCA_CHECK_CERTIFICATE_DAYS	14

/* The hint of a resource if the API denies access to all of them (api-notes 6.2). */
#define ALL_DENIED_HINT \
	"The user needs a Partner Center role: Admin agent, Sales agent or Helpdesk agent. Granular delegated admin privileges (GDAP) are not needed for the partner's own analytics."

/* The deepest nesting of a customer's JSON, many times that of the documented one. */
#define PCA_CHECK_CUSTOMER_DEPTH	64

PG_FUNCTION_INFO_V1(pc_analytics_check);

/* The outcome of a step. */
typedef enum CheckOutcome
{
	CHECK_OK,
	CHECK_FAILED,
	CHECK_SKIPPED				/* nothing was done */
} CheckOutcome;

/* The steps of a connection, in their order. */
typedef enum ConnectStep
{
	CONNECT_ADDRESS,			/* resolve the host's name, check the address */
	CONNECT_TCP,				/* connect, and through the proxy if there is
								 * one */
	CONNECT_TLS,
	CONNECT_NSTEPS
} ConnectStep;

/* A connection.  Texts are bytes from outside, or NULL. */
typedef struct ConnectReport
{
	ConnectStep failed;			/* CONNECT_NSTEPS: none */
	double		elapsed_ms[CONNECT_NSTEPS]; /* the failed step's included */
	char	   *address;
	char	   *subject;		/* of the server's certificate */
	char	   *issuer;
	char	   *expires;
	int			ncertificates;	/* in the chain that the server sent */
} ConnectReport;

/* A row of the result. */
typedef struct CheckRow
{
	const char *step;
	CheckOutcome outcome;
	double		elapsed_ms;
	const char *detail;
	const char *hint;			/* or NULL */
	bool		is_resource;
	bool		is_denied;		/* the API's HTTP status was 403 */
} CheckRow;

/* The state of one call of pc_analytics_check(). */
typedef struct CheckState
{
	ReturnSetInfo *rsinfo;
	MemoryContext context;		/* lives as long as the call */
	MemoryContext step_context; /* of one step; its reset closes connections */
	Oid			serverid;
	PcaServer  *server;			/* NULL: its options are not usable */
	PcaTokenCache *auth;		/* NULL: the user mapping is not usable */
	bool		is_reachable;	/* a connection to base_url was made */
	bool		has_token;
	char	   *customer;		/* GUID of a customer of the partner, or NULL */
	List	   *rows;			/* of CheckRow */

	/* of the current step */
	int64		began_ms;
	const char *url;			/* to connect to */
	ConnectReport connection;
	const PcaResource *resource;
	char	   *detail;
	const char *hint;
} CheckState;

/* ---- errors ---- */

/*
 * Returns true if an error concerns the session rather than the step that
 * raised it.  That is so for class 53 (insufficient resources), except for the
 * error of an HTTP status 429, which is the API's limit.
 */
static bool
must_rethrow(int sqlstate)
{
	int			category = ERRCODE_TO_CATEGORY(sqlstate);

	return category == ERRCODE_OPERATOR_INTERVENTION ||
		(category == ERRCODE_INSUFFICIENT_RESOURCES &&
		 sqlstate != ERRCODE_CONFIGURATION_LIMIT_EXCEEDED);
}

/*
 * Call a function in a subtransaction, which is rolled back if it raises an
 * error.  Returns NULL, or the error in the current memory context.
 */
static ErrorData *
call_catching_errors(void (*function) (CheckState *state), CheckState *state)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		function(state);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	if (error && must_rethrow(error->sqlerrcode))
		ReThrowError(error);
	return error;
}

/* An error's message and detail as sentences, palloc'd. */
static char *
format_error_sentences(const ErrorData *error)
{
	char	   *text = error->detail ? psprintf("%s. %s", error->message, error->detail) :
		psprintf("%s.", error->message);

	text[0] = pg_toupper((unsigned char) text[0]);
	return text;
}

/* ---- rows ---- */

static Datum
make_interval_datum(double elapsed_ms)
{
	Interval   *elapsed = palloc0(sizeof(Interval));

	elapsed->time = (TimeOffset) (elapsed_ms * 1000.0);
	return IntervalPGetDatum(elapsed);
}

/* Add a step to the rows.  Its texts live as long as the call. */
static CheckRow *
add_check_row(CheckState *state, const char *step, CheckOutcome outcome, double elapsed_ms,
			  const char *detail, const char *hint)
{
	CheckRow   *row = palloc0(sizeof(CheckRow));

	row->step = step;
	row->outcome = outcome;
	row->elapsed_ms = elapsed_ms;
	row->detail = detail;
	row->hint = hint;
	state->rows = lappend(state->rows, row);
	return row;
}

/* Put a row into the result. */
static void
put_row(const CheckState *state, const CheckRow *row)
{
	Datum		values[CHECK_COLUMNS] = {0};
	bool		nulls[CHECK_COLUMNS] = {0};

	values[0] = CStringGetTextDatum(row->step);
	values[1] = BoolGetDatum(row->outcome == CHECK_OK);
	nulls[1] = row->outcome == CHECK_SKIPPED;
	values[2] = make_interval_datum(row->elapsed_ms);
	nulls[2] = row->outcome == CHECK_SKIPPED;
	values[3] = CStringGetTextDatum(row->detail);
	nulls[4] = row->hint == NULL;
	if (row->hint)
		values[4] = CStringGetTextDatum(row->hint);
	tuplestore_putvalues(state->rsinfo->setResult, state->rsinfo->setDesc, values, nulls);
}

/*
 * Put all rows into the result.  Where the API denies access to every resource, it is
 * the user who lacks a role, whatever the errors say.
 */
static void
put_rows(const CheckState *state)
{
	int			nresources = 0;
	int			ndenied = 0;
	ListCell   *lc;

	foreach(lc, state->rows)
	{
		const CheckRow *row = lfirst(lc);

		nresources += row->is_resource && row->outcome != CHECK_SKIPPED;
		ndenied += row->is_denied;
	}
	foreach(lc, state->rows)
	{
		CheckRow   *row = lfirst(lc);

		if (row->is_denied && ndenied == nresources && !pca_token_cache_is_app_only(state->auth))
			row->hint = ALL_DENIED_HINT;
		put_row(state, row);
	}
}

/* Add a skipped step to the result. */
static void
add_skipped_row(CheckState *state, const char *step, const char *reason)
{
	(void) add_check_row(state, step, CHECK_SKIPPED, 0, psprintf("Skipped: %s.", reason), NULL);
}

/*
 * Call a step's function.  Returns its error in the current memory context, or
 * NULL.  The step's own context is empty before and after, so that connections
 * of a failed step are closed.
 */
static ErrorData *
call_step(CheckState *state, void (*function) (CheckState *state))
{
	ErrorData  *error;

	MemoryContextReset(state->step_context);
	state->detail = NULL;
	state->hint = NULL;
	state->began_ms = pca_pollset_now();
	error = call_catching_errors(function, state);
	MemoryContextReset(state->step_context);
	return error;
}

/* Call a step's function and add its row, which is returned. */
static CheckRow *
perform_step(CheckState *state, const char *step, void (*function) (CheckState *state))
{
	ErrorData  *error = call_step(state, function);
	double		elapsed_ms = pca_pollset_now() - state->began_ms;

	if (error)
		return add_check_row(state, step, CHECK_FAILED, elapsed_ms,
							 format_error_sentences(error), error->hint);
	return add_check_row(state, step, CHECK_OK, elapsed_ms, state->detail, state->hint);
}

/* ---- versions ---- */

/* The version of the extension's SQL objects in this database, or NULL. */
static char *
read_extension_version(void)
{
	Relation	catalog = table_open(ExtensionRelationId, AccessShareLock);
	char	   *version = NULL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum("pc_analytics_fdw"));
	scan = systable_beginscan(catalog, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		is_null;
		Datum		datum = heap_getattr(tuple, Anum_pg_extension_extversion,
										 RelationGetDescr(catalog), &is_null);

		version = is_null ? NULL : TextDatumGetCString(datum);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return version;
}

/* The row "extension", if the SQL objects have another version than the library. */
static void
compare_versions(CheckState *state)
{
	char	   *version = read_extension_version();

	if (version && strcmp(version, PCA_VERSION) != 0)
		add_check_row(state, "extension", CHECK_FAILED, 0,
					  psprintf("The SQL objects have version %s, the loaded library has version %s.",
							   version, PCA_VERSION),
					  "Run ALTER EXTENSION pc_analytics_fdw UPDATE. If the library is the older one, install the newer one and reconnect.");
}

/* ---- configuration ---- */

/* Which credential of the user mapping is used. */
static const char *
describe_credential(const PcaTokenCache *auth)
{
	if (!pca_token_cache_signs_in(auth))
		return "an access token";
	return pca_token_cache_is_app_only(auth) ? "no refresh token" : "a refresh token";
}

/* The step "configuration". */
static void
read_configuration(CheckState *state)
{
	state->server = pca_option_server(state->serverid);
	state->server->max_retries = 0;
	state->auth = pca_token_cache_open(state->server, GetUserId());
	state->detail = psprintf("base_url %s, login_url %s%s%s; the user mapping for \"%s\" has %s.",
							 state->server->base_url, state->server->login_url,
							 state->server->proxy ? ", proxy " : "",
							 state->server->proxy ? state->server->proxy : "",
							 GetUserNameFromId(GetUserId(), false), describe_credential(state->auth));
	state->hint = pca_token_cache_mapping_hint(state->auth);
}

/* ---- connections ---- */

/*
 * The step of a connection that failed.  The error's kind decides between TCP
 * and TLS, since some releases of libcurl report the time of TCP only when both
 * are done.  A proxy that refuses to connect is not an error of TLS.
 */
static ConnectStep
classify_connect_failure(const PcaTransfer *transfer, bool is_resolved)
{
	const char *detail;
	bool		is_connected;
	PcaFailure	failure = pca_transfer_failure(transfer, &detail);

	if (failure == PCA_FAILURE_NONE)
		return CONNECT_NSTEPS;
	if (!is_resolved || failure == PCA_FAILURE_FORBIDDEN)
		return CONNECT_ADDRESS;
	(void) pca_transfer_peer_address(transfer, &is_connected);
	return failure == PCA_FAILURE_TLS || (is_connected && failure != PCA_FAILURE_OTHER) ?
		CONNECT_TLS : CONNECT_TCP;
}

/* Fill in which step failed, and the time of each. */
static void
read_connect_times(const PcaTransfer *transfer, ConnectReport *report)
{
	PcaTransferTimes times = pca_transfer_times(transfer);
	int64		ends_us[] = {times.resolved, times.connected, times.secured};
	int64		before_us = 0;

	report->failed = classify_connect_failure(transfer, times.resolved > 0);
	for (int i = 0; i < CONNECT_NSTEPS; i++)
	{
		if (i == (int) report->failed)
			ends_us[i] = times.ended;
		/* a step that libcurl has no time for takes none */
		report->elapsed_ms[i] = Max(ends_us[i] - before_us, 0) / 1000.0;
		before_us = Max(ends_us[i], before_us);
	}
}

/* A property of the server's certificate, palloc'd; NULL if there is none. */
static char *
copy_certificate_text(const PcaTransfer *transfer, const char *property)
{
	const char *text = pca_transfer_certificate(transfer, property);

	return text ? pstrdup(text) : NULL;
}

/*
 * Fill in what is known of a transfer that only connects, and has ended.  Texts
 * are copied into the current memory context.
 */
static void
read_connection(const PcaTransfer *transfer, ConnectReport *report)
{
	bool		is_connected;
	const char *address = pca_transfer_peer_address(transfer, &is_connected);

	memset(report, 0, sizeof(ConnectReport));
	read_connect_times(transfer, report);
	if (address[0] != '\0')
		report->address = pstrdup(address);
	report->ncertificates = pca_transfer_certificates(transfer);
	report->subject = copy_certificate_text(transfer, "Subject");
	report->issuer = copy_certificate_text(transfer, "Issuer");
	report->expires = copy_certificate_text(transfer, "Expire date");
}

/* Connect to state->url, and fill in state->connection even if that fails. */
static void
connect_to_url(CheckState *state)
{
	PcaExchangeSession *session = pca_exchange_begin(state->step_context, state->server, GetUserId());
	PcaTransfer *transfer = pca_exchange_connect_only(session, state->auth, state->url);

	read_connection(transfer, &state->connection);
	if (pca_transfer_state(transfer) == PCA_TRANSFER_FAILED)
		pca_http_error_raise_transfer(state->url == state->server->base_url ?
									  PCA_HTTP_PEER_API : PCA_HTTP_PEER_SIGN_IN, transfer, "", 1);
}

/* A text from outside, made printable; palloc'd. */
static const char *
printable_or_unknown(const char *text)
{
	return text ? pca_http_error_text(text, strlen(text), PCA_HTTP_ERROR_EXCERPT_MAX) : "unknown";
}

/* A hint if the certificate expires soon, else NULL. */
static const char *
make_certificate_hint(const ConnectReport *report)
{
	int64		expires = report->expires ? pca_curl_url_parse_date(report->expires) : -1;
	int64		days = (expires - (int64) time(NULL)) / SECS_PER_DAY;

	if (expires < 0 || days >= PCA_CHECK_CERTIFICATE_DAYS)
		return NULL;
	return psprintf("The certificate expires in " INT64_FORMAT " days.", days);
}

/* The detail of a connection's step that succeeded. */
static char *
describe_connect_step(const CheckState *state, ConnectStep step)
{
	const ConnectReport *report = &state->connection;
	const char *peer = state->server->proxy ? "The proxy" : pca_url_host(state->url);

	if (step == CONNECT_ADDRESS)
		return psprintf("%s has the address %s.", peer, printable_or_unknown(report->address));
	if (step == CONNECT_TCP)
		return psprintf("%s accepts connections.", peer);
	return psprintf("Certificate of \"%s\", issued by \"%s\", valid until %s; certificates in the chain: %d.",
					printable_or_unknown(report->subject), printable_or_unknown(report->issuer),
					printable_or_unknown(report->expires), report->ncertificates);
}

/* Add the three rows of a connection.  error: why it failed, or NULL. */
static void
add_connect_rows(CheckState *state, const char *prefix, const ErrorData *error)
{
	static const char *const names[] = {"address", "TCP", "TLS"};
	const ConnectReport *report = &state->connection;

	for (int i = 0; i < CONNECT_NSTEPS; i++)
	{
		char	   *step = psprintf("%s%s", prefix, names[i]);

		if (error && i > (int) report->failed)
			add_skipped_row(state, step, "there is no connection");
		else if (error && i == (int) report->failed)
			(void) add_check_row(state, step, CHECK_FAILED, report->elapsed_ms[i],
								 format_error_sentences(error), error->hint);
		else if (i == CONNECT_TLS && pca_url_is_plain_http(state->url))
			add_skipped_row(state, step, "the URL is plain http");
		else
			(void) add_check_row(state, step, CHECK_OK, report->elapsed_ms[i],
								 describe_connect_step(state, i),
								 i == CONNECT_TLS ? make_certificate_hint(report) : NULL);
	}
}

/* Add the three rows of a connection that is not made. */
static void
add_skipped_connect_rows(CheckState *state, const char *prefix, const char *reason)
{
	add_skipped_row(state, psprintf("%saddress", prefix), reason);
	add_skipped_row(state, psprintf("%sTCP", prefix), reason);
	add_skipped_row(state, psprintf("%sTLS", prefix), reason);
}

/* Connect and add the rows; returns true if a connection was made. */
static bool
check_connection(CheckState *state, const char *prefix, const char *url)
{
	ErrorData  *error;

	memset(&state->connection, 0, sizeof(ConnectReport));
	state->url = url;
	error = call_step(state, connect_to_url);
	add_connect_rows(state, prefix, error);
	return error == NULL;
}

/* Connect to base_url, and to login_url if the user mapping needs it. */
static void
check_connections(CheckState *state)
{
	if (!state->server)
	{
		add_skipped_connect_rows(state, "", "the configuration is not usable");
		add_skipped_connect_rows(state, "login ", "the configuration is not usable");
		return;
	}
	state->is_reachable = check_connection(state, "", state->server->base_url);
	if (state->auth && !pca_token_cache_signs_in(state->auth))
		add_skipped_connect_rows(state, "login ", "the user mapping has an access token");
	else
		(void) check_connection(state, "login ", state->server->login_url);
}

/* ---- the token ---- */

/* The step "client credential". */
static void
read_client_credential(CheckState *state)
{
	PcaCheckText text = pca_check_credentials_client(state->server);

	state->detail = text.detail;
	state->hint = text.hint;
}

/* The step "refresh token"; the detail is NULL if there is none. */
static void
read_refresh_token(CheckState *state)
{
	PcaCheckText text = pca_check_credentials_refresh_token(state->server);

	state->detail = text.detail;
	state->hint = text.hint;
}

/* Add the rows of the credentials that tokens are requested with. */
static void
check_credentials(CheckState *state)
{
	const char *reason = !state->auth ? "the configuration is not usable" :
		!pca_token_cache_signs_in(state->auth) ? "the user mapping has an access token" : NULL;

	if (reason)
	{
		add_skipped_row(state, "client credential", reason);
		add_skipped_row(state, "refresh token", reason);
		return;
	}
	(void) perform_step(state, "client credential", read_client_credential);
	if (!pca_token_cache_is_app_only(state->auth))
		(void) perform_step(state, "refresh token", read_refresh_token);
	else
	{
		add_skipped_row(state, "refresh token", "the user mapping has none");
		read_refresh_token(state);
		((CheckRow *) llast(state->rows))->hint = state->hint;
	}
}

/* The step "token": request an access token, unless the sessions have one. */
static void
obtain_token(CheckState *state)
{
	PcaExchangeSession *session = pca_exchange_begin(state->step_context, state->server, GetUserId());
	PcaTokenCache *auth;
	PcaJwtClaims claims;
	PcaCheckText text;

	pca_exchange_await_token(session);
	auth = pca_exchange_credentials(session);
	if (!pca_token_cache_claims(auth, &claims))
	{
		state->detail = pca_check_credentials_token_detail(auth, "The session has a token. Its claims cannot be read.");
		if (pca_token_cache_is_app_only(auth))
			state->hint = psprintf("The token is the application's own, and the analytics resources refuse it. Sign in: SELECT * FROM pc_analytics_sign_in(%s).",
								   quote_literal_cstr(state->server->name));
		return;
	}
	text = pca_check_credentials_token(state->server, &claims);
	state->detail = pca_check_credentials_token_detail(auth, text.detail);
	state->hint = text.hint;
	if (claims.expires >= 0 && claims.expires < (int64) time(NULL))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the token has expired"),
				 errdetail("%s", state->detail),
				 errhint("Store a new access token in the user mapping, or better sign in with pc_analytics_sign_in().")));
}

static void
check_token(CheckState *state)
{
	if (!state->auth)
		add_skipped_row(state, "token", "the configuration is not usable");
	else
		state->has_token = perform_step(state, "token", obtain_token)->outcome == CHECK_OK;
}

/* ---- the resources ---- */

/* A table of the current resource that is not in the catalog. */
static PcaTable *
make_check_table(const CheckState *state)
{
	PcaTable   *table = palloc0(sizeof(PcaTable));

	table->name = pstrdup(state->resource->name);
	table->server = state->server;
	table->resource = state->resource;
	table->path = state->resource->path;
	table->other_path = state->resource->other_path;
	table->path_has_customer = pca_resource_path_has_customer(table->path);
	table->page_size = 1;
	table->max_rows = -1;
	table->rows = -1;
	table->known = state->server->known;
	return table;
}

/*
 * Yesterday in UTC, as YYYY-MM-DD: the newest day that the API knows, wherever
 * the server is.
 */
static char *
format_yesterday(void)
{
	char	   *day = palloc(sizeof("2018-10-14") + 32);
	time_t		then = time(NULL) - SECS_PER_DAY;
	struct tm	utc;

	gmtime_r(&then, &utc);
	sprintf(day, "%04d-%02d-%02d", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday);
	return day;
}

/* The requests for one row of the current resource. */
static List *
make_check_requests(const CheckState *state, const PcaTable *table)
{
	PcaRequestPlan plan = {.limit = 1};
	List	   *requests;

	if (table->path_has_customer)
		requests = list_make1(pca_request_for_customer(&plan, table, state->customer));
	else
		requests = pca_request_render(&plan, table, NULL);
	if (state->resource->history)
		requests = pca_request_for_days(requests, list_make1(format_yesterday()));
	return requests;
}

/* Keep the customer of an item, for the resources that are read by customer. */
static void
remember_customer(CheckState *state, const PcaItem *item)
{
	PcaJson    *json = pca_json_create(state->step_context);
	const PcaField *field = pca_resource_field_by_role(state->resource, PCA_ROLE_LISTED_CUSTOMER);
	const char *reason;
	const PcaJsonValue *customer = pca_json_parse_lenient(json, item->data, item->length,
														  PCA_CHECK_CUSTOMER_DEPTH, &reason);
	const PcaJsonValue *repeated = NULL;
	const PcaJsonValue *id = customer ? pca_json_only_member(customer, field->name, &repeated) : NULL;
	const char *text = id ? pca_json_text(json, id) : NULL;

	/* it becomes part of a path, so it must be a GUID and nothing else */
	if (text && !repeated && pca_guid_is_valid(text))
		state->customer = MemoryContextStrdup(state->context, text);
}

/* The step of a resource: fetch one row. */
static void
fetch_resource_row(CheckState *state)
{
	MemoryContext caller = MemoryContextSwitchTo(state->step_context);
	PcaTable   *table = make_check_table(state);
	PcaFetch   *fetch = pca_fetch_begin(state->step_context, table, GetUserId(),
										make_check_requests(state, table));
	const PcaRequest *request;
	const PcaRequestLogEntry *entry;
	PcaItem		item;
	bool		has_row = pca_fetch_next(fetch, true, &item, &request) == PCA_FETCH_ITEM;

	MemoryContextSwitchTo(caller);
	if (has_row && state->resource->lists_customers)
		remember_customer(state, &item);
	pca_fetch_end(fetch);
	entry = pca_request_log_entry(0, GetUserId());
	state->detail = psprintf("HTTP status %d, %s, from %s.", entry->status,
							 has_row ? "a row" : "no rows", entry->url);
}

/* Returns true if the API's last response denied access. */
static bool
is_last_response_denied(void)
{
	const PcaRequestLogEntry *entry = pca_request_log_entry(0, GetUserId());

	return entry && entry->status == 403;
}

static void
check_resource_rows(CheckState *state, const PcaResource *resource)
{
	state->resource = resource;
	if (!state->server || !state->auth)
		add_skipped_row(state, resource->name, "the configuration is not usable");
	else if (!state->is_reachable)
		add_skipped_row(state, resource->name, "there is no connection to base_url");
	else if (!state->has_token)
		add_skipped_row(state, resource->name, "there is no token");
	else if (pca_resource_path_field(resource) && !state->customer)
		add_skipped_row(state, resource->name, "no customer is known");
	else
	{
		CheckRow   *row = perform_step(state, resource->name, fetch_resource_row);

		row->is_resource = true;
		row->is_denied = row->outcome == CHECK_FAILED && is_last_response_denied();
	}
}

/* Check all resources; those that are read by customer last, when one is known. */
static void
check_all_resources(CheckState *state)
{
	const PcaResource *resource;

	for (int i = 0; (resource = pca_resource_at(i)) != NULL; i++)
	{
		if (!pca_resource_path_field(resource))
			check_resource_rows(state, resource);
	}
	for (int i = 0; (resource = pca_resource_at(i)) != NULL; i++)
	{
		if (pca_resource_path_field(resource))
			check_resource_rows(state, resource);
	}
}

Datum
pc_analytics_check(PG_FUNCTION_ARGS)
{
	CheckState	state = {.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo};
	MemoryContext caller;

	state.serverid = pca_option_find_server(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	InitMaterializedSRF(fcinfo, 0);
	state.context = AllocSetContextCreate(CurrentMemoryContext, "pc_analytics_fdw check",
										  ALLOCSET_DEFAULT_SIZES);
	state.step_context = AllocSetContextCreate(state.context, "pc_analytics_fdw check step",
											   ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(state.context);
	compare_versions(&state);
	(void) perform_step(&state, "configuration", read_configuration);
	check_connections(&state);
	check_credentials(&state);
	check_token(&state);
	check_all_resources(&state);
	put_rows(&state);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(state.context);
	return (Datum) 0;
}
