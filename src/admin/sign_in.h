/*
 * sign_in.h
 *		SQL functions that sign a user in and store the refresh token.
 *
 * They are called through SQL only.
 */
#ifndef PCA_SIGN_IN_H
#define PCA_SIGN_IN_H

#include "postgres.h"

#include "fmgr.h"

/*
 * pc_analytics_sign_in(server text, login text, role regrole, OUT username text, OUT
 * tenant text, OUT multi_factor boolean, OUT saved_at timestamptz) requests a device
 * code, sends it to the client as INFO, waits until the user has signed in, and
 * stores the refresh token in the user mapping of the role, by default of the current
 * role.  login: who must sign in.
 */
extern PGDLLEXPORT Datum pc_analytics_sign_in(PG_FUNCTION_ARGS);

/*
 * pc_analytics_sign_in_begin(server text, method text, login text, role regrole,
 * redirect_uri text, OUT url text, OUT code text, OUT expires_at timestamptz, OUT
 * instructions text) begins a sign-in that pc_analytics_sign_in_end() ends in the same
 * session.  method: 'device_code', or 'browser', which sends no request.
 */
extern PGDLLEXPORT Datum pc_analytics_sign_in_begin(PG_FUNCTION_ARGS);

/*
 * pc_analytics_sign_in_end(server text, address text, role regrole, OUT ...) ends it:
 * it waits as pc_analytics_sign_in() does, or redeems the code of the address that the
 * browser was redirected to.  The result is that of pc_analytics_sign_in().
 */
extern PGDLLEXPORT Datum pc_analytics_sign_in_end(PG_FUNCTION_ARGS);

#endif							/* PCA_SIGN_IN_H */
