// Licences in use, in the latest snapshot.
cube(`LicenseUsage`, {
  sql_table: `partner_center.license_usage`,
  // The data changes once a day; Cube's default is to look every ten seconds.
  refresh_key: { every: `1 day` },

  measures: {
    active: { sql: `licenses_active`, type: `sum` },
    qualified: { sql: `licenses_qualified`, type: `sum` },
    percentActive: {
      sql: `100.0 * ${active} / nullif(${qualified}, 0)`,
      type: `number`,
      format: `percent`,
    },
  },

  dimensions: {
    workload: { sql: `workload_name`, type: `string` },
    service: { sql: `service_name`, type: `string` },
    channel: { sql: `channel`, type: `string` },
    customer: { sql: `customer_name`, type: `string` },
  },
});
