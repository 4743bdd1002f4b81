# What the tests of cached responses (option cache_ttl) have in common: a PcaTest whose
# server has cache_ttl, and what its queries send.
#
#     my $pca = PcaCacheTest->new;
#     is($pca->run($query), '468|3|1', 'three pages and a token are requested');
#     is($pca->pages($query), 0, 'none is, and the rows are those of the local copy');
#
# The sessions do not share their tokens, so that a cached response can be seen to need none.
package PcaCacheTest;

use strict;
use warnings FATAL => 'all';

use parent -norequire, 'PcaTest';

use PcaTest;

# new(options of PcaTest's)
sub new
{
	my ($class, %options) = @_;
	return $class->SUPER::new(
		rows => 500,
		customers => 5,
		mapping => { %PcaTest::CREDENTIALS, share_token => 'false' },
		server => { cache_ttl => 3600, page_size => 200, max_retries => 0 },
		%options);
}

# What a query returns, and how many requests for pages and for tokens it sends, in a
# session of its own or in option session, with the setting of option cache:
# "rows|pages|tokens".
sub run
{
	my ($self, $sql, %options) = @_;
	my $session = $options{session} // $self->session;
	$session->query("SET pc_analytics_fdw.cache = $options{cache}")
	  if defined $options{cache};
	() = $self->log_entries;
	my $rows = $session->query($sql);
	my @sent = $self->requests;
	my $tokens = grep { m{/oauth2/} } @sent;
	return "$rows|" . (@sent - $tokens) . "|$tokens";
}

# How many requests for pages were received since the last call of requests().
sub page_requests
{
	my ($self) = @_;
	return scalar grep { !m{/oauth2/} } $self->requests;
}

# How many requests for pages a query sends, whose rows are those of the local copy.
sub pages
{
	my ($self, $sql) = @_;
	() = $self->log_entries;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$self->same_query($sql, $sql);
	return $self->page_requests;
}

# Run the code while the mock API sends nothing, and takes no control requests.
sub hold_responses
{
	my ($self, $code) = @_;
	kill 'STOP', $self->mock_api_pid;
	my $done = eval { $code->(); 1 };
	kill 'CONT', $self->mock_api_pid;
	die $@ unless $done;
	return;
}

# Until each of the sessions has a row of a view; from: the view and a condition on its rows.
sub _wait_until_all
{
	my ($self, $what, $from, @sessions) = @_;
	my $pids = join ', ', map { $_->pid } @sessions;
	return $self->wait_for(
		$what,
		sub {
			$self->sql("SELECT count(*) FROM $from AND pid IN ($pids)") ==
			  @sessions;
		});
}

# Until the sessions wait for the API, or for the response of another session.
sub wait_until_waiting
{
	my ($self, @sessions) = @_;
	return $self->_wait_until_all(
		'sessions that wait',
		"pg_stat_activity WHERE state = 'active' AND wait_event_type = 'Extension'",
		@sessions);
}

# Until they wait for the response of another session.
sub wait_until_following
{
	my ($self, @sessions) = @_;
	return $self->_wait_until_all(
		'sessions that wait for another one',
		"pc_analytics_progress WHERE waits_for = 'the response of another session'",
		@sessions);
}

# From now on, the server has another locale, for which no response is kept and no
# session has sent a request.
sub use_new_locale
{
	my ($self) = @_;
	my $add = $self->{locales} ? 'SET' : 'ADD';
	$self->sql(
		"ALTER SERVER mock_api OPTIONS ($add locale 'x-@{[ ++$self->{locales} ]}')"
	);
	return;
}

# That locale.
sub locale { return "x-$_[0]->{locales}"; }

1;
