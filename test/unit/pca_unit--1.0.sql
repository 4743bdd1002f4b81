\echo Use "CREATE EXTENSION pca_unit" to load this file. \quit

-- What page.c makes of a body that comes in pieces of chunk bytes (0: whole):
-- the items, and last "end ..." with the envelope, or "fault ...".
CREATE FUNCTION pca_unit_page(body bytea, chunk int DEFAULT 0, bare bool DEFAULT false)
RETURNS text[] LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- The value as json.c writes it again, or "fault ...".
CREATE FUNCTION pca_unit_json(value bytea, depth int DEFAULT 64)
RETURNS text LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- The rows that page.c and row.c make of a body, for a foreign table with the
-- columns of the template's type.  keys: the columns' API fields, in order,
-- where they are not those of the resource's columns of that name, or the
-- column's name.  demanded: columns that are NOT NULL.
CREATE FUNCTION pca_unit_rows(template anyelement, body bytea,
    resource text DEFAULT NULL, keys text[] DEFAULT '{}', customer text DEFAULT NULL,
    spelling text DEFAULT 'unknown', is_grouped bool DEFAULT false,
    demanded text[] DEFAULT '{}', wanted text[] DEFAULT NULL, chunk int DEFAULT 0)
RETURNS SETOF anyelement LANGUAGE C AS 'MODULE_PATHNAME';

-- By how many bytes memory grows while the same body is read again and again,
-- its members' names being those of the template's columns.
CREATE FUNCTION pca_unit_growth(template anyelement, body bytea, times int)
RETURNS bigint LANGUAGE C AS 'MODULE_PATHNAME';

-- How many of the resource's fields the object has; -1 for an error body.
CREATE FUNCTION pca_unit_known_fields(resource text, object bytea)
RETURNS int LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Do what "assertion" (PostgreSQL's), "overrun", "freed", "stack" (AddressSanitizer)
-- or "shift" (UBSan) must notice; without these it is harmless.
CREATE FUNCTION pca_unit_break(what text)
RETURNS int LANGUAGE C STRICT AS 'MODULE_PATHNAME';
