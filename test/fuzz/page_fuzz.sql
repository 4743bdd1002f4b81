-- What test/fuzz/page_fuzz compares.  Both functions give the items, as jsonb
-- shows them, and what stood around them; or NULL for a body that is refused.

-- The member of that name: the first that is written so, else the first in any
-- case.
CREATE FUNCTION pg_temp.member(object json, name text) RETURNS json LANGUAGE sql AS $$
    SELECT value FROM json_each(CASE json_typeof(object) WHEN 'object' THEN object END)
        WITH ORDINALITY AS members(key, value, place)
    WHERE lower(key COLLATE "C") = lower(name) ORDER BY key COLLATE "C" <> name, place LIMIT 1
$$;

-- The text of a string, a number or a boolean.
CREATE FUNCTION pg_temp.scalar(value json) RETURNS text LANGUAGE sql AS $$
    SELECT value #>> '{}' WHERE json_typeof(value) NOT IN ('object', 'array', 'null')
$$;

-- What MS-ContinuationToken the request of a link must bring: the tokens that
-- its headers hold.
CREATE FUNCTION pg_temp.tokens(link json) RETURNS text[] LANGUAGE sql AS $$
    SELECT ARRAY(
        SELECT pg_temp.scalar(pg_temp.member(header, 'value'))
        FROM json_array_elements(CASE json_typeof(pg_temp.member(link, 'headers'))
                                 WHEN 'array' THEN pg_temp.member(link, 'headers') END)
            WITH ORDINALITY AS headers(header, place)
        WHERE lower(pg_temp.scalar(pg_temp.member(header, 'key')) COLLATE "C") = 'ms-continuationtoken'
          AND pg_temp.scalar(pg_temp.member(header, 'value')) IS NOT NULL
        ORDER BY place)
$$;

-- Whether links.next can be followed.
CREATE FUNCTION pg_temp.is_good(link json) RETURNS bool LANGUAGE sql AS $$
    SELECT coalesce(json_typeof(pg_temp.member(link, 'uri')) = 'string', false)
       AND pg_temp.scalar(pg_temp.member(link, 'uri')) <> ''
       AND coalesce(lower(pg_temp.scalar(pg_temp.member(link, 'method')) COLLATE "C"), 'get') = 'get'
       AND NOT EXISTS (SELECT FROM unnest(pg_temp.tokens(link)) token WHERE token ~ '[^!-~]' COLLATE "C")
$$;

-- Whether the body is JSON with text that PostgreSQL refuses.  The extension reads it
-- unless it is needed, and theirs() then reads what it is replaced by.
CREATE FUNCTION pg_temp.has_invalid_text(body bytea) RETURNS bool LANGUAGE sql AS $$
    SELECT pca_unit_json(body) LIKE 'fault%' AND pca_unit_json(body, 64, true) NOT LIKE 'fault%'
$$;

-- By PostgreSQL's JSON parser; 'unknown' where a number is too large for it.
CREATE FUNCTION pg_temp.theirs(body bytea, bare bool) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer json;
    items json[];
    arrays json[];
    links json[];
    nexts json[];
    token text;
    counts json[];
    is_bare bool := false;
BEGIN
    BEGIN
        IF substr(body, 1, 3) = '\xefbbbf' THEN
            body := substr(body, 4);
        END IF;
        answer := CASE WHEN pg_temp.has_invalid_text(body) THEN pca_unit_json(body, 64, true)
                       ELSE convert_from(body, 'UTF8') END;
        PERFORM answer::jsonb;
    EXCEPTION WHEN numeric_value_out_of_range THEN
        RETURN 'unknown';
    WHEN OTHERS THEN
        RETURN NULL;
    END;
    IF json_typeof(answer) = 'array' THEN
        items := ARRAY(SELECT json_array_elements(answer));
    ELSIF json_typeof(answer) = 'object' THEN
        arrays := ARRAY(SELECT value FROM json_each(answer)
                        WHERE lower(key COLLATE "C") IN ('value', 'items'));
        links := ARRAY(SELECT value FROM json_each(answer)
                       WHERE lower(key COLLATE "C") IN ('@nextlink', 'nextlink'));
        nexts := ARRAY(SELECT pg_temp.member(value, 'next') FROM json_each(answer)
                       WHERE lower(key COLLATE "C") = 'links' AND json_typeof(pg_temp.member(value, 'next')) <> 'null');
        IF EXISTS (SELECT FROM unnest(nexts) link WHERE NOT pg_temp.is_good(link)) THEN
            RETURN NULL;
        END IF;
        links := links || ARRAY(SELECT pg_temp.member(link, 'uri') FROM unnest(nexts) link);
        token := (SELECT one FROM unnest(pg_temp.tokens(nexts[1])) WITH ORDINALITY AS tokens(one, place)
                  WHERE one <> '' ORDER BY place LIMIT 1);
        counts := ARRAY(SELECT value FROM json_each(answer) WHERE lower(key COLLATE "C") = 'totalcount');
        is_bare := bare AND cardinality(arrays) = 0;
        IF is_bare THEN
            items := ARRAY[answer];
        ELSIF cardinality(arrays) = 1 AND json_typeof(arrays[1]) = 'array' THEN
            items := ARRAY(SELECT json_array_elements(arrays[1]));
        END IF;
        IF cardinality(links) > 1 OR cardinality(counts) > 1 OR
           json_typeof(links[1]) NOT IN ('null', 'string') OR
           json_typeof(counts[1]) NOT IN ('null', 'string', 'number') OR
           json_typeof(counts[1]) <> 'null' AND counts[1] #>> '{}' !~ '^[0-9]{1,15}$' THEN
            RETURN NULL;
        END IF;
    END IF;
    IF items IS NULL OR EXISTS (SELECT FROM unnest(items) item WHERE json_typeof(item) <> 'object') THEN
        RETURN NULL;
    END IF;
    RETURN concat_ws(E'\n', VARIADIC ARRAY(SELECT item::jsonb::text FROM unnest(items) item)) ||
        format(E'\nend items=%s total=%s next=%s%s%s', cardinality(items),
               coalesce((counts[1] #>> '{}')::bigint, -1),
               CASE WHEN coalesce(cardinality(links), 0) = 0 THEN 'absent'
                    ELSE coalesce(nullif(links[1] #>> '{}', ''), 'null') END,
               ' with ' || token,
               CASE WHEN is_bare THEN ' bare' ELSE '' END);
END $$;

-- By the extension; an error when the pieces make a difference.
CREATE FUNCTION pg_temp.ours(body bytea, chunk int, bare bool) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    lines text[] := pca_unit_page(body, 0, bare);
    last text := lines[cardinality(lines)];
    item text;
    items text[] := '{}';   -- as JSON
BEGIN
    IF lines <> pca_unit_page(body, chunk, bare) OR lines <> pca_unit_page(body, 1, bare) THEN
        RETURN format('differs in pieces of %s or 1: %s', chunk, lines);
    END IF;
    IF last LIKE 'fault%' THEN
        RETURN NULL;
    END IF;
    FOREACH item IN ARRAY trim_array(lines, 1) LOOP
        item := pca_unit_json(convert_to(item, 'UTF8'), 64, true);
        IF item LIKE 'fault%' THEN
            RETURN NULL;
        END IF;
        items := items || item;
    END LOOP;
    RETURN concat_ws(E'\n', VARIADIC items::jsonb[]::text[]) || E'\n' || last;
EXCEPTION WHEN numeric_value_out_of_range THEN
    RETURN 'unknown';
END $$;
