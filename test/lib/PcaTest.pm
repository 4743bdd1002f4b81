# What a TAP test stands on: a PostgreSQL of its own, the mock API, and the
# extension between them.
#
#     use PcaTest;
#     use Test::More;
#
#     my $pca = PcaTest->new(rows => 5000);
#     $pca->query_is('SELECT count(*) FROM license_deployment', 5000, 'all rows');
#     is_deeply([ $pca->requests ], [ 'GET /v1/analytics/...' ], 'one request');
#     done_testing();
#
# Everything that new() starts ends with the test, however it ends.
package PcaTest;

use strict;
use warnings FATAL => 'all';

use Cwd            qw(abs_path);
use File::Basename qw(basename dirname);
use HTTP::Tiny;
use IPC::Open3 qw(open3);
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use PcaSession;
use POSIX qw(WNOHANG);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More  ();
use Time::HiRes qw(sleep time);

use constant {
	PATIENCE => $ENV{PG_TEST_TIMEOUT_DEFAULT}
	  || 180,    # seconds; as PostgreSQL's own tests
	TURN => 0.02,    # seconds between two looks
};

my $SERVER_PY = abs_path(dirname(__FILE__) . '/../mock_api/server.py');

# What the mock API knows its one partner by.
our %MAPPING = (access_token => 'mock-api-access-token');
our %CREDENTIALS = (
	tenant_id => '11111111-2222-3333-4444-555555555555',
	client_id => '66666666-7777-8888-9999-000000000000',
	client_secret => 'mock-api-client-secret',
	refresh_token => 'mock-api-refresh-token');

my @live;        # mock API to be ended
my $made = 0;    # mock API so far

# new(name => 'main', switches of the mock API, and these:)
#     conf => text for postgresql.conf
#     server => {option => value}     options of the server beside its URLs
#     mapping => {option => value}    instead of the static access token
#     import => 0                     leave schema and foreign tables to the test
#     extension => 0                  and the extension, server and mapping too
#     arguments => [...]              more of the mock API's command line
#     tls => [certificate, key]       the mock API speaks TLS with these files
#     node => 0                       the mock API alone, without a PostgreSQL
sub new
{
	my ($class, %options) = @_;
	my %given = map { $_ => delete $options{$_} }
	  qw(name conf server mapping import extension arguments tls node);
	my $self = bless {}, $class;

	$self->_start_mock_api(\%options, $given{arguments} // [], $given{tls});
	return $self if defined $given{node} && !$given{node};
	$self->{node} = PostgreSQL::Test::Cluster->new($given{name} // 'main');
	$self->{node}->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
	$self->{node}->append_conf('postgresql.conf', $given{conf})
	  if defined $given{conf};
	$self->{node}->start;
	return $self if defined $given{extension} && !$given{extension};

	$self->sql('CREATE EXTENSION pc_analytics_fdw');
	$self->{mapping} = $given{mapping} // \%MAPPING;
	$self->create_server('mock_api', $given{server} // {}, $self->{mapping});
	$self->import_schema unless defined $given{import} && !$given{import};
	return $self;
}

# What starts a server with pg_cron; empty where there is none.
sub pg_cron_conf
{
	my $shared = `pg_config --sharedir` =~ s/\n//r;
	return '' unless -e "$shared/extension/pg_cron.control";
	return
	  "shared_preload_libraries = 'pg_cron'\ncron.use_background_workers = on\nmax_worker_processes = 16\n";
}

sub node         { return $_[0]->{node}; }
sub url          { return $_[0]->{url}; }
sub port         { return $_[0]->{port}; }
sub mock_api_pid { return $_[0]->{pid}; }

# --- the mock API

sub _start_mock_api
{
	my ($self, $switches, $arguments, $tls) = @_;
	my @sets = map { ('--set', "$_=" . _switch_text($switches->{$_})) }
	  sort keys %$switches;
	my $log =
		"$PostgreSQL::Test::Utils::log_path/"
	  . basename($0, '.pl')
	  . "_mock_api_"
	  . ++$made . '.log';

	my $control = "$PostgreSQL::Test::Utils::tmp_check/control.$$.$made";
	push @sets, '--tls-cert', $tls->[0], '--tls-key', $tls->[1],
	  '--control-port-file', $control
	  if $tls;
	open(my $errors, '>', $log) or die "could not write $log: $!";
	my $pid = open3(
		my $in, my $out,
		'>&' . fileno($errors), 'python3',
		'-B', $SERVER_PY,
		'--exit-with-stdin', @sets,
		@$arguments);
	my $line = _first_line($out);
	push @live, { pid => $pid, in => $in, out => $out };
	$line =~ /^listening on (\S+) (\d+)/
	  or die "the mock API did not start: $line"
	  . PostgreSQL::Test::Utils::slurp_file($log);
	@$self{qw(pid port url)} =
	  ($pid, $2, ($tls ? 'https' : 'http') . "://$1:$2");
	$self->{control} = "http://$1:"
	  . ($tls ? 0 + PostgreSQL::Test::Utils::slurp_file($control) : $2);
	$self->{http} = HTTP::Tiny->new(timeout => PATIENCE, keep_alive => 0);
	return;
}

sub _switch_text
{
	my ($value) = @_;
	return ref $value ? JSON::PP->new->allow_nonref->encode($value) : $value;
}

sub _first_line
{
	my ($out) = @_;
	my $line;
	local $SIG{ALRM} = sub { die "the mock API said nothing\n" };
	alarm(PATIENCE);
	$line = <$out>;
	alarm(0);
	return $line // '';
}

# End the mock API now; a test may want to know what happens without it.
sub stop_mock_api
{
	my ($self) = @_;
	my ($mine) = grep { $_->{pid} == $self->{pid} } @live;
	@live = grep { $_ != $mine } @live if $mine;
	_end_mock_api($mine) if $mine;
	return;
}

sub _end_mock_api
{
	my ($mock_api) = @_;
	my $until = time + 10;
	local $?;
	close $mock_api->{in};
	while (waitpid($mock_api->{pid}, WNOHANG) == 0)
	{
		kill 'KILL', $mock_api->{pid} if time > $until;
		sleep(TURN);
	}
	return;
}

END
{
	local $?;
	_end_mock_api($_) foreach splice @live;
}

sub _control
{
	my ($self, $method, $name, $value) = @_;
	my $answer = $self->{http}->request(
		$method,
		"$self->{control}/__mock_api/$name",
		defined $value
		? { content => JSON::PP->new->utf8->encode($value) }
		: {});
	$answer->{success}
	  or die
	  "the mock API refused $method $name: $answer->{status} $answer->{content}";
	return $answer->{content};
}

sub _control_json
{
	my ($self, @asked) = @_;
	return JSON::PP->new->utf8->allow_nonref->decode($self->_control(@asked));
}

# Set switches: config(bom => 1) or config({bom => JSON::PP::true}).  Flags are
# true and false, so 0 and 1 are taken for them where the switch is a flag.
sub config
{
	my ($self, @switches) = @_;
	my %set = @switches == 1 ? %{ $switches[0] } : @switches;
	return $self->_control_json('GET', 'config') unless %set;
	my $now = $self->_control_json('GET', 'config');
	foreach my $name (keys %set)
	{
		$set{$name} = $set{$name} ? JSON::PP::true : JSON::PP::false
		  if JSON::PP::is_bool($now->{$name});
		$set{$name} += 0 if !ref $set{$name} && $set{$name} =~ /^-?\d+$/;
	}
	return $self->_control_json('POST', 'config', \%set);
}

# Add a rule: fault(kind => 'status', status => 500, times => 1), or several.
sub fault
{
	my ($self, @rule) = @_;
	return $self->_control_json('POST', 'fault',
		ref $rule[0] ? $rule[0] : {@rule});
}

# Every response from now on has this body, whose bytes are given, instead of other
# faults: respond_with('[]', status => 200).
sub respond_with
{
	my ($self, $body, %options) = @_;
	$self->clear_faults;
	return $self->fault(
		kind => 'body',
		base64 => encode_base64($body, ''),
		times => 0,
		%options);
}

sub clear_faults { return $_[0]->_control_json('DELETE', 'fault'); }
sub faults       { return $_[0]->_control_json('GET', 'fault'); }
sub state        { return $_[0]->_control_json('GET', 'state'); }

# The secrets of sign-ins that were sent or given out: {name => [value, ...]}.
sub secrets { return $_[0]->_control_json('GET', 'secrets'); }

sub revoke
{
	return $_[0]
	  ->_control_json('POST', 'tokens', { revoke => $_[1] // 'all' });
}

# Give a resource these rows: rows('license_deployment', [{serviceCode => ...}]).
sub rows
{
	my ($self, $resource, $rows) = @_;
	return $self->_control_json('POST', 'rows',
		{ resource => $resource, rows => $rows });
}

# Print and keep the pages that a scan of the resource will ask for, of so many
# rows each (the largest, when it is not said).
sub warm
{
	my ($self, $resource, $top) = @_;
	return $self->_control_json('POST', 'warm',
		{ resource => $resource, defined $top ? (top => $top) : () });
}

# Everything as it was after new(); the next requests() starts afresh.
sub reset
{
	my ($self) = @_;
	return $self->_control_json('POST', 'reset');
}

# An answer that the client did not read to its end may still be on its way; one
# that is stalled on purpose is not waited for.
sub _wait_until_answered
{
	my ($self) = @_;
	foreach (1 .. 50)
	{
		return if $self->state->{in_progress} == 0;
		select(undef, undef, undef, 0.02);
	}
	return;
}

# What has been received since the last call of this or of requests(): a list
# of hashes as the mock API's README describes them.
sub log_entries
{
	my ($self) = @_;
	$self->_wait_until_answered if defined wantarray;
	return @{ $self->_control_json('DELETE', 'log') };
}

# The same as lines: "GET /v1/...?filter=channel eq 'reseller'", decoded.
sub requests
{
	my ($self) = @_;
	return map { _target($_) } $self->log_entries;
}

sub _target
{
	my ($entry) = @_;
	my $query = join '&', map { join '=', @$_ } @{ $entry->{parameters} };
	return "$entry->{method} $entry->{path}"
	  . ($entry->{target} =~ /\?/ ? "?$query" : '');
}

# --- SQL

sub _literal
{
	my ($text) = @_;
	$text =~ s/'/''/g;
	return "'$text'";
}

sub _options
{
	my (%options) = @_;
	return '' unless %options;
	return
		'OPTIONS ('
	  . join(', ', map { "$_ " . _literal($options{$_}) } sort keys %options)
	  . ')';
}

# A server to the mock API, and the test's user's mapping.
sub create_server
{
	my ($self, $name, $server, $mapping) = @_;
	my %urls = (base_url => $self->url, login_url => $self->url);
	$self->sql("CREATE SERVER $name FOREIGN DATA WRAPPER pc_analytics_fdw "
		  . _options(%urls, %{ $server // {} }));
	$self->sql("CREATE USER MAPPING FOR CURRENT_USER SERVER $name "
		  . _options(%{ $mapping // \%MAPPING }));
	return;
}

# Make the superuser's mapping for "mock_api" again, as new() made it, with more
# options.
sub restore_mapping
{
	my ($self, %more) = @_;
	$self->sql(
			'DROP USER MAPPING IF EXISTS FOR CURRENT_USER SERVER mock_api; '
		  . 'CREATE USER MAPPING FOR CURRENT_USER SERVER mock_api '
		  . _options(%{ $self->{mapping} }, %more));
	return;
}

# An option of the mapping of a role, or of the superuser, as it is stored; the role
# of PUBLIC is "public".
sub stored_option
{
	my ($self, $name, $role, $server) = @_;
	$server //= 'mock_api';
	return $self->sql(
		"SELECT option_value FROM pg_user_mappings, pg_options_to_table(umoptions) "
		  . "WHERE srvname = '$server' AND option_name = '$name' AND usename = "
		  . ($role ? "'$role'" : 'current_user'));
}

# Import into a schema of the search path.
sub import_schema
{
	my ($self, $server, $schema) = @_;
	$server //= 'mock_api';
	$schema //= 'partner_center';
	$self->sql("CREATE SCHEMA $schema; "
		  . "IMPORT FOREIGN SCHEMA analytics FROM SERVER $server INTO $schema; "
		  . "ALTER DATABASE postgres SET search_path = $schema, public");
	return;
}

# Run SQL in one session; its result as psql -At prints it.  Dies on an error.
sub sql
{
	my ($self, $sql, %options) = @_;
	return $self->node->safe_psql($options{dbname} // 'postgres', $sql);
}

# A test point: the result is that.
sub query_is
{
	my ($self, $sql, $expected, $name) = @_;
	my ($status, $out, $err) = $self->node->psql('postgres', $sql);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return Test::More::is($err || $out, $expected, $name) if $status == 0;
	Test::More::fail($name);
	Test::More::diag("$sql\n$err");
	return 0;
}

# A test point: no error.
sub query_ok
{
	my ($self, $sql, $name) = @_;
	my $error = $self->error_of($sql);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return Test::More::ok(!%$error, $name // $sql)
	  || Test::More::diag("$sql\n$error->{text}");
}

# The first error of the SQL: {sqlstate, message, detail, hint, text}, or {}.
sub error_of
{
	my ($self, $sql, %options) = @_;
	my ($status, undef, $text) =
	  $self->node->psql($options{dbname} // 'postgres',
		$sql, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	return $status == 0 ? {} : parse_error($text);
}

# What error_of() says of psql's words, verbosely.
sub parse_error
{
	my ($text) = @_;
	return {} if $text eq '';
	my ($sqlstate, $rest) = $text =~ /(?:ERROR|FATAL):  ([0-9A-Z]{5}): (.*)/s
	  or return {
		sqlstate => '',
		message => $text,
		detail => '',
		hint => '',
		text => $text
	  };
	my %error =
	  (sqlstate => $sqlstate, detail => '', hint => '', text => $text);
	($error{message}) =
	  $rest =~ /\A(.*?)(?=\n[A-Z]+(?: [A-Z]+)*:?  ?|\nLINE \d|\z)/s;
	foreach my $part (qw(DETAIL HINT))
	{
		$error{ lc $part } = $1
		  if $rest =~ /^$part:  (.*?)(?=\n[A-Z]+:  |\nLINE \d|\z)/ms;
	}
	return \%error;
}

# A test point: the SQL fails with that SQLSTATE, and a text (message, detail,
# hint) that matches each expression.
sub fails_with
{
	my ($self, $sql, $sqlstate, $expressions, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return $self->error_is($self->error_of($sql), $sqlstate, $expressions,
		$name)
	  || Test::More::diag($sql);
}

# The same of an error at hand.
sub error_is
{
	my ($self, $error, $sqlstate, $expressions, $name) = @_;
	my @wanted = ref $expressions eq 'ARRAY' ? @$expressions : ($expressions);
	my @missing = grep { ($error->{text} // '') !~ $_ } @wanted;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return Test::More::ok(($error->{sqlstate} // 'none') eq $sqlstate
		  && !@missing, $name)
	  || Test::More::diag("should fail with $sqlstate and @wanted; got: "
		  . ($error->{text} // 'no error'));
}

# A plain table "local.NAME" that holds what the mock API has for the foreign
# table, read past the extension.
sub local_copy
{
	my ($self, $table) = @_;
	my $file = "$PostgreSQL::Test::Utils::tmp_check/$table.$$.csv";
	open(my $csv, '>:raw', $file) or die "could not write $file: $!";
	print $csv $self->_control('GET', "rows/$table?format=csv");
	close $csv or die "could not write $file: $!";
	$self->sql('CREATE SCHEMA IF NOT EXISTS local; '
		  . "CREATE TABLE IF NOT EXISTS local.$table (LIKE partner_center.$table); TRUNCATE local.$table; "
		  . "COPY local.$table FROM "
		  . _literal($file)
		  . " WITH (FORMAT csv, HEADER, ENCODING 'UTF8')");
	unlink $file;
	return "local.$table";
}

# A test point: two queries give the same rows, each as often, in any order.
# No rows at all prove nothing, and fail, unless empty => 1.
sub same_rows
{
	my ($self, $foreign, $local, $name, %options) = @_;
	my $sql =
		"CREATE TEMP TABLE f AS $foreign; CREATE TEMP TABLE l AS $local; "
	  . 'SELECT (SELECT count(*) FROM f), '
	  . "(SELECT string_agg(d, E'\\n') FROM (SELECT * FROM ("
	  . "SELECT 'only foreign: ' || r AS d FROM "
	  . '(SELECT f::text FROM f EXCEPT ALL SELECT l::text FROM l) AS x(r) UNION ALL '
	  . "SELECT 'only local: ' || r FROM "
	  . '(SELECT l::text FROM l EXCEPT ALL SELECT f::text FROM f) AS x(r)) u LIMIT 10) v)';
	my ($status, $out, $err) = $self->node->psql('postgres', $sql);
	my ($count, $difference) =
	  $status == 0 ? $out =~ /\A(\d+)\|(.*)\z/s : (0, $err);
	$difference ||= 'no rows' unless $count || $options{empty};
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return Test::More::is($difference, '', $name)
	  || Test::More::diag("$foreign\n$local");
}

# A session that stays open: session(dbname => ..., user => ...).
sub session
{
	my ($self, %options) = @_;
	my $connection = $self->node->connstr($options{dbname} // 'postgres');
	$connection .= " user=$options{user}" if defined $options{user};
	return PcaSession->new($connection, PATIENCE);
}

my $COMPARE = <<'END';
CREATE FUNCTION pg_temp.compare(query text, OUT number bigint, OUT difference text)
LANGUAGE plpgsql AS $$ DECLARE found record; BEGIN
  CREATE TEMP TABLE f (r text); CREATE TEMP TABLE l (r text);
  PERFORM set_config('search_path', 'partner_center, public', true);
  FOR found IN EXECUTE query LOOP INSERT INTO f VALUES (found::text); END LOOP;
  PERFORM set_config('search_path', 'local, public', true);
  FOR found IN EXECUTE query LOOP INSERT INTO l VALUES (found::text); END LOOP;
  number := (SELECT count(*) FROM f);
  difference := (SELECT string_agg(d, E'\\n') FROM (
    SELECT 'only foreign: ' || left(r, 200) AS d FROM (TABLE f EXCEPT ALL TABLE l) AS x
    UNION ALL SELECT 'only local: ' || left(r, 200) FROM (TABLE l EXCEPT ALL TABLE f) AS x LIMIT 4) AS v);
  DROP TABLE f, l;
END $$
END

# A test point: the query gives the same rows, each as often, in any order,
# whether its tables are the foreign ones or the copies in schema local.  All
# are run in one session, or in option session.  No rows at all prove nothing,
# and fail, unless empty => 1.
sub same_query
{
	my ($self, $sql, $name, %options) = @_;
	my $session = $options{session}
	  // ($self->{comparing} //= $self->session);
	$session->query($COMPARE) unless $session->{compares}++;
	$session->start('SELECT number, difference FROM pg_temp.compare('
		  . _literal($sql)
		  . ')');
	my ($said, $errors) = $session->finish;
	my ($number, $difference) = split /\|/, $said, 2;
	$difference = $errors || 'no rows'
	  if $errors || !($difference || $number || $options{empty});
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return Test::More::is($difference, '', $name) || Test::More::diag($sql);
}

# Whether PostgreSQL was built with OpenSSL, as client_certificate_file needs it.
sub has_openssl
{
	my ($self) = @_;
	return $self->sql(
		"SELECT count(*) FROM pg_config WHERE name = 'CONFIGURE' AND setting ~ 'with-(ssl=)?openssl'"
	);
}

# The plan as text.
sub explain
{
	my ($self, $sql, $options) = @_;
	return $self->sql(
		'EXPLAIN (' . ($options // 'VERBOSE, COSTS OFF') . ") $sql");
}

# Look until the code gives something true, and return that; dies when it
# never does.
sub wait_for
{
	my ($self, $what, $code) = @_;
	my $until = time + PATIENCE;
	while (1)
	{
		my $found = $code->();
		return $found if $found;
		die "waited in vain for $what" if time > $until;
		sleep(TURN);
	}
}

# Until the server accepts connections.  psql gets the query as an argument: a
# psql that is refused ends before it reads standard input, and writing to it
# would end the test.
sub wait_for_server
{
	my ($self) = @_;
	return $self->wait_for(
		'the server',
		sub {
			my ($out) = run_command(
				[
					'psql', '-XAtq',
					'-d', $self->node->connstr('postgres'),
					'-c', 'SELECT 1'
				]);
			return $out eq '1';
		});
}

# Whether the kernel lets start_with_shm() mount a file system.
sub can_mount_shm
{
	return
	  system('unshare -rm mount -t tmpfs tmpfs /dev/shm 2>/dev/null') == 0;
}

# Start the server again, with a /dev/shm of that size, such as "16m".  Returns true if
# it starts.
sub start_with_shm
{
	my ($self, $size) = @_;
	my $node = $self->node;
	$node->stop;
	system(
		'unshare',
		'-rm',
		'sh',
		'-c',
		'mount -t tmpfs -o size="$0" tmpfs /dev/shm && exec unshare -U --map-user="$1" --map-group="$2" pg_ctl -w -D "$3" -l "$4" start >/dev/null 2>&1',
		$size,
		$<,
		$( + 0,
		$node->data_dir,
		$node->logfile) == 0
	  or return 0;
	$node->_update_pid(1);
	return 1;
}

# Until so many requests are being answered, as when faults make them hang.
sub wait_for_requests
{
	my ($self, $number) = @_;
	return $self->wait_for("$number requests in progress",
		sub { $self->state->{in_progress} >= $number });
}

1;
