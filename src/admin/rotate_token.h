/*
 * rotate_token.h
 *		A fresh refresh token in the place of the stored one.
 *
 * Called through SQL; the room exposes nothing to others.
 */
#ifndef PCA_ROTATE_TOKEN_H
#define PCA_ROTATE_TOKEN_H

#include "postgres.h"

#include "fmgr.h"

/*
 * pc_analytics_rotate_refresh_token(server text, OUT saved_at timestamptz, OUT
 * previous_age interval) trades the refresh token of the caller's user mapping
 * for a fresh one, and stores that; previous_age is null when it is not known.
 */
extern PGDLLEXPORT Datum pc_analytics_rotate_refresh_token(PG_FUNCTION_ARGS);

#endif							/* PCA_ROTATE_TOKEN_H */
