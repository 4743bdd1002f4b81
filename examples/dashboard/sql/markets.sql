-- Licences of active subscriptions, by market.
SELECT customer_market, sum(subscription_count) AS subscriptions, sum(license_count) AS licences
FROM   partner_center.subscriptions
WHERE  status = 'ACTIVE'
GROUP  BY customer_market
ORDER  BY licences DESC NULLS LAST;
