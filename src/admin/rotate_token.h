/*
 * rotate_token.h
 *		SQL function that replaces the refresh token of a user mapping.
 *
 * It is called through SQL only.
 */
#ifndef PCA_ROTATE_TOKEN_H
#define PCA_ROTATE_TOKEN_H

#include "postgres.h"

#include "fmgr.h"

/*
 * pc_analytics_rotate_refresh_token(server text, OUT saved_at timestamptz, OUT
 * previous_age interval) redeems the refresh token of the current role's user
 * mapping, and stores the one that the response has.  previous_age is NULL if the
 * user mapping does not say when its token was stored.  On an error, the stored
 * token is unchanged.
 */
extern PGDLLEXPORT Datum pc_analytics_rotate_refresh_token(PG_FUNCTION_ARGS);

/* The same with an argument role regrole after server; NULL is the current role. */
extern PGDLLEXPORT Datum pc_analytics_rotate_refresh_token_0_2(PG_FUNCTION_ARGS);

#endif							/* PCA_ROTATE_TOKEN_H */
