#!/usr/bin/env perl
# Counts the requests of 25 correlated queries; prints Markdown.
#
#     rescans.pl [--rows N] [--page-size N]
#
# Run by test/bench/run, which builds what is measured.
use strict;
use warnings FATAL => 'all';

use PcaBench qw(heading say_line);

use Getopt::Long qw(GetOptions);
use PcaTest;

my %asked = (rows => 3000, 'page-size' => 1000);
GetOptions(\%asked, 'rows=i', 'page-size=i') or exit 2;

my $pca = PcaTest->new(
	rows => $asked{rows},
	customers => 60,
	snapshots => 6,
	server => { page_size => $asked{'page-size'} });
$pca->local_copy('license_deployment');
$pca->sql(<<'END');
CREATE TABLE public.days AS SELECT day::date, n FROM generate_series('2018-09-05'::date, '2018-10-14', '1 day')
  WITH ORDINALITY AS x(day, n);
CREATE TABLE public.channels AS
  SELECT (ARRAY['direct', 'reseller', 'nobody', NULL])[1 + i % 4] AS name, i AS n FROM generate_series(1, 40) i;
CREATE TABLE public.watched AS SELECT tenant, row_number() OVER () AS i FROM
  (SELECT DISTINCT customer_tenant_id AS tenant FROM local.license_deployment WHERE customer_tenant_id IS NOT NULL) x;
CREATE TABLE public.snapshots AS SELECT '2018-10-14'::date - (i % 6) AS day,
  (ARRAY['direct', 'reseller', 'nobody', NULL])[1 + i % 4] AS name FROM generate_series(1, 48) i;
ANALYZE days, channels, watched, snapshots;
END

my @queries = (
	'SELECT day, (SELECT count(*) FROM searches WHERE search_date = day) FROM days',
	'SELECT day, (SELECT max(search_date) FROM searches WHERE search_date <= day AND details_viewed) FROM days',
	'SELECT n, (SELECT count(*) FROM license_deployment WHERE licenses_sold > n) FROM days',
	'SELECT n, (SELECT sum(licenses_sold) FROM license_deployment WHERE channel = name) FROM channels',
	'SELECT n, (SELECT count(*) FROM license_deployment WHERE channel = name AND licenses_sold > n) FROM channels',
	'SELECT n, EXISTS (SELECT FROM license_deployment WHERE channel = name) FROM channels',
	'SELECT n, s.* FROM channels, LATERAL (SELECT service_code, sum(licenses_sold) FROM license_deployment WHERE channel = name GROUP BY 1) s',
	'SELECT tenant, (SELECT sum(licenses_sold) FROM license_deployment WHERE customer_tenant_id = tenant) FROM watched',
	'SELECT tenant, (SELECT max(product_name) FROM license_deployment WHERE customer_tenant_id = tenant) FROM watched',
	'SELECT tenant, (SELECT count(*) FROM license_usage WHERE customer_tenant_id = tenant AND licenses_active > 5) FROM watched',
	'SELECT tenant, x.* FROM watched, LATERAL (SELECT channel, sum(licenses_active) FROM license_usage WHERE customer_tenant_id = tenant GROUP BY 1) x',
	'SELECT tenant FROM watched WHERE 100 < (SELECT sum(licenses_sold) FROM license_deployment WHERE customer_tenant_id = tenant)',
	'SELECT tenant, i IN (SELECT licenses_sold FROM license_deployment WHERE customer_tenant_id = tenant) FROM watched',
	'SELECT tenant, i NOT IN (SELECT licenses_sold FROM license_deployment WHERE customer_tenant_id = tenant) FROM watched',
	'SELECT day, (SELECT sum(quantity) FROM azure_usage WHERE usage_date = day) FROM days',
	'SELECT day, (SELECT count(*) FROM azure_usage WHERE usage_date = day) FROM days',
	'SELECT day, (SELECT sum(quantity) FROM azure_usage WHERE usage_date BETWEEN day - 7 AND day) FROM days',
	'SELECT n, (SELECT count(*) FROM subscriptions WHERE status = name AND license_count > n) FROM channels',
	'SELECT day, (SELECT count(*) FROM subscriptions WHERE creation_date >= day - 1000 AND creation_date < day - 900) FROM days',
	'SELECT licenses_sold FROM license_deployment a WHERE licenses_sold * 20 > (SELECT sum(licenses_sold) FROM license_deployment b WHERE b.channel = a.channel)',
	'SELECT licenses_active FROM license_usage a WHERE licenses_active >= (SELECT max(licenses_active) FROM license_usage b WHERE b.customer_tenant_id = a.customer_tenant_id)',
	'SELECT n, (SELECT sum(licenses_sold) FROM license_deployment JOIN watched ON tenant = customer_tenant_id WHERE i % 40 = n) FROM days',
	'SELECT n, (SELECT count(*) FROM license_deployment WHERE customer_tenant_id IN (SELECT tenant FROM watched WHERE i % 40 = n)) FROM days',
	'SELECT day, (SELECT sum(licenses_sold) FROM license_deployment_history WHERE snapshot_date = day AND channel = name) FROM snapshots',
	'SELECT day, tenant, (SELECT max(product_name) FROM license_deployment_history WHERE snapshot_date = day AND customer_tenant_id = tenant) FROM (SELECT DISTINCT day FROM snapshots) s, watched'
);

my $session = $pca->session;
$session->query('SET search_path = partner_center, public');
heading($pca, 'Rescans');
say_line('');
say_line(
	'| query | requests without kept rows | requests | distinct requests |');
say_line('| --- | ---: | ---: | ---: |');
foreach my $query (@queries)
{
	$pca->log_entries;
	my $plan = $session->query(
		"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $query");
	my @requests = $pca->requests;
	my %distinct = map { $_ => 1 } @requests;
	my $reused = 0;
	$reused += $1 while $plan =~ /Requests Reused: (\d+)/g;
	say_line(
		sprintf '| `%s` | %d | %d | %d |',
		$query,
		@requests + $reused,
		scalar @requests,
		scalar keys %distinct);
}
