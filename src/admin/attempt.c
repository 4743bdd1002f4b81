/*
 * attempt.c
 *		How is something tried whose error is an answer, too?
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/resowner.h"

#include "admin/attempt.h"

/*
 * Whether an error is about the session rather than about what it asked.  Class
 * 53 is, but for the limit that the API sets: a response with status 429.
 */
static bool
is_interrupt(int sqlstate)
{
	int			category = ERRCODE_TO_CATEGORY(sqlstate);

	return category == ERRCODE_OPERATOR_INTERVENTION ||
		(category == ERRCODE_INSUFFICIENT_RESOURCES &&
		 sqlstate != ERRCODE_CONFIGURATION_LIMIT_EXCEEDED);
}

ErrorData *
pca_attempt_run(void (*body) (void *argument), void *argument)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		body(argument);
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
	if (error && is_interrupt(error->sqlerrcode))
		ReThrowError(error);
	return error;
}

char *
pca_attempt_error_text(const ErrorData *error)
{
	char	   *text = error->detail ? psprintf("%s. %s", error->message, error->detail) :
		psprintf("%s.", error->message);

	text[0] = pg_toupper((unsigned char) text[0]);
	return text;
}
