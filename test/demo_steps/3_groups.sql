-- filtered and grouped by the API: one request, whatever the number of rows
SELECT service_name, sum(licenses_sold) AS sold, sum(licenses_deployed) AS deployed
FROM license_deployment
WHERE channel = 'reseller'
GROUP BY service_name
ORDER BY service_name;

EXPLAIN (VERBOSE, COSTS OFF)
SELECT service_name, sum(licenses_sold) AS sold, sum(licenses_deployed) AS deployed
FROM license_deployment
WHERE channel = 'reseller'
GROUP BY service_name
ORDER BY service_name;
-- requests
