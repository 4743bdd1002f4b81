/*
 * probe_query.c
 *		Single small requests to a resource, with their whole responses.
 *
 * A query is sent like a page of a scan: by exchange.c and page_fetch.c, with
 * the same token, retries and limits.
 */
#include "postgres.h"

#include "common/string.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "admin/probe_query.h"
#include "config/url.h"
#include "json/json.h"
#include "scan/exchange.h"
#include "scan/page_fetch.h"

/*
 * The most bytes of a URL beside its filter: base URL, path, and the fields of
 * a groupby.
 */
#define PCA_PROBE_URL_REST		512

/* The deepest nesting of a row; the documented ones are flat. */
#define PCA_PROBE_ROW_DEPTH	64

struct PcaProbe
{
	MemoryContext context;
	const PcaResource *resource;
	PcaExchangeSession *session;
	PcaPageFetch *page_fetch;
	PcaJson    *json;
	int			request_count;
	bool		other_path;		/* use the resource's other_path */
	bool		path_is_known;	/* a page came from one of the two paths */
};

PcaProbe *
pca_probe_query_begin(MemoryContext context, const PcaServer *server, Oid userid,
					  const PcaResource *resource)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	PcaProbe   *probe = palloc0(sizeof(PcaProbe));

	probe->context = context;
	probe->resource = resource;
	probe->session = pca_exchange_begin(context, server, userid);
	pca_exchange_set_resource(probe->session, resource->name);
	pca_exchange_limit_requests(probe->session, "*", Max(server->max_requests_per_minute, 0));
	probe->page_fetch = pca_page_fetch_create(context, probe->session);
	probe->json = pca_json_create(context);
	MemoryContextSwitchTo(caller);
	return probe;
}

/* ---- rows ---- */

/* The text of a field in an item, by its name or its alias; palloc'd, or NULL. */
static const char *
copy_field_text(PcaProbe *probe, const PcaJsonValue *item, const PcaField *field)
{
	const PcaJsonValue *repeated;
	const PcaJsonValue *member = pca_json_only_member(item, field->name, &repeated);
	const PcaJsonValue *other = NULL;
	const char *text;

	if (field->alias && !repeated)
		other = pca_json_only_member(item, field->alias, &repeated);
	if (repeated || (member && other && member != other))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
				 errmsg("a row in the API's response cannot be read: it has %s twice", field->name)));
	if (!member)
		member = other;
	text = member ? pca_json_text(probe->json, member) : NULL;
	return text ? pstrdup(text) : NULL;
}

/* Add an item to the response's rows. */
static void
append_probe_row(PcaProbe *probe, PcaProbeResponse *response, const PcaItem *item)
{
	const PcaResource *resource = probe->resource;
	PcaProbeRow *row = palloc(sizeof(PcaProbeRow));
	const char *reason;
	const PcaJsonValue *object = pca_json_parse_lenient(probe->json, item->data, item->length,
														PCA_PROBE_ROW_DEPTH, &reason);

	if (!object)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
				 errmsg("a row in the API's response cannot be read: %s", reason)));
	row->texts = palloc0(sizeof(char *) * resource->nfields);
	for (int i = 0; i < resource->nfields; i++)
		row->texts[i] = copy_field_text(probe, object, &resource->fields[i]);
	response->rows = lappend(response->rows, row);
}

/* ---- queries ---- */

/* The URL of a query, with one of the resource's two paths; palloc'd. */
static char *
make_probe_url(const PcaProbe *probe, const PcaProbeQuery *query, bool other_path)
{
	const PcaResource *resource = probe->resource;
	PcaRequest	request = {
		.path = resource->path,.other_path = resource->other_path,
		.filter = query->filter,.groupby = query->groupby,
		.snapshot = query->snapshot,.paged = true
	};

	return pca_request_url(&request, pca_exchange_server(probe->session)->base_url, other_path,
						   query->top, query->skip);
}

/* Fill in the response from the page's envelope. */
static void
read_probe_envelope(const PcaProbeQuery *query, const PcaEnvelope *envelope, PcaProbeResponse *response)
{
	response->is_page = true;
	response->nrows = envelope->items;
	response->total_count = envelope->total_count;
	response->has_next_link = envelope->next_link_seen;
	response->next_link = envelope->next_link ? pstrdup(envelope->next_link) : NULL;
	response->is_complete = response->nrows < query->top && !response->next_link;
}

/* Fetch a page up to its end, or to its HTTP error. */
static void
fetch_probe_page(PcaProbe *probe, const PcaProbeQuery *query, PcaProbeResponse *response)
{
	static const PcaDigest no_digest = {0};
	PcaItem		item;

	for (;;)
	{
		pca_exchange_reset_wakeup(probe->session);
		switch (pca_page_fetch_advance(probe->page_fetch, &no_digest, &item))
		{
			case PCA_PAGE_FETCH_ITEM:
				if (!query->count_only)
					append_probe_row(probe, response, &item);
				break;
			case PCA_PAGE_FETCH_END:
				read_probe_envelope(query, pca_page_fetch_envelope(probe->page_fetch), response);
				return;
			case PCA_PAGE_FETCH_HTTP_ERROR:
				response->http_status = pca_page_fetch_http_error(probe->page_fetch)->status;
				response->error = pstrdup(pca_page_fetch_http_error(probe->page_fetch)->detail);
				return;
			case PCA_PAGE_FETCH_CONTINUE:
				break;
			case PCA_PAGE_FETCH_BLOCKED:
				pca_exchange_wait(probe->session);
				break;
		}
	}
}

/* Send a query with one of the resource's two paths. */
static PcaProbeResponse *
send_query_by_path(PcaProbe *probe, const PcaProbeQuery *query, bool other_path)
{
	PcaProbeResponse *response = palloc0(sizeof(PcaProbeResponse));
	char	   *url = make_probe_url(probe, query, other_path);

	if (strlen(url) > (size_t) pca_exchange_server(probe->session)->max_url_length)
	{
		response->error = "The request does not fit into the URL.";
		return response;
	}
	probe->request_count++;
	pca_page_fetch_begin_page(probe->page_fetch, url, NULL,
							  probe->resource->bare_object ? PCA_PAGE_BARE_OBJECT : 0);
	pca_page_fetch_ignore_next_link(probe->page_fetch);
	fetch_probe_page(probe, query, response);
	return response;
}

PcaProbeResponse *
pca_probe_query_send(PcaProbe *probe, const PcaProbeQuery *query)
{
	MemoryContext caller = MemoryContextSwitchTo(probe->context);
	bool		other_path = probe->other_path != query->other_path;
	PcaProbeResponse *response = send_query_by_path(probe, query, other_path);

	/*
	 * until a page has come from the first path, the documented other one may
	 * be right
	 */
	if (response->http_status == 404 && !probe->path_is_known && !query->other_path &&
		probe->resource->other_path)
	{
		probe->other_path = true;
		response = send_query_by_path(probe, query, true);
	}
	probe->path_is_known |= response->is_page;
	MemoryContextSwitchTo(caller);
	return response;
}

void
pca_probe_query_raise(PcaProbe *probe)
{
	pca_page_fetch_raise_error(probe->page_fetch, NULL);
}

const char *
pca_probe_query_refused_reason(const PcaProbeResponse *response)
{
	return psprintf("Not measurable: the API refused the request. %s", response->error);
}

int
pca_probe_query_request_count(const PcaProbe *probe)
{
	return probe->request_count;
}

bool
pca_probe_query_other_path(const PcaProbe *probe)
{
	return probe->other_path;
}

const PcaResource *
pca_probe_query_resource(const PcaProbe *probe)
{
	return probe->resource;
}

const PcaServer *
pca_probe_query_server(const PcaProbe *probe)
{
	return pca_exchange_server(probe->session);
}

const char *
pca_probe_query_text(const PcaProbe *probe, const PcaProbeRow *row,
					 const PcaField *field)
{
	return row->texts[field - probe->resource->fields];
}

char *
pca_probe_query_condition(const PcaField *field, PcaOperator op, const char *value)
{
	PcaValue   *literal = palloc0(sizeof(PcaValue));

	literal->text = value;
	return pca_filter_expr_text(pca_filter_expr_compare(field->name, op, PCA_LITERAL_STRING,
														PCA_GUIDS_UNKNOWN, list_make1(literal)));
}

bool
pca_probe_query_can_send(const char *value)
{
	return GetDatabaseEncoding() == PG_UTF8 || pg_is_ascii(value);
}

char *
pca_probe_query_row_filter(const PcaProbe *probe, const PcaProbeRow *row)
{
	const PcaResource *resource = probe->resource;
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < resource->nfields; i++)
	{
		const PcaField *field = &resource->fields[i];
		const char *text = row->texts[i];

		if (!text || !(field->operators & PCA_OP_EQ) || !pca_probe_query_can_send(text) ||
			(field->type != PCA_TYPE_TEXT && field->type != PCA_TYPE_UUID))
			continue;
		appendStringInfo(&out, "%s%s", out.len > 0 ? " and " : "",
						 pca_probe_query_condition(field, PCA_OP_EQ, text));
	}
	if (out.len == 0 || pca_url_encoded_length(out.data) + PCA_PROBE_URL_REST >
		(size_t) pca_exchange_server(probe->session)->max_url_length)
		return NULL;
	return out.data;
}
