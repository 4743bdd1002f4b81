--
-- term: each reader of a filter expression takes every kind of it, or raises an
-- internal error
--
CREATE FUNCTION read_term(kind text, reader text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN pca_unit_read_filter_expr(kind, reader);
EXCEPTION WHEN internal_error THEN
    RETURN 'internal error: ' || SQLERRM;
END $$;
SELECT reader, kind, read_term(kind, reader)
FROM unnest(ARRAY['args', 'comparison', 'texts', 'with texts', 'compares by eq',
    'has parameter', 'resolve', 'nodes']) WITH ORDINALITY r(reader, nr),
    unnest(ARRAY['comparison', 'and', 'or', 'never', 'given']) WITH ORDINALITY k(kind, nk)
ORDER BY nr, nk;
