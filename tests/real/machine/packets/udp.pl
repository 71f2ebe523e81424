#!/usr/bin/perl -w
# Sends packets of UDP, many at once in one process: reads lines of a number, an address and a port, sends a packet to each and
# prints the number with the answer, or "dropped" where none comes in 3 seconds.

$| = 1;
my $address = sub { pack "S n C4 x8", 2, $_[1], split /\./, $_[0] };

# Each from a port of its own: of two packets to one pod, by its address and by a Service, the answers are told apart by it.
my (%sockets, %waiting);
while (<STDIN>) {
    my ($number, $host, $port) = split;
    socket my $socket, 2, 2, 17 or die "socket: $!";
    $sockets{ fileno $socket } = $socket;
    $waiting{ fileno $socket } = $number;
    send $socket, "?", 0, $address->($host, $port);
}
my $end = time + 3;
while (%waiting && time < $end) {
    my $readable = "";
    vec($readable, $_, 1) = 1 for keys %waiting;
    select $readable, undef, undef, 0.5;
    for (grep { vec $readable, $_, 1 } keys %waiting) {
        defined recv $sockets{$_}, my $text, 99, 0 or next;
        print delete $waiting{$_}, " $text\n";
    }
}
print "$_ dropped\n" for values %waiting;
