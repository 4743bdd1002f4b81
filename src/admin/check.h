/*
 * check.h
 *		What is wrong between a server and its rows.
 */
#ifndef PCA_CHECK_H
#define PCA_CHECK_H

#include "postgres.h"

#include "fmgr.h"

/* pc_analytics_check(server text): a row for each step, and how it went. */
extern PGDLLEXPORT Datum pc_analytics_check(PG_FUNCTION_ARGS);

#endif							/* PCA_CHECK_H */
