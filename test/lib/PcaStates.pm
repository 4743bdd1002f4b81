# Every state in which a query may be when it is interrupted.
#
#     use PcaStates;
#     PcaStates::alone();                    # before PcaTest is used
#     my $states = PcaStates->new($pca, \%PcaTest::CREDENTIALS);
#     foreach my $state ($states->all)       # {name, query, fault, reached}
package PcaStates;

use strict;
use warnings FATAL => 'all';

use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(time);

# Make the caller's script run in a network of its own whose name server never
# answers, where the kernel lets us; else it goes on here, and cannot resolve
# without end.
sub alone
{
	return if $^C || defined $ENV{PCA_ALONE};
	my ($uid, $gid) = ($>, $) =~ /^(\d+)/);
	my $resolv = ($ENV{TESTDATADIR} // '/tmp') . "/resolv.$$";
	my $inner = "unshare -U --map-user=$uid --map-group=$gid";
	my $ready =
	  'echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start && ip link set lo up '
	  . "&& mount --bind '$resolv' /etc/resolv.conf";
	open(my $file, '>', $resolv) or die "could not write $resolv: $!";
	print $file "nameserver 127.0.0.1\n";
	close $file or die "could not write $resolv: $!";
	my @outer = (qw(unshare -U -r -n -m sh -c));
	$ENV{PCA_ALONE} =
	  system(@outer, "{ $ready && $inner true; } >/dev/null 2>&1") == 0
	  ? 'yes'
	  : 'no';
	return if $ENV{PCA_ALONE} eq 'no';
	exec(
		@outer, "$ready && exec $inner \"\$@\"",
		'alone', $^X, (map { "-I$_" } @INC),
		$0, @ARGV) or die "could not start again: $!";
}

# Servers and tables in all states, with those credentials where a token is
# asked for.  What listens ends with the object.
sub new
{
	my ($class, $pca, $credentials) = @_;
	my $self = bless { pca => $pca }, $class;
	my %patient = (
		page_size => 100,
		max_parallel_requests => 1,
		connect_timeout => '60s',
		max_retry_wait => '600s');
	$self->_server('waits', \%patient);
	$self->_server('asks', \%patient, $credentials);
	$self->_server('many', { %patient, max_parallel_requests => 4 });
	$self->_server('more', { %patient, max_parallel_requests => 4 });
	$self->_server('shared',
		{ %patient, max_parallel_requests => 4, fdw_tuple_cost => 1 });
	$pca->sql("ALTER FOREIGN TABLE at_shared OPTIONS (ADD rows '100000')");
	$self->_server('large', { max_parallel_requests => 4 });
	$self->{full} =
	  IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')
	  or die "no socket: $!";
	$self->{mute} =
	  IO::Socket::INET->new(Listen => 1000, LocalAddr => '127.0.0.1')
	  or die "no socket: $!";
	$self->{waiting} = [ _fill($self->{full}->sockport) ];
	$self->_server(
		'full',
		{
			%patient,
			base_url => 'http://127.0.0.1:' . $self->{full}->sockport
		});
	$self->_server(
		'mute',
		{
			%patient,
			base_url => 'https://127.0.0.1:' . $self->{mute}->sockport
		});

	if ($ENV{PCA_ALONE} eq 'yes')
	{
		$self->{names} = IO::Socket::INET->new(
			Proto => 'udp',
			LocalAddr => '127.0.0.1',
			LocalPort => 53) or die "no socket: $!";
		$self->_server('nowhere',
			{ %patient, base_url => 'https://nowhere.example' });
	}
	return $self;
}

sub _server
{
	my ($self, $name, $options, $mapping) = @_;
	$self->{pca}->create_server("at_$name", $options, $mapping);
	$self->{pca}->sql(
		"CREATE FOREIGN TABLE at_$name (channel text, licenses_sold bigint) SERVER at_$name OPTIONS (resource 'license_deployment')"
	);
	return;
}

# Open connections until the next one would wait for the listener: Linux drops
# the SYN of those that do not fit into the backlog.  That one is closed again.
sub _fill
{
	my ($port) = @_;
	my @sockets;
	while (@sockets < 20)
	{
		push @sockets,
		  IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Blocking => 0);
		my $made = 0;
		my $until = time + 0.3;
		while (!$made && time < $until)
		{
			$made = _sockets_to($port, '01') >= @sockets;
		}
		next if $made;
		pop @sockets;
		return @sockets;
	}
	die 'the backlog has no end';
}

# How many of this machine's sockets are connected (01), or being so (02), to a
# port.
sub _sockets_to
{
	my ($port, $state) = @_;
	open(my $table, '<', '/proc/net/tcp') or die "no /proc/net/tcp: $!";
	my $pattern = sprintf '\s0100007F:[0-9A-F]+ 0100007F:%04X %s ', $port,
	  $state;
	return scalar grep { /$pattern/ } <$table>;
}

# Queries to the name server since the last look.
sub _names_asked
{
	my ($self) = @_;
	my $asked = 0;
	my $select = IO::Select->new($self->{names});
	while ($select->can_read(0))
	{
		$asked++ if defined $self->{names}->recv(my $question, 512);
	}
	return $asked;
}

# Before a query begins: what has been before does not count.
sub forget
{
	my ($self) = @_;
	$self->_names_asked if $self->{names};
	$self->{shaking} = _sockets_to($self->{mute}->sockport, '01');
	$self->{pca}->log_entries;
	return;
}

# So many requests are being answered, or hang.
sub _requests
{
	my ($self, $number) = @_;
	return $self->{pca}->state->{in_progress} >= $number;
}

# A request has been answered or lost, and nothing is in progress.
sub _refused
{
	my ($self) = @_;
	my $state = $self->{pca}->state;
	return $state->{logged} > 0 && $state->{in_progress} == 0;
}

# The states: name, query, fault (or undef), what tells that it is reached.
# That of a name that is resolved is missing where we are not alone, that of
# pages that are paused where the mock API has too few rows for one.
sub all
{
	my ($self) = @_;
	my $token = '/oauth2/token';
	my $one = sub { $self->_requests(1) };
	my $refused = sub { $self->_refused };
	my %refusal = (kind => 'status', status => 503, retry_after => 300);
	my @states = (
		[
			'resolving a name',
			'TABLE at_nowhere',
			undef,
			sub {
				$self->_watch(
					"wait_event_type = 'Extension' AND query ~ 'at_nowhere'")
				  && $self->_names_asked;
			}
		],
		[
			'connecting', 'TABLE at_full',
			undef, sub { _sockets_to($self->{full}->sockport, '02') > 0 }
		],
		[
			'shaking hands',
			'TABLE at_mute',
			undef,
			sub {
				_sockets_to($self->{mute}->sockport, '01') > $self->{shaking};
			}
		],
		[
			'waiting for an answer',
			'TABLE at_waits',
			{ kind => 'stall' },
			$one
		],
		[
			'waiting for a body',
			'TABLE at_waits',
			{ kind => 'stall', at => 'headers' }, $one
		],
		[
			'in the midst of a body',
			'TABLE at_waits',
			{ kind => 'stall', at => 'body', after_bytes => 9000 }, $one
		],
		[
			'in the midst of a third page',
			'TABLE at_waits',
			{
				kind => 'stall',
				at => 'body',
				after_bytes => 9000,
				regex => 'skip=200'
			},
			$one
		],
		[
			'receiving drips',
			'TABLE at_waits',
			{ kind => 'drip', every_ms => 20 }, $one
		],
		[
			'paused', 'SELECT pg_sleep(60), channel FROM at_large',
			undef, sub { $self->_watch("wait_event = 'PgSleep'") }
		],
		[ 'between attempts', 'TABLE at_waits', {%refusal}, $refused ],
		[
			'between attempts after a lost connection',
			'TABLE at_waits',
			{ kind => 'close' }, $refused
		],
		[
			'in a grouped query',
			'SELECT channel, sum(licenses_sold) FROM at_waits GROUP BY 1',
			{ kind => 'stall' }, $one
		],
		[
			'asking for a token',
			'TABLE at_asks',
			{ kind => 'stall', regex => $token }, $one
		],
		[
			'in the midst of a token',
			'TABLE at_asks',
			{
				kind => 'stall',
				at => 'body',
				after_bytes => 50,
				regex => $token
			},
			$one
		],
		[
			'between attempts to get a token',
			'TABLE at_asks',
			{ %refusal, regex => $token },
			$refused
		],
		[
			'with pages on their way',
			'TABLE at_many',
			{
				kind => 'stall',
				at => 'body',
				after_bytes => 2000,
				regex => 'skip=[1-9]'
			},
			sub { $self->_requests(2) }
		],
		[
			'in parallel workers',
			'TABLE at_shared',
			{
				kind => 'stall',
				at => 'body',
				after_bytes => 2000,
				regex => 'skip=[1-9]'
			},
			sub {
				$self->_requests(2)
				  && $self->_watch("backend_type = 'parallel worker'");
			}
		],
		[
			'below an Append',
			'SELECT * FROM at_many UNION ALL SELECT * FROM at_more',
			{ kind => 'stall' },
			sub { $self->_requests(2) }
		]);
	@states = grep { $_->[0] ne 'resolving a name' } @states
	  unless $self->{names};
	@states = grep { $_->[0] ne 'paused' } @states
	  if $self->{pca}->config->{rows} < 10000;
	return map {
		my %state;
		@state{qw(name query fault reached)} = @$_;
		$state{fault}{times} = 0 if $state{fault};
		\%state
	} @states;
}

# Returns true if such a session is active.  Resolvers that no query waits for any
# more ask again, so that a question alone does not tell who asks.
sub _watch
{
	my ($self, $condition) = @_;
	$self->{watcher} //= $self->{pca}->session;
	return $self->{watcher}->query(
		"SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND $condition"
	) > 0;
}

1;
