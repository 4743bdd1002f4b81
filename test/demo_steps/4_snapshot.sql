-- kept in PostgreSQL, as a materialised view
CREATE MATERIALIZED VIEW adoption AS
SELECT customer_name, service_name,
       sum(licenses_sold) AS sold, sum(licenses_deployed) AS deployed,
       round(100.0 * sum(licenses_deployed) / nullif(sum(licenses_sold), 0), 1) AS percent
FROM license_deployment
GROUP BY customer_name, service_name;

SELECT * FROM adoption WHERE sold >= 100 ORDER BY percent, customer_name, service_name LIMIT 5;
-- requests
