-- Licences sold, deployed and in use, by service.
WITH sold AS (
  SELECT service_name, sum(licenses_sold) AS sold, sum(licenses_deployed) AS deployed
  FROM   partner_center.license_deployment
  GROUP  BY service_name
), used AS (
  SELECT service_name, sum(licenses_active) AS active, sum(licenses_qualified) AS qualified
  FROM   partner_center.license_usage
  GROUP  BY service_name
)
SELECT service_name, sold, deployed, active, qualified
FROM   sold LEFT JOIN used USING (service_name)
ORDER  BY sold DESC;
