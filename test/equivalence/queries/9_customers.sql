-- Customers: their list, searched by how a name begins, and what each of them
-- has, asked for one by one. There are twelve.

--! plain; 1 request; sends nothing
SELECT * FROM customers;
--! plain; 1 request; sends nothing
SELECT count(*), count(DISTINCT relationship_to_partner) FROM customers;
--! plain; 1 request; sends "Value":"O"
SELECT id, company_name FROM customers WHERE company_name LIKE 'O%';
--! plain; 1 request; sends "Value":"o"
SELECT id FROM customers WHERE company_name ILIKE 'o%' OR false;
--! plain; 1 request; sends "Value":"O'"
SELECT id FROM customers WHERE company_name ^@ 'O''' AND company_name LIKE '%&%';
--! plain; 2 requests; sends "Operator":"starts_with"
SELECT id, company_name FROM customers WHERE company_name IN ('O''Brien & Sons', '100% Pure + More', 'O''Brien & Sons');
--! plain; 1 request; sends nothing; implied
SELECT id FROM customers WHERE company_name IN ('O''Brien & Sons', '');
--! plain; 1 request; sends nothing
SELECT id FROM customers WHERE company_name NOT LIKE 'O%' OR company_name IS NULL;
--! plain; 1 request; sends nothing
SELECT id FROM customers WHERE company_name LIKE 'O%' OR domain LIKE 'c%';
--! plain; 1 request; sends "Field":"Domain"
SELECT id FROM customers WHERE domain LIKE 'c%' AND company_name <> 'Contoso';
--! plain
SELECT c.id, d.id FROM customers c JOIN customers d ON c.company_name = d.domain OR c.id = d.id;
--! plain; 1 request; rows only
SELECT id FROM customers LIMIT 3;
--! plain; 1 request
SELECT id, company_name FROM customers ORDER BY 1 LIMIT 3 OFFSET 2;
--! plain; 13 requests
SELECT * FROM customer_license_usage;
--! plain; 13 requests
SELECT customer_id, sum(licenses_sold), count(*) FROM customer_license_deployment GROUP BY 1;
--! plain; 13 requests
SELECT product_name, count(DISTINCT customer_id) FROM customer_license_usage WHERE licenses_active > 0 GROUP BY 1;
--! plain; 1 request
SELECT * FROM customer_license_usage WHERE customer_id = (SELECT min(id::text)::uuid FROM l.customers);
--! plain; 3 requests
SELECT * FROM customer_license_usage WHERE customer_id = ANY (ARRAY(SELECT id FROM l.customers ORDER BY 1 LIMIT 3));
--! plain; 13 requests
SELECT * FROM customer_license_usage WHERE customer_id <> (SELECT min(id::text)::uuid FROM l.customers);
--! plain
SELECT c.company_name, u.product_name, u.licenses_active FROM customers c JOIN customer_license_usage u ON u.customer_id = c.id;
--! plain
SELECT c.id, count(u.customer_id), sum(u.licenses_active) FROM customers c LEFT JOIN customer_license_usage u ON u.customer_id = c.id AND u.channel = 'reseller' GROUP BY 1;
--! plain
SELECT id FROM customers c WHERE NOT EXISTS (SELECT FROM customer_license_usage WHERE customer_id = c.id AND licenses_active > 50);
--! plain
SELECT customer_id, product_name FROM customer_license_usage INTERSECT SELECT customer_id, product_name FROM customer_license_deployment;
--! plain
SELECT customer_id, product_name FROM customer_license_usage UNION ALL SELECT id, company_name FROM customers;
--! plain
SELECT d.customer_id, d.product_name, u.workload_name FROM customer_license_deployment d JOIN customer_license_usage u USING (customer_id, product_name);
--! plain
SELECT v.n, (SELECT count(*) FROM customer_license_usage) FROM (VALUES (1), (2)) v (n);
--! plain; rows only
SELECT customer_id FROM customer_license_usage LIMIT 4;
--! plain; 1 request; sends "Value":"O"
SELECT id FROM customers WHERE company_name LIKE 'O_Brien%';
--! plain; 1 request
SELECT id FROM customers WHERE company_name LIKE concat('O_Brien', '%');
--! plain; 1 request; empty; sends "Operator":"starts_with"
SELECT id FROM customers WHERE company_name LIKE 'O%' AND domain LIKE 'zz%';
