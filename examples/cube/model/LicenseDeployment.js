// Licences sold and deployed, in the latest snapshot.
cube(`LicenseDeployment`, {
  sql_table: `partner_center.license_deployment`,
  // The data changes once a day; Cube's default is to look every ten seconds.
  refresh_key: { every: `1 day` },

  measures: {
    sold: { sql: `licenses_sold`, type: `sum` },
    deployed: { sql: `licenses_deployed`, type: `sum` },
    // A quotient of sums is grouped by the API; an average of quotients is not.
    percentDeployed: {
      sql: `100.0 * ${deployed} / nullif(${sold}, 0)`,
      type: `number`,
      format: `percent`,
    },
  },

  dimensions: {
    service: { sql: `service_name`, type: `string` },
    serviceCode: { sql: `service_code`, type: `string` },
    product: { sql: `product_name`, type: `string` },
    channel: { sql: `channel`, type: `string` },
    customer: { sql: `customer_name`, type: `string` },
    customerTenant: { sql: `customer_tenant_id`, type: `string` },
  },

  // A table in the source database, refreshed once a day.
  preAggregations: {
    byService: {
      measures: [sold, deployed],
      dimensions: [service, channel],
      refreshKey: { every: `1 day` },
      external: false,
    },
  },
});
