-- Licences in use, by workload.
SELECT workload_name, sum(licenses_active) AS active, sum(licenses_qualified) AS qualified
FROM   partner_center.license_usage
GROUP  BY workload_name
ORDER  BY sum(licenses_active)::numeric / nullif(sum(licenses_qualified), 0) DESC NULLS LAST;
