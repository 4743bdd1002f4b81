# Processes that share a scan, and wait for one another elsewhere, too; what
# changes between the start of one and of another; and what they leave behind.
use strict;
use warnings;

use PcaTest;
use Test::More;

my $pca = PcaTest->new(rows => 5000, server => { page_size => 5000 },
    conf => "parallel_setup_cost = 0\nparallel_tuple_cost = 0\nmin_parallel_table_scan_size = 0\njit = off\n");
$pca->local_copy('license_deployment');
$pca->sql("ALTER FOREIGN TABLE license_deployment OPTIONS (ADD rows '20000')");
my $session = $pca->session;
$session->query('SET max_parallel_workers_per_gather = 2');

# --- a hash table that grows waits for all who fill it, those without a page too

$session->query("SET work_mem = '64kB'; SET hash_mem_multiplier = 1; SET enable_nestloop = off; SET enable_mergejoin = off; SET statement_timeout = '30s'");
my $grows = 'SELECT count(*), sum(f.licenses_sold), sum(length(f::text)) FROM local.license_deployment l '
  . 'JOIN license_deployment f ON f.customer_tenant_id = l.customer_tenant_id AND f.licenses_sold = l.licenses_sold AND f.product_id = l.product_id WHERE f.licenses_sold % 1 = 0';
my $plan = $session->query("EXPLAIN $grows");
like($plan, qr/Parallel Hash .*\n.*Parallel Foreign Scan/, 'the scan fills a shared hash table') or diag $plan;
my $local = $grows =~ s/JOIN license/JOIN local.license/r;
is(eval { $session->query($grows) } // $@, $pca->sql($local), 'which grows behind the only page');

done_testing();
