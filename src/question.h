/*
 * question.h
 *		A small question to a resource, and the whole of its answer.
 *
 * For those who want to know how the API answers rather than its rows: one page
 * a question, nothing concluded from it, and a refusal is an answer.
 */
#ifndef PCA_QUESTION_H
#define PCA_QUESTION_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "compat.h"
#include "option.h"
#include "request.h"

typedef struct PcaQuestioner PcaQuestioner;

/* What is asked. */
typedef struct PcaQuestion
{
	const char *filter;			/* or NULL */
	const char *groupby;		/* or NULL */
	const char *snapshot;		/* a day, or NULL */
	int64		top;
	int64		skip;
	bool		other_path;		/* the other path form, whichever one answers */
	bool		count_only;		/* keep no rows: there may be many */
} PcaQuestion;

/* A row's values as text, by the resource's fields; NULL: null, or no such key. */
typedef struct PcaAnswerRow
{
	const char **texts;
} PcaAnswerRow;

typedef struct PcaAnswer
{
	bool		good;			/* it is a page */
	const char *refusal;		/* else what it says */
	int			status;			/* of a refusal */
	List	   *rows;			/* PcaAnswerRow * */
	int64		nrows;
	int64		total_count;	/* -1: it does not say */
	bool		link_seen;		/* the key was there, even if null */
	const char *link;			/* or NULL */
	bool		whole;			/* fewer rows than were asked for, and no link */
} PcaAnswer;

/*
 * Begin to question a resource (one that takes top and skip) as that user.
 * Lives in that context, with all its answers.
 */
extern PcaQuestioner *pca_question_begin(MemoryContext context, const PcaServer *server,
										 Oid userid, const PcaResource *resource);

/*
 * Ask, and wait for the answer.  Errors: those of the wire, and of an answer
 * that cannot be read; a question too long for option max_url_length is
 * answered by a refusal.
 */
extern PcaAnswer *pca_question_ask(PcaQuestioner *questioner, const PcaQuestion *question);

/* Raise the last answer's refusal as a scan does. */
PCA_NORETURN extern void pca_question_raise(PcaQuestioner *questioner);

/* How many questions were asked. */
extern int	pca_question_count(const PcaQuestioner *questioner);

/* Which path answers: of the two forms, the other one? */
extern bool pca_question_other_path(const PcaQuestioner *questioner);

/* The resource that is questioned. */
extern const PcaResource *pca_question_resource(const PcaQuestioner *questioner);

/* The server that is. */
extern const PcaServer *pca_question_server(const PcaQuestioner *questioner);

/* The text of that field in a row, or NULL. */
extern const char *pca_question_text(const PcaQuestioner *questioner,
									 const PcaAnswerRow *row, const PcaField *field);

/*
 * Whether a value can stand in a condition: the database's encoding may not have
 * its characters.
 */
extern bool pca_question_may_ask(const char *value);

/* "field eq 'value'", or another operator; contains in its own form. */
extern char *pca_question_condition(const PcaField *field, PcaOperator op,
									const char *value);

/*
 * A filter that the row satisfies, and few others: all its texts and GUIDs that
 * may be compared.  NULL when it has none, or when they do not fit into a URL.
 */
extern char *pca_question_row_filter(const PcaQuestioner *questioner,
									 const PcaAnswerRow *row);

#endif							/* PCA_QUESTION_H */
