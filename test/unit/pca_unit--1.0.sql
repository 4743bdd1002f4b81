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

-- What comes of a body's first item by each way to read it: as a record, or the
-- error.  By its bytes, if they are simple; by cJSON, if they are plain; by cJSON
-- in a copy.  Arguments as above.
CREATE FUNCTION pca_unit_readers(template anyelement, body bytea,
    resource text DEFAULT NULL, keys text[] DEFAULT '{}', customer text DEFAULT NULL,
    spelling text DEFAULT 'unknown', is_grouped bool DEFAULT false,
    demanded text[] DEFAULT '{}', wanted text[] DEFAULT NULL)
RETURNS text[] LANGUAGE C AS 'MODULE_PATHNAME';

-- By how many bytes memory grows while the same body is read again and again,
-- its members' names being those of the template's columns.
CREATE FUNCTION pca_unit_growth(template anyelement, body bytea, times int)
RETURNS bigint LANGUAGE C AS 'MODULE_PATHNAME';

-- How many of the resource's fields the object has; -1 for an error body.
CREATE FUNCTION pca_unit_known_fields(resource text, object bytea)
RETURNS int LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Whether an address, as text, is one of the public Internet.
CREATE FUNCTION pca_unit_is_public(address text)
RETURNS bool LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- What framing.c makes of header fields, 'Name: value' each, in order.
CREATE FUNCTION pca_unit_framing(VARIADIC fields text[])
RETURNS text LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- What receive.c makes of a body that comes in pieces of chunk bytes (0: whole),
-- read by somebody who takes half of what is there each time: the text, or
-- "fault ...".  kept: the most bytes that waited to be read.
CREATE FUNCTION pca_unit_receive(body bytea, coding text, chunk int DEFAULT 0,
    buffer int DEFAULT 65536, max_size bigint DEFAULT 1000000, OUT content text, OUT kept int)
LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Adds groups of these keys to a set: the longest search for one of them.
CREATE FUNCTION pca_unit_groups(keys text[])
RETURNS int LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Sends requests as fast as pace.c allows, one in step milliseconds at most: how
-- many a minute had at most, and when the last one was sent.
CREATE FUNCTION pca_unit_pace(per_minute int, requests int, step int, OUT most int, OUT last_ms bigint)
LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Blocks of wipe.c and of the C library, each grown and freed by the other's
-- functions: the bytes that they hold in the end.
CREATE FUNCTION pca_unit_wipe()
RETURNS text LANGUAGE C AS 'MODULE_PATHNAME';

-- What a reader of term.h says of a filter expression of that kind: "comparison",
-- "and" and "or" of two of them, "never" (an "or" of none), or "given".
CREATE FUNCTION pca_unit_read_term(kind text, reader text)
RETURNS text LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Do what "assertion" (PostgreSQL's), "overrun", "freed", "stack" (AddressSanitizer)
-- or "shift" (UBSan) must notice; without these it is harmless.
CREATE FUNCTION pca_unit_break(what text)
RETURNS int LANGUAGE C STRICT AS 'MODULE_PATHNAME';
