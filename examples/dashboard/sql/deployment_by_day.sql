-- Licences sold and deployed on each of the last thirty days: one request for each
-- day.  Refresh a materialised view instead where many people build the dashboard.
SELECT snapshot_date, service_name,
       sum(licenses_sold) AS sold, sum(licenses_deployed) AS deployed
FROM   partner_center.license_deployment_history
WHERE  snapshot_date BETWEEN current_date - 29 AND current_date
GROUP  BY snapshot_date, service_name
ORDER  BY snapshot_date, service_name;
