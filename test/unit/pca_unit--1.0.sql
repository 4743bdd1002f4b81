\echo Use "CREATE EXTENSION pca_unit" to load this file. \quit

-- Returns what page_parser.c reads from a body that arrives in pieces of chunk bytes
-- (0: as a whole): the items, and last "end ..." with the envelope, or "fault ...".
CREATE FUNCTION pca_unit_page(body bytea, chunk int DEFAULT 0, bare bool DEFAULT false)
RETURNS text[] LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Returns the value as json.c writes it, or "fault ...".  lenient: invalid text is
-- replaced.
CREATE FUNCTION pca_unit_json(value bytea, depth int DEFAULT 64, lenient bool DEFAULT false)
RETURNS text LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Returns the rows that page_parser.c and row_reader.c read from a body, for a foreign table with the
-- columns of the template's type.  keys: the columns' API fields, in order,
-- where they are not those of the resource's columns of that name, or the
-- column's name.  demanded: columns that are NOT NULL.
CREATE FUNCTION pca_unit_rows(template anyelement, body bytea,
    resource text DEFAULT NULL, keys text[] DEFAULT '{}', customer text DEFAULT NULL,
    spelling text DEFAULT 'unknown', is_grouped bool DEFAULT false,
    demanded text[] DEFAULT '{}', wanted text[] DEFAULT NULL, chunk int DEFAULT 0)
RETURNS SETOF anyelement LANGUAGE C AS 'MODULE_PATHNAME';

-- Returns true; overwrites the bytes of the item that pca_unit_rows() reads.
CREATE FUNCTION pca_unit_overwrite(value bigint)
RETURNS bool LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Returns what comes of a body's first item by each way to read it: as a record, or
-- the error.  By its bytes, if it is simple; by cJSON, if it is plain; by cJSON in a
-- copy.  Arguments as above.
CREATE FUNCTION pca_unit_readers(template anyelement, body bytea,
    resource text DEFAULT NULL, keys text[] DEFAULT '{}', customer text DEFAULT NULL,
    spelling text DEFAULT 'unknown', is_grouped bool DEFAULT false,
    demanded text[] DEFAULT '{}', wanted text[] DEFAULT NULL)
RETURNS text[] LANGUAGE C AS 'MODULE_PATHNAME';

-- Returns by how many bytes memory grows while the same body is read repeatedly;
-- the names of its members are those of the template's columns.
CREATE FUNCTION pca_unit_growth(template anyelement, body bytea, times int)
RETURNS bigint LANGUAGE C AS 'MODULE_PATHNAME';

-- Returns how many of the resource's fields the object has; -1 for an error body.
CREATE FUNCTION pca_unit_known_fields(resource text, object bytea)
RETURNS int LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Returns true if the address is one of the public Internet.
CREATE FUNCTION pca_unit_is_public(address text)
RETURNS bool LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Returns what framing.c concludes from header fields, 'Name: value' each, in order.
CREATE FUNCTION pca_unit_framing(VARIADIC fields text[])
RETURNS text LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Returns the text of a body that arrives in pieces of chunk bytes (0: as a whole),
-- by response_body.c, or "fault ...".  The reader takes half of what is there each
-- time.  kept: the most bytes that waited to be read.
CREATE FUNCTION pca_unit_receive(body bytea, coding text, chunk int DEFAULT 0,
    buffer int DEFAULT 65536, max_size bigint DEFAULT 1000000, OUT content text, OUT kept int)
LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Adds groups of these keys to a set; returns the length of the longest search for
-- one of them.
CREATE FUNCTION pca_unit_groups(keys text[])
RETURNS int LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Returns where the structs of shared memory and their members begin, and their
-- sizes, in bytes.
CREATE FUNCTION pca_unit_layout(OUT part text, OUT begin int, OUT size int)
RETURNS SETOF record LANGUAGE C AS 'MODULE_PATHNAME';

-- Does the steps, which commas separate, with a lease of lease.c: "take", "beat",
-- "end", "other takes", "other process", or a number of milliseconds that pass.
CREATE FUNCTION pca_unit_lease(steps text, OUT step text, OUT result text, OUT live bool)
RETURNS SETOF record LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Sends requests as fast as rate_limit.c allows, at most one in step milliseconds;
-- returns the most requests of a minute, and when the last one was sent.
CREATE FUNCTION pca_unit_rate_limit(per_minute int, requests int, step int, OUT most int, OUT last_ms bigint)
LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- How many ms a request waits that comes late_ms after the time that it was given, where one
-- request a minute is allowed.
CREATE FUNCTION pca_unit_late(late_ms int)
RETURNS bigint LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Lets that many sessions send a request each.  They come at random times, on average
-- part times as many as the limit allows; each tenth that has to wait goes away
-- instead, and each tenth comes too late for its time.  Returns the requests sent, the most of a minute and of 61 seconds, and
-- if the times that were given out ascend.
CREATE FUNCTION pca_unit_arrivals(per_minute int, sessions int, part float8, OUT sent int, OUT most int,
    OUT most_of_61 int, OUT in_order bool)
LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Lets sessions send requests, four at once each, to a server that allows a number of
-- requests a minute.  Returns the requests that it refused, the most often that one
-- was refused, those refused after the first pause, and the time relative to the
-- shortest possible one.
CREATE FUNCTION pca_unit_throttled(sessions int, requests int, allowed int, declared int, OUT refused int,
    OUT most_often int, OUT refused_later int, OUT ratio float8)
LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Does the steps, which commas separate, with a resource of rate_limit.c: "send N",
-- "429 S" to a request that is sent now, "old 429 S" to one that was sent at the
-- beginning, or a number of milliseconds that pass.  Returns the learned rate, the
-- rest of the pause, and when a request may be sent, in ms from now.
CREATE FUNCTION pca_unit_rate(steps text, OUT step text, OUT rate numeric, OUT pause_ms bigint, OUT next_ms bigint)
RETURNS SETOF record LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Returns the fingerprint of some credentials at a server, of which one part, an option
-- of the mapping or of the server, "owner" or "key", has another value.
CREATE FUNCTION pca_unit_fingerprint(part text, value text DEFAULT 'other')
RETURNS bytea LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Grows and frees blocks of secure_alloc.c by the functions of the C library and
-- the reverse; returns the bytes that they hold in the end.
CREATE FUNCTION pca_unit_secure_alloc()
RETURNS text LANGUAGE C AS 'MODULE_PATHNAME';

-- Returns what a reader of filter_expr.h says of a filter expression of that kind: "comparison",
-- "and" and "or" of two of them, "never" (an "or" of none), or "given".
CREATE FUNCTION pca_unit_read_filter_expr(kind text, reader text)
RETURNS text LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Returns data as base64url, and the bytes of base64url, or null.
CREATE FUNCTION pca_unit_base64url(data bytea)
RETURNS text LANGUAGE C STRICT AS 'MODULE_PATHNAME';
CREATE FUNCTION pca_unit_base64url_decode(encoded text)
RETURNS bytea LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Returns the S256 challenge of a verifier.
CREATE FUNCTION pca_unit_challenge(verifier text)
RETURNS text LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Returns what pkce.c reads from the address that a browser was redirected to, for a
-- request with that state; null if it is not the response to it.
CREATE FUNCTION pca_unit_redirect(address text, state text)
RETURNS text LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Reads a certificate, or signs with it, in a build without OpenSSL: an error.
CREATE FUNCTION pca_unit_certificate(pem text, sign bool)
RETURNS int LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Does what "assertion" (PostgreSQL's), "overrun", "freed", "stack" (AddressSanitizer)
-- or "shift" (UBSan) must notice; without these it is harmless.
CREATE FUNCTION pca_unit_break(what text)
RETURNS int LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Writes a record of response_record.c whose pages have these bodies, and arrive together in
-- pieces of chunk bytes; returns what is read from it.  Nothing if it is larger than max_size.
-- intact: the digest is the one that was written, and only that.
CREATE FUNCTION pca_unit_record(bodies bytea[], chunk int DEFAULT 65536, max_size int DEFAULT 100000000,
    OUT top bigint, OUT skip bigint, OUT status int, OUT url text, OUT detail text, OUT intact bool,
    OUT body bytea, OUT size int)
RETURNS SETOF record LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Returns true if bodies are compressed, as PostgreSQL was built with zstd.
CREATE FUNCTION pca_unit_compresses() RETURNS bool LANGUAGE C AS 'MODULE_PATHNAME';

-- Changes each bit of a record, and cuts it at each byte; returns how many of these records
-- are taken.
CREATE FUNCTION pca_unit_damage(body bytea) RETURNS int LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Returns a key of response_cache.c.
CREATE FUNCTION pca_unit_key(fingerprint text, locale text, path text, query text, counts bool)
RETURNS bytea LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Sets cache_size, in MB, as SET does; returns the bytes of the largest response.
CREATE FUNCTION pca_unit_cache_size(megabytes int) RETURNS bigint LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Sets shared_state, as SET does; returns true if responses may be kept.
CREATE FUNCTION pca_unit_shared_state(enabled bool) RETURNS bool LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Publishes a response of that size, requested age_ms ago.  The base_url is the key before its
-- first "|".  clears: how often the cache was cleared since it was requested.
CREATE FUNCTION pca_unit_publish(key text, size int, age_ms bigint DEFAULT 0, ttl_ms bigint DEFAULT 3600000,
    wait_ms bigint DEFAULT 0, clears bigint DEFAULT 0)
RETURNS bool LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Returns the size of a response that was not older than max_age_ms before_ms ago.
CREATE FUNCTION pca_unit_find(key text, max_age_ms bigint DEFAULT 3600000, before_ms bigint DEFAULT 0)
RETURNS bigint LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Drops the response of a key that was requested age_ms ago or before.
CREATE FUNCTION pca_unit_drop(key text, age_ms bigint DEFAULT 0) RETURNS void LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Drops the responses of a base_url, or all; returns their number.
CREATE FUNCTION pca_unit_clear(base_url text DEFAULT NULL) RETURNS bigint LANGUAGE C AS 'MODULE_PATHNAME';

-- Returns the responses that are kept.
CREATE FUNCTION pca_unit_shown(OUT server text, OUT usesysid oid, OUT url text, OUT "rows" bigint, OUT pages bigint,
    OUT bytes bigint, OUT age_ms bigint, OUT hits bigint, OUT cost_ms bigint)
RETURNS SETOF record LANGUAGE C AS 'MODULE_PATHNAME';

-- Returns what the memory of responses is used for, in blocks; the blocks of the free list and
-- those of all responses are counted.
CREATE FUNCTION pca_unit_usage(OUT enabled bool, OUT blocks bigint, OUT free bigint, OUT used bigint, OUT written bigint,
    OUT entries bigint, OUT segments bigint, OUT flights int, OUT marks int)
LANGUAGE C AS 'MODULE_PATHNAME';

-- Publishes and finds 10,000 keys at random; checks: compare each eviction with the rule, which
-- needs a cache that no other session uses.
CREATE FUNCTION pca_unit_churn(steps int, checks bool, seed int DEFAULT 1, OUT published bigint, OUT hits bigint,
    OUT evicted bigint, OUT wrong bigint)
LANGUAGE C STRICT AS 'MODULE_PATHNAME';

-- Returns the time of response_cache.c, in ms.
CREATE FUNCTION pca_unit_now() RETURNS bigint LANGUAGE C AS 'MODULE_PATHNAME';

-- Does the steps, which commas separate, with a flight of flight.c: "join", "join alone" (it may
-- not follow), "beat", "page", "poll", "wait" (until the leader wakes it), "leave", "mark", "end", "end mark",
-- or a number of milliseconds that pass.  They begin at_ms after base, or after now.  The session has
-- 8 flights.
CREATE FUNCTION pca_unit_flight(key text, steps text, at_ms bigint DEFAULT 0, flight int DEFAULT 0, base bigint DEFAULT 0,
    OUT step text, OUT result text)
RETURNS SETOF record LANGUAGE C STRICT AS 'MODULE_PATHNAME';
