/*
 * probe_query.c
 *		What does the API answer to one small question?
 *
 * It is asked like a scan's page: by exchange.c and page_fetch.c, with the same
 * token, retries and limits.
 */
#include "postgres.h"

#include "common/string.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "admin/probe_query.h"
#include "config/url.h"
#include "http/http.h"
#include "http/pollset.h"
#include "json/json.h"
#include "scan/exchange.h"
#include "scan/page_fetch.h"

/*
 * What a URL has beside its filter, at most, in bytes: base URL, path, and the
 * fields of a groupby.
 */
#define PCA_URL_REST		512

/* How deep a row may be nested; the documented ones are flat. */
#define PCA_ANSWER_DEPTH	64

struct PcaProbe
{
	MemoryContext context;
	const PcaResource *resource;
	PcaHttpSession wire;
	PcaPageFetch *pull;
	PcaJson    *json;
	int			count;
	bool		other_path;
	bool		path_known;		/* one of them has answered */
};

PcaProbe *
pca_probe_query_begin(MemoryContext context, const PcaServer *server, Oid userid,
					  const PcaResource *resource)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	PcaProbe   *questioner = palloc0(sizeof(PcaProbe));

	questioner->context = context;
	questioner->resource = resource;
	pca_exchange_begin(&questioner->wire, context, server, userid,
					   psprintf("could not question resource \"%s\"", resource->name));
	questioner->wire.per_minute = Max(server->max_requests_per_minute, 0);
	questioner->pull = pca_page_fetch_create(context, &questioner->wire, resource->bare_object);
	questioner->json = pca_json_create(context);
	MemoryContextSwitchTo(caller);
	return questioner;
}

/* ---- rows ---- */

/* The text of the field in an item, by its name or the other spelling. */
static const char *
item_text(PcaProbe *questioner, const PcaJsonValue *item, const PcaField *field)
{
	const PcaJsonValue *member = pca_json_member(item, field->name);
	const char *text;

	if (!member && field->alias)
		member = pca_json_member(item, field->alias);
	text = member ? pca_json_text(questioner->json, member) : NULL;
	return text ? pstrdup(text) : NULL;
}

static void
keep_row(PcaProbe *questioner, PcaProbeResponse *answer, const PcaItem *item)
{
	const PcaResource *resource = questioner->resource;
	PcaProbeRow *row = palloc(sizeof(PcaProbeRow));
	const char *fault;
	const PcaJsonValue *object = pca_json_parse(questioner->json, item->data, item->length,
												PCA_ANSWER_DEPTH, &fault);

	if (!object)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
				 errmsg("%s: a row cannot be read: %s", questioner->wire.what, fault)));
	row->texts = palloc0(sizeof(char *) * resource->nfields);
	for (int i = 0; i < resource->nfields; i++)
		row->texts[i] = item_text(questioner, object, &resource->fields[i]);
	answer->rows = lappend(answer->rows, row);
}

/* ---- asking ---- */

/* The URL of the question's page, by one of the path forms. */
static char *
make_url(const PcaProbe *questioner, const PcaProbeQuery *question, bool other_path)
{
	const PcaResource *resource = questioner->resource;
	PcaRequest	request = {
		.path = resource->path,.other_path = resource->other_path,
		.filter = question->filter,.groupby = question->groupby,
		.snapshot = question->snapshot,.paged = true
	};

	return pca_request_url(&request, questioner->wire.server->base_url, other_path,
						   question->top, question->skip);
}

/* Take what the page's envelope says. */
static void
take_envelope(const PcaProbeQuery *question, const PcaEnvelope *envelope, PcaProbeResponse *answer)
{
	answer->good = true;
	answer->nrows = envelope->items;
	answer->total_count = envelope->total_count;
	answer->link_seen = envelope->next_link_seen;
	answer->link = envelope->next_link ? pstrdup(envelope->next_link) : NULL;
	answer->whole = answer->nrows < question->top && !answer->link;
}

/* Let a page come to its end, or be refused. */
static void
pull_page(PcaProbe *questioner, const PcaProbeQuery *question, PcaProbeResponse *answer)
{
	static const PcaDigest nothing = {0};
	PcaItem		item;

	for (;;)
	{
		questioner->wire.wake = 0;
		switch (pca_page_fetch_next(questioner->pull, &nothing, &item))
		{
			case PCA_PAGE_FETCH_ITEM:
				if (!question->count_only)
					keep_row(questioner, answer, &item);
				break;
			case PCA_PAGE_FETCH_END:
				take_envelope(question, pca_page_fetch_envelope(questioner->pull), answer);
				return;
			case PCA_PAGE_FETCH_HTTP_ERROR:
				answer->status = pca_page_fetch_http_error(questioner->pull)->status;
				answer->refusal = pstrdup(pca_page_fetch_http_error(questioner->pull)->detail);
				return;
			default:
				pca_exchange_wait(&questioner->wire);
		}
	}
}

/* Ask by one of the path forms. */
static PcaProbeResponse *
ask_form(PcaProbe *questioner, const PcaProbeQuery *question, bool other_path)
{
	PcaProbeResponse *answer = palloc0(sizeof(PcaProbeResponse));
	char	   *url = make_url(questioner, question, other_path);

	if (strlen(url) > (size_t) questioner->wire.server->max_url_length)
	{
		answer->refusal = "The question does not fit into the URL.";
		return answer;
	}
	questioner->count++;
	pca_page_fetch_begin_page(questioner->pull, url, NULL, questioner->wire.what);
	pca_page_fetch_ignore_next_link(questioner->pull);
	pull_page(questioner, question, answer);
	return answer;
}

PcaProbeResponse *
pca_probe_query_send(PcaProbe *questioner, const PcaProbeQuery *question)
{
	MemoryContext caller = MemoryContextSwitchTo(questioner->context);
	bool		other_path = questioner->other_path != question->other_path;
	PcaProbeResponse *answer = ask_form(questioner, question, other_path);

	if (answer->status == 404 && !questioner->path_known && !question->other_path &&
		questioner->resource->other_path)
	{
		questioner->other_path = true;
		answer = ask_form(questioner, question, true);
	}
	questioner->path_known |= answer->good;
	MemoryContextSwitchTo(caller);
	return answer;
}

void
pca_probe_query_raise(PcaProbe *questioner)
{
	pca_page_fetch_raise_error(questioner->pull, NULL);
}

int
pca_probe_query_request_count(const PcaProbe *questioner)
{
	return questioner->count;
}

bool
pca_probe_query_other_path(const PcaProbe *questioner)
{
	return questioner->other_path;
}

const PcaResource *
pca_probe_query_resource(const PcaProbe *questioner)
{
	return questioner->resource;
}

const PcaServer *
pca_probe_query_server(const PcaProbe *questioner)
{
	return questioner->wire.server;
}

const char *
pca_probe_query_text(const PcaProbe *questioner, const PcaProbeRow *row,
					 const PcaField *field)
{
	return row->texts[field - questioner->resource->fields];
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
pca_probe_query_row_filter(const PcaProbe *questioner, const PcaProbeRow *row)
{
	const PcaResource *resource = questioner->resource;
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
	if (out.len == 0 || pca_url_encoded_length(out.data) + PCA_URL_REST >
		(size_t) questioner->wire.server->max_url_length)
		return NULL;
	return out.data;
}
