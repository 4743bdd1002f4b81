/*
 * check.h
 *		SQL function that tests each step between a server's options and its rows.
 *
 * It is called through SQL only.
 */
#ifndef PCA_CHECK_H
#define PCA_CHECK_H

#include "postgres.h"

#include "fmgr.h"

/*
 * pc_analytics_check(server text) returns a set of rows: one for each step, with
 * its outcome, its time and, if it failed, its error.  Errors: those of
 * pca_option_find_server(), cancellation, and lack of memory; any other error
 * is a row of the result.
 */
extern PGDLLEXPORT Datum pc_analytics_check(PG_FUNCTION_ARGS);

#endif							/* PCA_CHECK_H */
