-- Azure usage of the last thirty days, by day and meter.
SELECT usage_date::date AS day, meter_category, meter_unit, sum(quantity) AS quantity
FROM   partner_center.azure_usage
WHERE  usage_date >= current_date - 29 AND usage_date <= current_date
GROUP  BY day, meter_category, meter_unit
ORDER  BY day, meter_category;
