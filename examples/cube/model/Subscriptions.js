// Subscriptions of all customers.
cube(`Subscriptions`, {
  sql_table: `partner_center.subscriptions`,
  // The data changes once a day; Cube's default is to look every ten seconds.
  refresh_key: { every: `1 day` },

  measures: {
    // The API counts: a sum is grouped, count(*) is not.
    number: { sql: `subscription_count`, type: `sum` },
    licences: { sql: `license_count`, type: `sum` },
  },

  dimensions: {
    id: { sql: `id`, type: `string`, primary_key: true },
    status: { sql: `status`, type: `string` },
    type: { sql: `subscription_type`, type: `string` },
    market: { sql: `customer_market`, type: `string` },
    customer: { sql: `customer_name`, type: `string` },
    renews: { sql: `auto_renew_enabled`, type: `boolean` },
    ends: { sql: `commitment_end_date`, type: `time` },
  },
});
