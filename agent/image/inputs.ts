import { createHash } from "node:crypto";

/**
 * tini is PID 1 and starts this. It listens itself and gives each connection an sshd of its own: TCP_NODELAY, inherited
 * from the listening socket, saves a login the 40 ms for which Nagle's algorithm and delayed acknowledgements wait for
 * each other, and stock sshd sets it too late. On SIGTERM every process of the session hears of it and has the grace
 * period, not just sshd. Perl, because Debian's base system has it and the shell can't listen.
 */
const sessionInit = String.raw`#!/usr/bin/perl
use strict;
use warnings;
use POSIX ":sys_wait_h";
use Socket qw(:DEFAULT IPPROTO_TCP TCP_NODELAY);

# Each may cost some MB of the session's memory before it has shown a key.
my $max_connections = 100;
# A signal that comes just before the wait is seen after this time at the latest, in seconds.
my $wait = 1;

mkdir "/run/sshd", 0755;
socket(my $listener, PF_INET, SOCK_STREAM, IPPROTO_TCP) or die "socket: $!\n";
setsockopt($listener, SOL_SOCKET, SO_REUSEADDR, 1) or die "SO_REUSEADDR: $!\n";
setsockopt($listener, IPPROTO_TCP, TCP_NODELAY, 1) or die "TCP_NODELAY: $!\n";
bind($listener, sockaddr_in(22, INADDR_ANY)) or die "bind to port 22: $!\n";
listen($listener, 128) or die "listen: $!\n";
print STDERR "session listens on port 22\n";

my ($connections, $stopping) = (0, 0);
$SIG{TERM} = sub { $stopping = 1 };
$SIG{CHLD} = sub { $connections-- while waitpid(-1, WNOHANG) > 0 };

sub serve {
  my ($socket) = @_;
  my $pid = fork;
  return print STDERR "fork: $!\n" unless defined $pid;
  return $connections++ if $pid;
  $SIG{TERM} = $SIG{CHLD} = "DEFAULT";
  open(STDIN, "<&", $socket) and open(STDOUT, ">&", $socket) or exit 1;
  exec "/usr/sbin/sshd", "-i", "-e", "-f", "/etc/medforge/sshd_config" or exit 1;
}

until ($stopping) {
  vec(my $ready = "", fileno($listener), 1) = 1;
  next unless select($ready, undef, undef, $wait) > 0 and accept(my $socket, $listener);
  serve($socket) if $connections < $max_connections;
}

sub processes { opendir(my $proc, "/proc"); scalar grep { /^[0-9]/ } readdir $proc }

close $listener;
$SIG{TERM} = "IGNORE";
kill "TERM", -1;
# Two are left when only PID 1 and this are.
select(undef, undef, undef, 0.02) while processes() > 2;
`;

/** Everything that decides the session image's content; the tag is a hash of this, so a change makes a new image. */
export const imageInputs = {
  suite: "bookworm",
  /** On top of debootstrap's minbase. */
  packages: [
    "ca-certificates",
    "curl",
    "git",
    "iproute2",
    "less",
    "nano",
    "openssh-server",
    "procps",
    "python3-minimal",
    "python3-pip",
    "python3-venv",
    "rsync",
    "tini",
    "tmux",
  ],
  /** The one login user; its home is the workspace. */
  user: { name: "mf", uid: 1000, home: "/workspace" },
  /** Mount points of the agent's and the GPU hook's binds. */
  folders: ["/etc/medforge", "/workspace", "/usr/lib/medforge"],
  emptyExecutables: ["/usr/bin/nvidia-smi"],
  /** Documentation, caches and translations that no session needs; copyright files stay. */
  removed: [
    "usr/share/man",
    "usr/share/locale",
    "usr/share/info",
    "usr/share/lintian",
    "var/cache/apt",
    "var/lib/apt/lists",
  ],
  files: {
    "/usr/lib/medforge/session-init": sessionInit,
    "/etc/profile.d/medforge.sh": `umask 022
[ -n "$MEDFORGE_SESSION" ] && PS1='\\u@$MEDFORGE_SESSION:\\w\\$ '
case $- in *i*) [ -s /etc/medforge/notice ] && cat /etc/medforge/notice >&2 ;; esac
`,
  },
  entrypoint: ["/usr/bin/tini", "--", "/usr/lib/medforge/session-init"],
} as const;

/** `medforge/session-base:<hash of the inputs>`, the same in every engine and on every host. */
export const sessionBaseImage = `medforge/session-base:${createHash("sha256")
  .update(JSON.stringify(imageInputs))
  .digest("hex")
  .slice(0, 16)}`;
