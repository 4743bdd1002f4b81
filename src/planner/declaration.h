/*
 * declaration.h
 *		The statements that declare what a reason says is not known.
 *
 * Each function returns a statement without a semicolon, in the current memory context.
 * Identifiers are quoted, and names are qualified.
 */
#ifndef PCA_DECLARATION_H
#define PCA_DECLARATION_H

#include "postgres.h"

#include "config/option.h"

/*
 * Set an option that a server, a table or a column may have, where it is set now.  If
 * it is set nowhere, it is added to the column, to the table if column is NULL, or to
 * the server if on_server is true.
 */
extern char *pca_declaration_option(const PcaTable *table, const PcaColumn *column, bool on_server,
									const char *option, const char *value);

/* Set an option that a server alone may have. */
extern char *pca_declaration_server_option(const PcaTable *table, const char *option, const char *value);

/* Change the declared type of the column to that of its field. */
extern char *pca_declaration_column_type(const PcaTable *table, const PcaColumn *column);

/*
 * Returns the same after ": "; an empty text if the column has that type, or if it is a
 * text that is compared in another way, such as citext, as the result would change.
 */
extern const char *pca_declaration_type_hint(const PcaTable *table, const PcaColumn *column);

/* Declare each of the columns (PcaColumn *) NOT NULL. */
extern char *pca_declaration_not_null(const PcaTable *table, List *columns);

/*
 * Give the table a column that reads the field: add one, or change the type of the
 * one that reads it now.
 */
extern char *pca_declaration_field_column(const PcaTable *table, const PcaField *field);

/* Returns true if the table's columns declare its fields (option "path" without "resource"). */
extern bool pca_declaration_has_own_fields(const PcaTable *table);

/*
 * Add the operator to those that the column is declared to have, for a table whose
 * columns declare its fields.
 */
extern char *pca_declaration_operator(const PcaTable *table, const PcaColumn *column, PcaOperator op);

#endif							/* PCA_DECLARATION_H */
