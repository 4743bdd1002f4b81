# What is expected of every client program of test/clients.
#
#     my $test = PcaClientTest->new('jdbc', 'java', ...);
#     $test->metadata(bigint => 'int8', ...);
#     $test->parameters;
#
# The names of types differ from client to client.  All else is the same, and is
# compared with local copies of the tables and with the mock API's log.
package PcaClientTest;

use strict;
use warnings FATAL => 'all';

use PcaClient;
use PcaTest;
use Test::More;

# Statements with one parameter: its type, the SQL, values (undef is a null), and
# what the request of each value has, with the value in place of VALUE.
my @CASES = (
	[
		'text',
		'SELECT service_name, sum(licenses_sold)::text FROM license_deployment WHERE channel = $1 GROUP BY 1 ORDER BY 1',
		[ 'reseller', 'direct' ],
		"filter=channel eq 'VALUE'&groupby=serviceName,channel"
	],
	[
		'text',
		'SELECT status, sum(license_count)::text FROM subscriptions WHERE product_name LIKE $1 GROUP BY 1 ORDER BY 1',
		[ '%OFFICE%', 'EXCHANGE%' ],
		'filter=contains(productName,'
	],
	[
		'text[]',
		'SELECT channel, sum(licenses_active)::text FROM license_usage WHERE service_code = ANY ($1) GROUP BY 1 ORDER BY 1',
		[ 'o365,crm', 'crm' ],
		'groupby=serviceCode,channel'
	],
	[
		'boolean',
		'SELECT status, sum(license_count)::text FROM subscriptions WHERE auto_renew_enabled = $1 GROUP BY 1 ORDER BY 1',
		[ 'true', 'false' ],
		'filter=autoRenewEnabled eq VALUE&groupby=status,autoRenewEnabled'
	],
	[
		'uuid',
		'SELECT sum(licenses_sold)::text FROM license_deployment WHERE customer_tenant_id = $1',
		[],
		'filter=(customerTenantId eq '
	],
	[
		'uuid[]',
		'SELECT customer_tenant_id::text, sum(licenses_sold)::text FROM license_deployment WHERE customer_tenant_id = ANY ($1) GROUP BY 1 ORDER BY 1',
		[],
		'filter=(customerTenantId eq '
	],
	[
		'date',
		'SELECT usage_date::date::text, sum(quantity)::text FROM azure_usage WHERE usage_date >= $1 GROUP BY 1 ORDER BY 1',
		[],
		'filter=usageDate ge cast(\'VALUE\', Edm.DateTimeOffset)&groupby=usageDate'
	],
	[
		'date',
		'SELECT channel, sum(licenses_sold)::text FROM license_deployment_history WHERE snapshot_date = $1 GROUP BY 1 ORDER BY 1',
		[ '2018-10-14', '2018-10-13' ],
		'processedDateTime=VALUET00:00:00'
	],
	[
		'timestamp',
		'SELECT id::text, commitment_end_date::text FROM subscriptions WHERE commitment_end_date < $1 ORDER BY 1',
		[],
		'filter=commitmentEndDate l'
	],
	[
		'timestamptz',
		'SELECT count(*), max(usage_date)::text FROM azure_usage WHERE usage_date >= $1',
		[],
		'filter=usageDate ge cast('
	],
	[
		'bigint',
		'SELECT count(*), sum(licenses_sold)::text FROM license_deployment WHERE licenses_sold > $1 AND channel = \'direct\'',
		[ '1', '9007199254740000' ],
		"filter=channel eq 'direct'"
	],
	[
		'integer',
		'SELECT count(*) FROM (SELECT FROM license_deployment LIMIT $1) AS q',
		[ '7', '30' ],
		'top='
	],
	[
		'numeric',
		'SELECT count(*), sum(quantity)::text FROM azure_usage WHERE quantity > $1',
		[ '1.5', '0.0001' ],
		'top='
	],
	[
		'double precision',
		'SELECT count(*) FROM partner_license_deployment WHERE prorated_deployment_percent > $1',
		[ '0.25', '10' ],
		'GET /v1/analytics/licenses/deployment'
	]);

# Values of the cases above that have none.
my %FROM_DATA = (
	uuid =>
	  'SELECT customer_tenant_id FROM local.license_deployment GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 2',
	'uuid[]' =>
	  "SELECT string_agg(customer_tenant_id::text, ',') FROM (SELECT customer_tenant_id, "
	  . 'row_number() OVER (ORDER BY customer_tenant_id) % 2 AS half FROM local.license_deployment '
	  . 'WHERE customer_tenant_id IS NOT NULL GROUP BY 1 LIMIT 5) q GROUP BY half ORDER BY half',
	date =>
	  'SELECT usage_date::date FROM local.azure_usage GROUP BY 1 ORDER BY 1 DESC OFFSET 1 LIMIT 2',
	timestamp =>
	  "SELECT to_char(commitment_end_date, 'YYYY-MM-DD\"T12:30:15\"') FROM local.subscriptions "
	  . 'WHERE commitment_end_date IS NOT NULL GROUP BY 1 ORDER BY 1 LIMIT 2 OFFSET 3',
	timestamptz =>
	  "SELECT to_char(usage_date, 'YYYY-MM-DD\"T00:00:00+00:00\"') FROM local.azure_usage GROUP BY 1 ORDER BY 1 DESC LIMIT 2"
);
my @COPIES = qw(license_deployment license_usage license_deployment_history
  subscriptions azure_usage partner_license_deployment);

# new(name, command...): a server, the mock API, copies, and the program.
sub new
{
	my ($class, $name, @command) = @_;
	my $pca = PcaTest->new(
		rows => 400,
		customers => 20,
		conf => "listen_addresses = '127.0.0.1'\ntimezone = 'UTC'\n");
	my $self = bless { pca => $pca, name => $name }, $class;
	$pca->sql(
		"CREATE ROLE analyst LOGIN; GRANT USAGE ON SCHEMA partner_center TO analyst;"
		  . 'GRANT SELECT ON ALL TABLES IN SCHEMA partner_center TO analyst;'
		  . "CREATE USER MAPPING FOR analyst SERVER mock_api OPTIONS (access_token '$PcaTest::MAPPING{access_token}')"
	);
	$pca->sql("SELECT pc_analytics_describe('partner_center')");
	$pca->local_copy($_) foreach @COPIES;
	$self->{client} = PcaClient->new($pca, $name, @command);
	my $version = $self->client->text('version');
	like($version, qr/\|\d/, "$name connects");
	note($version);
	return $self;
}

sub pca    { return $_[0]->{pca}; }
sub client { return $_[0]->{client}; }

# Names, types and comments of tables and columns are the catalog's, and no request
# is sent for them.  The arguments are the client's names of types by PostgreSQL's,
# and comments => 0 for a driver that gives none.
sub metadata
{
	my ($self, %types) = @_;
	my $comments = delete $types{comments} // 1;
	my ($pca, $client, $name) = @$self{qw(pca client name)};
	my $tables = $pca->sql(
		"SELECT relname, obj_description(oid) FROM pg_class WHERE relnamespace = 'partner_center'::regnamespace AND relkind = 'f' ORDER BY 1"
	);
	my @columns = map { [ split /\|/, $_, -1 ] } split /\n/,
	  $pca->sql(
		"SELECT attname, format_type(atttypid, NULL), CASE WHEN attnotnull THEN 'f' ELSE 't' END, col_description(attrelid, attnum) "
		  . "FROM pg_attribute WHERE attrelid = 'partner_center.azure_usage'::regclass AND attnum > 0 ORDER BY attnum"
	  );
	foreach my $column (@columns)
	{
		$column->[1] = $types{ $column->[1] } // $column->[1];
		$column->[3] = '' unless $comments;
	}
	$tables =~ s/\|.*/|/g unless $comments;
	$pca->log_entries;
	is($client->text('tables', 'partner_center'),
		$tables, "$name: the tables and their comments");
	is( $client->text('columns', 'partner_center', 'azure_usage'),
		join("\n", map { join '|', @$_ } @columns),
		"$name: columns with type, nullability and comment");
	is(scalar(() = $pca->requests), 0, "$name: metadata needs no request");
	return;
}

# Each case is executed ten times, which is beyond the number of custom plans.
# A driver without parameters that are null has nulls => 0.
sub parameters
{
	my ($self, %options) = @_;
	my ($pca, $name) = @$self{qw(pca name)};
	foreach my $case (@CASES)
	{
		my ($type, $sql, $values, $request) = @$case;
		my @values = @$values ? @$values : split /\n/,
		  $pca->sql($FROM_DATA{$type});
		my @executed =
		  (@values, $options{nulls} // 1 ? undef : (), (@values) x 4)
		  [ 0 .. 9 ];
		my $what = "$name"
		  . ($options{mode} ? ", $options{mode}" : '')
		  . ': ten times with a parameter of type '
		  . "$type, "
		  . ($sql =~ /FROM (\w+)/)[0];
		my (@rows, @requests);
		$self->client->rows('prepare', $type, $sql);
		$pca->log_entries;
		foreach my $value (@executed)
		{
			push @rows, $self->client->text('execute', $value);
			push @requests, join "\n", $pca->requests;
		}
		is_deeply(
			\@rows,
			[ map { $self->expected($type, $sql, $_) } @executed ],
			"$what: the rows");
		my @wrong = grep {
			defined $executed[$_]
			  && index($requests[$_], _request($request, $executed[$_])) < 0
		} 0 .. 9;
		ok(!@wrong, "$what: the request")
		  or diag("$request\n" . join "\n", @requests[@wrong]);
	}
	return;
}

# The rows of the local copies; a limit of null is none.
sub expected
{
	my ($self, $type, $sql, $value) = @_;
	my $literal =
	  defined $value
	  ? "'" . ($type =~ /\[\]/ ? "{$value}" : $value) . "'::$type"
	  : "NULL::$type";
	my $local = $sql =~ s/\$1/$literal/r;
	$local =~ s/FROM (\w+)/FROM local.$1/;
	return $self->{known}{$local} //= $self->pca->sql($local);
}

sub _request
{
	my ($request, $value) = @_;
	return $request =~ s/VALUE/$value/r;
}

# The same, all with generic plans; and the first time there were both kinds.
sub generic_plans
{
	my ($self) = @_;
	my ($client, $name) = @$self{qw(client name)};
	my ($generic, $custom) = @{ ($client->rows('plans'))[0] };
	cmp_ok($custom // 0, '>=', 5, "$name: the first plans were custom plans");
	$client->rows('begin', 'force_generic_plan');
	$self->parameters(mode => 'generic plans');
	my ($more_generic, $more_custom) = @{ ($client->rows('plans'))[0] };
	ok( $more_generic >= 10
		  && $more_generic > $generic
		  && $more_custom <= $custom,
		"$name: then plans were generic"
	) or diag("$generic and $custom, then $more_generic and $more_custom");
	$client->rows('begin', 'auto');
	return;
}

# A result of twenty pages.  With streams => 0, the driver reads all of a result
# before it gives the first row.
sub cursors
{
	my ($self, %options) = @_;
	my ($pca, $client, $name) = @$self{qw(pca client name)};
	my $columns =
	  'customer_tenant_id::text, product_id, channel, licenses_sold';
	my $sql = "SELECT $columns FROM partner_center.license_deployment";
	$pca->sql(
		"ALTER SERVER mock_api OPTIONS (ADD page_size '20', ADD max_parallel_requests '1')"
	);
	$pca->log_entries;
	my @rows = $client->rows('fetch', 10, 30, $sql);
	my $requests = () = $pca->requests;
	is(scalar(@rows), 30, "$name: thirty rows of a cursor");
	cmp_ok(
		$requests,
		$options{streams} // 1 ? '<=' : '==',
		$options{streams} // 1 ? 4    : 20,
		"$name: with the requests that these need");
	@rows = $client->rows('fetch', 7, 400, $sql);
	is(scalar(() = $pca->requests),
		20, "$name: a cursor that is read to its end requests no page twice");
	is( join(
			"\n",
			sort map {
				join '|',
				  map { $_ // '' }
				  @$_
			} @rows),
		join(
			"\n",
			sort split /\n/,
			$pca->sql("SELECT $columns FROM local.license_deployment")),
		"$name: and has the rows of the local copy");
	$pca->sql(
		'ALTER SERVER mock_api OPTIONS (DROP page_size, DROP max_parallel_requests)'
	);
	return;
}

# Errors of the extension and of the API.  An undef of the client is not compared.
sub errors
{
	my ($self) = @_;
	my ($pca, $client, $name) = @$self{qw(pca client name)};
	my @cases = (
		[
			'a history without days',
			'SELECT count(*), sum(licenses_sold)::text FROM partner_center.license_deployment_history',
			undef
		],
		[
			'an error of the API',
			'SELECT channel FROM partner_center.license_deployment',
			{
				kind => 'status',
				status => 400,
				code => 2000,
				description => 'Filter "x" is bad.'
			}
		]);
	foreach my $case (@cases)
	{
		my ($what, $sql, $fault) = @$case;
		$pca->fault(%$fault, times => 0) if $fault;
		my $error = $pca->error_of($sql);
		my ($sqlstate, $message, $detail, $hint) =
		  map { $_ // '' } @{ ($client->rows('fail', $sql))[0] };
		$pca->clear_faults;
		is($sqlstate || $error->{sqlstate},
			$error->{sqlstate}, "$name: $what: the SQLSTATE");
		is($message, $error->{message}, "$name: $what: the message");
		like(
			$detail,
			qr/Filter "x" is bad.*MS-RequestId/s,
			"$name: $what: the detail") if $fault;
		is($hint || $error->{hint}, $error->{hint}, "$name: $what: the hint")
		  unless $fault;
	}
	is($client->text('run', 'SELECT 1'), '1', "$name: the session goes on");
	return;
}

# Both end a statement that waits for the API.
sub interrupts
{
	my ($self, @kinds) = @_;
	my ($pca, $client, $name) = @$self{qw(pca client name)};
	my $sql = 'SELECT channel FROM partner_center.license_deployment';
	foreach my $kind (@kinds ? @kinds : qw(cancel timeout))
	{
		$pca->fault(kind => 'stall', at => 'body', times => 0);
		$client->start($kind, $kind eq 'timeout' ? 1 : (), $sql);
		if ($kind eq 'cancel')
		{
			$pca->wait_for_requests(1);
			$client->start('now');
		}
		my ($sqlstate, $message) = @{ ($client->finish)[0] };
		$pca->clear_faults;
		is($sqlstate // '57014', '57014', "$name: $kind: the SQLSTATE");
		like($message, qr/canceling statement/, "$name: $kind: the message");
		$pca->wait_for('the end of the request',
			sub { $pca->state->{in_progress} == 0 });
		is($client->text('run', 'SELECT 1'),
			'1', "$name: $kind: the session goes on");
	}
	return;
}

1;
