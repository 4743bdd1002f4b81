-- rows, as they are; LIMIT keeps the page small
SELECT customer_name, product_name, channel, licenses_sold, licenses_deployed
FROM license_deployment
LIMIT 5;
-- requests
