-- Subscriptions that end in the next sixty days and are not renewed automatically.
SELECT commitment_end_date::date AS ends, customer_name, product_name, license_count AS licences
FROM   partner_center.subscriptions
WHERE  status = 'ACTIVE' AND NOT auto_renew_enabled
AND    commitment_end_date >= current_date AND commitment_end_date < current_date + 60
ORDER  BY commitment_end_date, customer_name
LIMIT  10;
