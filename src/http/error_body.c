/*
 * error_body.c
 *		Reads the JSON body of an error response.
 *
 * The API, its gateways and the frameworks behind them have many forms: the API's
 * own {code, description, data}, OData's {error: {code, message, innererror,
 * details}}, ASP.NET's {Message, ExceptionMessage, InnerException, ModelState},
 * RFC 9457's {title, detail, errors}, OAuth's {error, error_description}.  So the
 * code and the main text are searched for by name, and every other text is shown
 * with the path of its member.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/formatting.h"

#include "http/error_body.h"
#include "http/http_error.h"
#include "json/json.h"

/* The deepest nesting of an error body; inner exceptions are some levels deep. */
#define PCA_ERROR_BODY_DEPTH	32

/* Members that are shown beside code and description, and their total size. */
#define PCA_ERROR_BODY_MEMBERS	32
#define PCA_ERROR_BODY_SIZE		4096

/* Characters of a member's path that are shown. */
#define PCA_ERROR_BODY_PATH		128

/* Members that hold the error itself. */
static const char *const error_keys[] = {"error", "odata.error", "fault", "errorResponse"};

static const char *const code_keys[] = {"code", "error", "errorCode", "statusCode"};

static const char *const description_keys[] = {
	"description", "message", "error_description", "errorMessage", "detail", "title"
};

/* Members that only programs use. */
static const char *const ignored_keys[] = {
	"stackTrace", "stack", "stackTraceString", "remoteStackTraceString", "callStack", "source",
	"HResult", "helpLink", "helpURL", "lang", "@odata.context"
};

/* Words in the keys of secrets. */
static const char *const secret_words[] = {"token", "secret", "password", "assertion"};

/* State of a walk over the members of a body. */
typedef struct MemberWalk
{
	const PcaTransfer *transfer;
	PcaJson    *json;
	const PcaJsonValue *skipped[3]; /* shown elsewhere */
	char	   *status;			/* of HTTP, which is known */
	StringInfoData out;
	int			members;		/* in out */
} MemberWalk;

/* Returns a text of the body, bounded, printable and redacted. */
static char *
quote_body_text(const PcaTransfer *transfer, const char *utf8, int limit)
{
	return pca_http_error_quote(transfer, utf8, strlen(utf8), limit);
}

/*
 * Returns the first of these members that has text: a scalar, or OData's object of
 * a language and a value.
 */
static const PcaJsonValue *
find_text(PcaJson *json, const PcaJsonValue *object, const char *const *keys, int nkeys)
{
	for (int i = 0; i < nkeys; i++)
	{
		const PcaJsonValue *member = pca_json_member(object, keys[i]);
		const char *text;

		if (member && pca_json_kind(member) == PCA_JSON_OBJECT)
			member = pca_json_member(member, "value");
		text = member ? pca_json_text(json, member) : NULL;
		if (text && text[0] != '\0')
			return member;
	}
	return NULL;
}

/* Returns the object that is the error, which other members may stand around. */
static const PcaJsonValue *
find_error_object(const PcaJsonValue *root)
{
	if (pca_json_kind(root) == PCA_JSON_ARRAY && pca_json_first(root))
		root = pca_json_first(root);
	for (int i = 0; i < (int) lengthof(error_keys); i++)
	{
		const PcaJsonValue *inner = pca_json_member(root, error_keys[i]);

		if (inner && pca_json_kind(inner) == PCA_JSON_OBJECT)
			return inner;
	}
	return root;
}

/* Returns true if members of that key are not shown. */
static bool
is_ignored_key(const char *key)
{
	for (int i = 0; i < (int) lengthof(ignored_keys); i++)
	{
		if (pca_json_same_key(key, ignored_keys[i]))
			return true;
	}
	return false;
}

/*
 * Returns true if a member may be a secret, which an error body has no reason to
 * contain: its key says so, and it is not a sentence.
 */
static bool
may_be_secret(const char *path, const char *text)
{
	char	   *folded = asc_tolower(path, strlen(path));
	bool		found = false;

	for (int i = 0; i < (int) lengthof(secret_words); i++)
		found |= strstr(folded, secret_words[i]) != NULL;
	pfree(folded);
	return found && !strchr(text, ' ');
}

/* Append a scalar, unless its text has been appended before. */
static void
append_member(MemberWalk *walk, const char *path, const PcaJsonValue *value)
{
	const char *text = pca_json_text(walk->json, value);
	char	   *quoted;

	if (!text || text[0] == '\0' || pca_json_kind(value) == PCA_JSON_BOOLEAN ||
		strcmp(text, "about:blank") == 0 || strcmp(text, walk->status) == 0 ||
		may_be_secret(path, text))
		return;
	if (walk->members >= PCA_ERROR_BODY_MEMBERS || walk->out.len >= PCA_ERROR_BODY_SIZE)
		return;
	quoted = psprintf("\"%s\"", quote_body_text(walk->transfer, text, PCA_HTTP_ERROR_TEXT_MAX));
	if (walk->members > 0 && strstr(walk->out.data, quoted))
		return;
	appendStringInfo(&walk->out, "%s%s%s%s", walk->members > 0 ? ", " : "",
					 quote_body_text(walk->transfer, path, PCA_ERROR_BODY_PATH),
					 path[0] ? " " : "", quoted);
	walk->members++;
}

/* Append every scalar in a value, which has that path. */
static void
append_members(MemberWalk *walk, const char *path, const PcaJsonValue *value)
{
	check_stack_depth();
	for (int i = 0; i < (int) lengthof(walk->skipped); i++)
	{
		if (value == walk->skipped[i])
			return;
	}
	if (pca_json_kind(value) != PCA_JSON_ARRAY && pca_json_kind(value) != PCA_JSON_OBJECT)
	{
		append_member(walk, path, value);
		return;
	}
	for (const PcaJsonValue *member = pca_json_first(value); member; member = pca_json_next(member))
	{
		const char *key = pca_json_key(member);

		if (!key)
			append_members(walk, path, member);
		else if (!is_ignored_key(key))
			append_members(walk, path[0] ? psprintf("%s.%s", path, key) : key, member);
	}
}

/* Returns the other members of the error, and those that stand around it; or NULL. */
static char *
read_others(MemberWalk *walk, const PcaJsonValue *root, const PcaJsonValue *error)
{
	initStringInfo(&walk->out);
	append_members(walk, "", error);
	walk->skipped[2] = error;
	append_members(walk, "", root);
	return walk->members > 0 ? walk->out.data : NULL;
}

bool
pca_error_body_read(const PcaTransfer *transfer, const char *data, size_t length,
					PcaErrorBody *body)
{
	PcaJson    *json = pca_json_create(CurrentMemoryContext);
	const char *reason;
	const PcaJsonValue *root = pca_json_parse_lenient(json, data, length, PCA_ERROR_BODY_DEPTH, &reason);
	const PcaJsonValue *error;
	const PcaJsonValue *code;
	const PcaJsonValue *description;
	MemberWalk	walk = {.transfer = transfer,.json = json};

	memset(body, 0, sizeof(PcaErrorBody));
	if (!root)
		return false;
	error = find_error_object(root);
	code = find_text(json, error, code_keys, lengthof(code_keys));
	description = pca_json_kind(root) == PCA_JSON_STRING ? root :
		find_text(json, error, description_keys, lengthof(description_keys));
	if (code)
		body->code = quote_body_text(transfer, pca_json_text(json, code), PCA_HTTP_ERROR_TEXT_MAX);
	if (description)
		body->description = quote_body_text(transfer, pca_json_text(json, description),
											PCA_HTTP_ERROR_TEXT_MAX);
	walk.status = psprintf("%d", pca_transfer_status(transfer));
	walk.skipped[0] = code;
	walk.skipped[1] = description;
	body->others = read_others(&walk, root, error);
	return body->code || body->description || body->others;
}
