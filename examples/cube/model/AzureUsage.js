// Azure usage by day and meter.
cube(`AzureUsage`, {
  sql_table: `partner_center.azure_usage`,
  // The data changes once a day; Cube's default is to look every ten seconds.
  refresh_key: { every: `1 day` },

  measures: {
    quantity: { sql: `quantity`, type: `sum` },
  },

  dimensions: {
    day: { sql: `usage_date`, type: `time` },
    meter: { sql: `meter_category`, type: `string` },
    unit: { sql: `meter_unit`, type: `string` },
    location: { sql: `resource_location`, type: `string` },
    customer: { sql: `customer_name`, type: `string` },
  },
});
