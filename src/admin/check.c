/*
 * check.c
 *		What is wrong between a server and its rows?
 *
 * Each step is done by the rooms that a scan uses, so that what is said here is
 * what a scan meets; but each is tried once.  A step that fails is a row like
 * any other, and those that need it are skipped, with a row each.
 */
#include "postgres.h"

#include <time.h>

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "admin/attempt.h"
#include "admin/check.h"
#include "admin/contact.h"
#include "config/url.h"
#include "guid.h"
#include "http/http.h"
#include "http/http_error.h"
#include "http/pollset.h"
#include "http/request_log.h"
#include "json/json.h"
#include "request/request.h"
#include "scan/exchange.h"
#include "scan/fetch.h"

#define CHECK_COLUMNS		5

/* A certificate that ends sooner, in days, is worth a hint: time to renew it. */
#define PCA_CERTIFICATE_SOON	14

/* How deep a customer may be nested. */
#define PCA_CUSTOMER_DEPTH	64

PG_FUNCTION_INFO_V1(pc_analytics_check);

/* One examination. */
typedef struct Doctor
{
	ReturnSetInfo *result;
	MemoryContext context;		/* of the examination */
	MemoryContext step;			/* of one step; its reset ends what is open */
	Oid			serverid;
	PcaServer  *server;			/* NULL: its options are no good */
	PcaTokenCache *auth;		/* NULL: its user mapping is none */
	bool		reachable;		/* base_url was */
	bool		has_token;
	char	   *customer;		/* one of the partner's, or NULL */

	/* the step at hand */
	int64		began;
	const char *url;			/* to connect to */
	PcaContact	contact;
	const PcaResource *resource;
	char	   *detail;
	const char *hint;
} Doctor;

/* ---- rows ---- */

/* How a step went. */
typedef enum Outcome
{
	STEP_OK,
	STEP_FAILED,
	STEP_SKIPPED				/* nothing was done */
} Outcome;

static Datum
interval_of(double ms)
{
	Interval   *elapsed = palloc0(sizeof(Interval));

	elapsed->time = (TimeOffset) (ms * 1000.0);
	return IntervalPGetDatum(elapsed);
}

static void
put(Doctor *doctor, const char *step, Outcome outcome, double ms,
	const char *detail, const char *hint)
{
	Datum		values[CHECK_COLUMNS] = {0};
	bool		nulls[CHECK_COLUMNS] = {0};

	values[0] = CStringGetTextDatum(step);
	values[1] = BoolGetDatum(outcome == STEP_OK);
	nulls[1] = outcome == STEP_SKIPPED;
	values[2] = interval_of(ms);
	nulls[2] = outcome == STEP_SKIPPED;
	values[3] = CStringGetTextDatum(detail);
	nulls[4] = hint == NULL;
	if (hint)
		values[4] = CStringGetTextDatum(hint);
	tuplestore_putvalues(doctor->result->setResult, doctor->result->setDesc, values, nulls);
}

static void
skip(Doctor *doctor, const char *step, const char *why)
{
	put(doctor, step, STEP_SKIPPED, 0, psprintf("Skipped: %s.", why), NULL);
}

/* Do something that may fail, in the current memory context; the error, or NULL. */
static ErrorData *
try(Doctor *doctor, void (*body) (void *doctor))
{
	ErrorData  *error;

	MemoryContextReset(doctor->step);
	doctor->detail = NULL;
	doctor->hint = NULL;
	doctor->began = pca_pollset_now();
	error = pca_attempt_run(body, doctor);
	MemoryContextReset(doctor->step);
	return error;
}

/* Do a step and put its row; true when it went well. */
static bool
do_step(Doctor *doctor, const char *step, void (*body) (void *doctor))
{
	ErrorData  *error = try(doctor, body);
	double		ms = pca_pollset_now() - doctor->began;

	if (error)
		put(doctor, step, STEP_FAILED, ms, pca_attempt_error_text(error), error->hint);
	else
		put(doctor, step, STEP_OK, ms, doctor->detail, doctor->hint);
	return error == NULL;
}

/* ---- configuration ---- */

static const char *
flow_text(const PcaTokenCache *auth)
{
	if (!pca_token_cache_signs_in(auth))
		return "an access token";
	return pca_token_cache_is_app_only(auth) ? "a client secret" : "a refresh token";
}

static void
read_configuration(void *arg)
{
	Doctor	   *doctor = arg;

	doctor->server = pca_option_server(doctor->serverid);
	doctor->server->max_retries = 0;
	doctor->auth = pca_token_cache_open(doctor->server, GetUserId());
	doctor->detail = psprintf("base_url %s, login_url %s%s%s; the user mapping for \"%s\" has %s.",
							  doctor->server->base_url, doctor->server->login_url,
							  doctor->server->proxy ? ", proxy " : "",
							  doctor->server->proxy ? doctor->server->proxy : "",
							  GetUserNameFromId(GetUserId(), false), flow_text(doctor->auth));
}

/* ---- connections ---- */

/* Connect to doctor->url, and see how far that goes. */
static void
look(void *arg)
{
	Doctor	   *doctor = arg;
	PcaHttpSession wire = {0};
	PcaTransfer *transfer;

	pca_exchange_begin(&wire, doctor->step, doctor->server, GetUserId(),
					   psprintf("could not connect to %s", doctor->url));
	wire.auth = doctor->auth;
	transfer = pca_exchange_connect_only(&wire, doctor->url);
	while (pca_transfer_state(transfer) == PCA_TRANSFER_RUNNING)
		pca_http_wait(wire.http, -1);
	pca_contact_read(transfer, &doctor->contact);
	if (pca_transfer_state(transfer) == PCA_TRANSFER_FAILED)
		pca_http_error_raise_transfer(wire.what, transfer, "", 1);
}

/* Somebody else's text, printable. */
static const char *
shown(const char *text)
{
	return text ? pca_http_error_text(text, strlen(text), PCA_HTTP_ERROR_EXCERPT_MAX) : "unknown";
}

/* A hint when a certificate ends soon. */
static const char *
certificate_hint(const PcaContact *contact)
{
	int64		ends = contact->expires ? pca_http_date(contact->expires) : -1;
	int64		days = (ends - (int64) time(NULL)) / SECS_PER_DAY;

	if (ends < 0 || days >= PCA_CERTIFICATE_SOON)
		return NULL;
	return psprintf("The certificate ends in " INT64_FORMAT " days.", days);
}

/* What is said of a connection's step that went well. */
static char *
step_text(const Doctor *doctor, PcaContactStep step)
{
	const PcaContact *contact = &doctor->contact;
	const char *whose = doctor->server->proxy ? "The proxy" : pca_url_host(doctor->url);

	if (step == PCA_CONTACT_ADDRESS)
		return psprintf("%s has the address %s.", whose, shown(contact->address));
	if (step == PCA_CONTACT_TCP)
		return psprintf("%s answers.", whose);
	return psprintf("Certificate of \"%s\", issued by \"%s\", valid until %s; %d shown.",
					shown(contact->subject), shown(contact->issuer),
					shown(contact->expires), contact->certificates);
}

static void
put_contact(Doctor *doctor, const char *prefix, const ErrorData *error)
{
	static const char *const names[] = {"address", "TCP", "TLS"};
	const PcaContact *contact = &doctor->contact;

	for (int i = 0; i < PCA_CONTACT_NSTEPS; i++)
	{
		char	   *step = psprintf("%s%s", prefix, names[i]);

		if (error && i > (int) contact->reached)
			skip(doctor, step, "there is no connection");
		else if (error && i == (int) contact->reached)
			put(doctor, step, STEP_FAILED, contact->ms[i], pca_attempt_error_text(error), error->hint);
		else if (i == PCA_CONTACT_TLS && pca_url_is_plain_http(doctor->url))
			skip(doctor, step, "plain http is spoken");
		else
			put(doctor, step, STEP_OK, contact->ms[i], step_text(doctor, i),
				i == PCA_CONTACT_TLS ? certificate_hint(contact) : NULL);
	}
}

/* The three rows of a connection that is not made. */
static void
skip_contact(Doctor *doctor, const char *prefix, const char *why)
{
	skip(doctor, psprintf("%saddress", prefix), why);
	skip(doctor, psprintf("%sTCP", prefix), why);
	skip(doctor, psprintf("%sTLS", prefix), why);
}

/* Connect and put the rows; true when a connection was made. */
static bool
check_contact(Doctor *doctor, const char *prefix, const char *url)
{
	ErrorData  *error;

	memset(&doctor->contact, 0, sizeof(PcaContact));
	doctor->url = url;
	error = try(doctor, look);
	put_contact(doctor, prefix, error);
	return error == NULL;
}

static void
check_contacts(Doctor *doctor)
{
	if (!doctor->server)
	{
		skip_contact(doctor, "", "the configuration is not usable");
		skip_contact(doctor, "login ", "the configuration is not usable");
		return;
	}
	doctor->reachable = check_contact(doctor, "", doctor->server->base_url);
	if (doctor->auth && !pca_token_cache_signs_in(doctor->auth))
		skip_contact(doctor, "login ", "the user mapping has an access token");
	else
		(void) check_contact(doctor, "login ", doctor->server->login_url);
}

/* ---- the token ---- */

/* Raise what is wrong with a token, as far as it tells. */
static void
judge_claims(Doctor *doctor, const PcaJwtClaims *claims)
{
	const char *resource = doctor->server->token_resource;

	if (claims->expires >= 0 && claims->expires < (int64) time(NULL))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the token has expired"),
				 errdetail("%s", doctor->detail),
				 errhint("Store a new access token, or better a refresh token, in the user mapping.")));
	if (!doctor->hint && claims->audience && strncmp(claims->audience, resource, strlen(resource)) != 0)
		doctor->hint = psprintf("The token is for another API than option \"token_resource\" says (%s); the resources below tell whether it is accepted.",
								resource);
}

static char *
claims_text(const PcaJwtClaims *claims)
{
	char	   *ends = claims->expires < 0 ? "unknown" :
		pstrdup(timestamptz_to_str(time_t_to_timestamptz((pg_time_t) claims->expires)));

	return psprintf("Audience %s, valid until %s, tenant %s, application %s, %s%s.",
					claims->audience ? claims->audience : "unknown", ends,
					claims->tenant ? claims->tenant : "unknown",
					claims->application ? claims->application : "unknown",
					claims->user ? psprintf("user %s", claims->user) : "no user",
					claims->multi_factor ? " with multi-factor authentication" : "");
}

static void
get_token(void *arg)
{
	Doctor	   *doctor = arg;
	PcaHttpSession wire = {0};
	PcaJwtClaims claims;

	pca_exchange_begin(&wire, doctor->step, doctor->server, GetUserId(), "");
	pca_exchange_await_token(&wire);
	if (pca_token_cache_is_app_only(wire.auth))
		doctor->hint = "The token is the application's own, which the analytics resources refuse: set the user mapping's option \"refresh_token\".";
	if (!pca_token_cache_claims(wire.auth, &claims))
	{
		doctor->detail = "There is a token, which does not tell of itself.";
		return;
	}
	doctor->detail = claims_text(&claims);
	judge_claims(doctor, &claims);
}

static void
check_token(Doctor *doctor)
{
	if (!doctor->auth)
		skip(doctor, "token", "the configuration is not usable");
	else
		doctor->has_token = do_step(doctor, "token", get_token);
}

/* ---- the resources ---- */

/* A table that reads the resource, without being in the catalog. */
static PcaTable *
make_table(const Doctor *doctor)
{
	PcaTable   *table = palloc0(sizeof(PcaTable));

	table->name = pstrdup(doctor->resource->name);
	table->server = doctor->server;
	table->resource = doctor->resource;
	table->path = doctor->resource->path;
	table->other_path = doctor->resource->other_path;
	table->path_has_customer = pca_resource_path_has_customer(table->path);
	table->page_size = 1;
	table->max_rows = -1;
	table->rows = -1;
	table->known = doctor->server->known;
	return table;
}

/* Yesterday, as the API writes days: the newest day that it surely knows. */
static char *
yesterday(void)
{
	char	   *day = palloc(sizeof("2018-10-14") + 32);
	time_t		then = time(NULL) - SECS_PER_DAY;
	struct tm	utc;

	gmtime_r(&then, &utc);
	sprintf(day, "%04d-%02d-%02d", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday);
	return day;
}

/* The requests for one row. */
static List *
make_requests(const Doctor *doctor, const PcaTable *table)
{
	PcaRequestPlan plan = {.limit = 1};
	List	   *requests;

	if (table->path_has_customer)
		requests = list_make1(pca_request_for_customer(&plan, table, doctor->customer));
	else
		requests = pca_request_render(&plan, table, NULL);
	if (doctor->resource->history)
		requests = pca_request_for_days(requests, list_make1(yesterday()));
	return requests;
}

/* Note a customer whom the resources of customers can be asked for. */
static void
note_customer(Doctor *doctor, const PcaItem *item)
{
	PcaJson    *json = pca_json_create(doctor->step);
	const PcaField *field = pca_resource_field_by_role(doctor->resource, PCA_ROLE_LISTED_CUSTOMER);
	const char *fault;
	const PcaJsonValue *customer = pca_json_parse(json, item->data, item->length,
												  PCA_CUSTOMER_DEPTH, &fault);
	const PcaJsonValue *id = customer ? pca_json_member(customer, field->name) : NULL;
	const char *text = id ? pca_json_text(json, id) : NULL;

	/* as it goes into a path, it must be nothing but a GUID */
	if (text && pca_guid_is_valid(text))
		doctor->customer = MemoryContextStrdup(doctor->context, text);
}

static void
ask_resource(void *arg)
{
	Doctor	   *doctor = arg;
	MemoryContext caller = MemoryContextSwitchTo(doctor->step);
	PcaTable   *table = make_table(doctor);
	PcaFetch   *fetch = pca_fetch_begin(doctor->step, table, GetUserId(),
										make_requests(doctor, table));
	const PcaRequest *request;
	const PcaRequestLogEntry *entry;
	PcaItem		item;
	bool		found = pca_fetch_next(fetch, true, &item, &request) == PCA_FETCH_ITEM;

	MemoryContextSwitchTo(caller);
	if (found && doctor->resource->lists_customers)
		note_customer(doctor, &item);
	pca_fetch_end(fetch);
	entry = pca_request_log_entry(0, GetUserId());
	doctor->detail = psprintf("HTTP status %d, %s, from %s.", entry->status,
							  found ? "a row" : "no rows", entry->url);
}

static void
check_resource(Doctor *doctor, const PcaResource *resource)
{
	doctor->resource = resource;
	if (!doctor->server || !doctor->auth)
		skip(doctor, resource->name, "the configuration is not usable");
	else if (!doctor->reachable)
		skip(doctor, resource->name, "there is no connection to base_url");
	else if (!doctor->has_token)
		skip(doctor, resource->name, "there is no token");
	else if (pca_resource_path_field(resource) && !doctor->customer)
		skip(doctor, resource->name, "no customer is known to ask for");
	else
		(void) do_step(doctor, resource->name, ask_resource);
}

/* All resources; those that need a customer last. */
static void
check_resources(Doctor *doctor)
{
	const PcaResource *resource;

	for (int i = 0; (resource = pca_resource_at(i)) != NULL; i++)
	{
		if (!pca_resource_path_field(resource))
			check_resource(doctor, resource);
	}
	for (int i = 0; (resource = pca_resource_at(i)) != NULL; i++)
	{
		if (pca_resource_path_field(resource))
			check_resource(doctor, resource);
	}
}

Datum
pc_analytics_check(PG_FUNCTION_ARGS)
{
	Doctor		doctor = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	MemoryContext caller;

	doctor.serverid = pca_option_find_server(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	InitMaterializedSRF(fcinfo, 0);
	doctor.context = AllocSetContextCreate(CurrentMemoryContext, "pc_analytics_fdw check",
										   ALLOCSET_DEFAULT_SIZES);
	doctor.step = AllocSetContextCreate(doctor.context, "pc_analytics_fdw step",
										ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(doctor.context);
	(void) do_step(&doctor, "configuration", read_configuration);
	check_contacts(&doctor);
	check_token(&doctor);
	check_resources(&doctor);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(doctor.context);
	return (Datum) 0;
}
