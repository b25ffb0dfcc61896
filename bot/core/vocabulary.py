"""Ordinary words: those that the English of programs and of those who write them is full of.

They were counted in the documentation and the comments of some tens of thousands of open source files; words that logs often say were added.
A word that is not among them and stands where a name can stand (*for …*, *on …*, *user …*) is taken for one. That a rare word is missing does
little harm: it is masked in all lines of its kind alike. A change of this list is a change of the rules.
"""

import re
from string import ascii_lowercase

from bot.core.mask_words import CONDITIONS, TROUBLE

_TEXT = """
ability able abort aborted aborting about above absolute abstract accept acceptable accepted accepting accepts access accessed accessible accessing
accidentally accompanying according account accounts accuracy accurate achieve ack acknowledgement acknowledgment acks across act action actions active acts
actual actually adapted add added adding addition additional address addresses adds adjacent adjust adjusted admin advance advanced advantage affect
affected affects after again against agreed ahead algorithm algorithms alias aliases align aligned alignment all allocated allocation allocator allow
allowed allowing allows almost alone along alpha already also alter alternate alternative although always am ambiguous among amount an analysis anchor and
angle annotated annotation annotations anonymous another answer any anything anyway anywhere api apis appear appears append appended appending applicable
application applications applied applies apply applying approach appropriate approximate approximately approximation arbitrary arch architecture archive are
area argument arguments arithmetic around arp array arrays as ask asked asking assert assertion assign assigned assignment assignments associate associated
association assume assumed assumes assuming assumption assumptions async asynchronous at atomic attach attached attaching attempt attempted attempting
attempts attention attribute attributes auth authenticated authenticating author authorization authorized authorizing authors auto automatic automatically
autoscaling available average avoid avoids await aware away ax axes axis back backend backends background backlog backslash backward backwards bad bandwidth
banned bar bare base based baseline bases bash basic basically basis batch be because become becomes been before begin beginning begins behave behaves
behavior behind being belong belongs below benefit best beta better between beyond big bin binary bind binding bios bit bits black blacklisted blank bless
blob block blocked blocking blocks blue body bogus bold border both bother bottom bound boundaries boundary bounds box bracket brackets branch branches
break breaking breaks broadcast broadcasting broken broker brokers bucket buffer buffered buffers bug bugs build building builds built bundle busy but
button by byte bytes cache cached caches caching calculate calculated calculating calculation call callable callback callbacks called caller callers calling
calls came can cancel canceled canceling cancellation cancelled cancelling candidate candidates cannot canonical capacity capture captured care careful
carry case cases cast casting catch category caught cause caused causes causing cc cdrom cell center certain certificate certificates certs chain chance
change changed changes changing channel channels char character characters charge chars check checked checker checking checkout checkpoint checkpointing
checkpoints checks checksum checksums child children choice choices choose chosen chroot chunk chunks cipher ciphers circle circular class classes classpath
clause clean cleaned cleanup clear cleared client clients clip clock clone close closed closes closing closure cluster code codes coding coefficient
coefficients col collect collected collection collections colon color colors column columns combination combinations combine combined combining come comes
coming comma command commands comment comments commit commits committed committing common commonly compact compacted compaction compare compared comparing
comparison comparisons compatibility compatible compilation compile compiled compiler compilers compiling complete completed completely completion complex
complexity compliance complicated component components composite compound compress compressed compression computation compute computed computes computing
concrete concurrent condition conditional conditions config configs configuration configurations configure configured confirm conflict conflicting conflicts
confused confusing conjugate conjunction connect connected connecting connection connections consecutive consider considered consistency consistent
consisting consists console constant constants constraint constraints construct constructed constructing construction constructs consume consumed consumer
consumers contact contain contained container containers containing contains content contents context contexts contiguous continuation continue continues
continuous contrast contributors control controlled controls convenience convenient convention conversion convert converted converter converting converts
coordinate coordinates copied copies copy copying copyright core corner correct correctly correspond corresponding corresponds cost could count counter
counting counts couple course cover coverage covered covers cpu crash crashes create created creates creating creation credential credentials critical croak
cross cs current currently cursor custom customize cut cycle cycles daemon daemons data database datagram date dates day days dead deadlock deal dealing
deallocation debug debugger debugging decide decimal decision declaration declarations declare declared decode decoded decoding decommission decommissioned
decommissioning decomposition decorated decorator decorators decrypt decryption deep default defaults deferred define defined defines defining definitely
definition definitions degraded degree degrees delay delete deleted deletes deleting deletion delimiter delta demoted denied denominator dense denying
depend dependencies dependency dependent depending depends deprecated depth dequeued deregister deregistered derivative derivatives derived describe
described describes describing description descriptions descriptor descriptors deserialization deserialize design designed desired destination detached
detaching detail detailed details detect detected detection determine determined determines determining deterministic developers development device devices
dhcp diagonal dialect dictionaries dictionary did die differ difference differences different differently differs difficult digest digit digits dim
dimension dimensions direct directed direction directive directives directly directories directory dirty disable disabled disables disabling discard
discarded discrete discussion disk disks dispatch display displayed displays distance distinct distinguish distribute distributed distribution distributions
divide divided division dma dns do document documentation documented documents does doing domain domains don done dot dots dotted double down downgraded
downgrading downloaded downloading downtime drained draining draw drawing drawn drive driver drivers drop dropped dual due dummy dump dumps duplicate
duplicated duplicates duration during dynamic dynamically each earlier early easier easily easy echo edge edges edit editor effect effective effectively
effects efficient eggs egress either elected electing election element elements else elsewhere email embedded emit emits emitted empty enable enabled
enables enabling enclosing encode encoded encoding encountered encrypt encryption end ended ending endpoint endpoints ends enforce engine enough enqueued
ensure ensures ensuring enter entered entire entirely entities entity entries entry environment epsilon equal equality equals equation equations equivalent
err error errors escape escaped escapes escaping especially essentially established estimate evaluate evaluated evaluates evaluating evaluation even event
events eventually ever every everything evicted evicting eviction exact exactly example examples exceed exceeded exceeds except exception exceptions exclude
excluded excluding exclusive executable execute executed executing execution executor executors exist existence existing exists exit exited exiting exits
expand expanded expansion expect expected expecting expects expensive experimental expiring explanation explicit explicitly exponent exponential export
exported exports expose exposed express expressed expression expressions extend extended extends extension extensions external extra extract extracted
extras eye fact factor factorial factors factory fail failed failing failover fails failure failures fairly fake fall falling falls false family far fast
faster fatal favor feature features feed fetch few fewer field fields fig figure file files filesystem filesystems fill filled filter filtered filtering
filters fin final finalize finalized finalizing finally find finding finds fine finish finished finite firewall firmware first fit five fix fixed fixes
fixture flag flags flat flatten flattened flexible float floating floats floor floppy flow flush flushing folder follow followed follower followers
following follows font fonts for force forced forces forget fork form format formats formatted formatting formed former forms formula forward found four
fraction fractional fractions fragment frame frames framework free frequency fresh from front frontend frozen full fully fun function functional
functionality functions further future gamma garbage gateway gave general generalized generally generate generated generates generating generation generator
generators generic get gets getting gid give given gives giving global go goal goes going good got governing grammar granted granting graph graphs greater
green grid group groups guarantee guaranteed guarantees guard guess guide hack had half hand handle handled handler handlers handles handling handshake
handshakes handshaking happen happened happens hard has hash hashes have haven having head header headers heap heartbeat heartbeats height held hello help
helper helpers helpful helps hence here hereby heuristic hi hibernation hidden hide hierarchy high higher highest highlight highlighting hint hints history
hit hold holding holds home hook hooks hope horizontal host hostname hosts hour hours how however hrs http https huge human hypothesis id idea identical
identified identifier identifiers identify identity idle if ignore ignored ignores ignoring ii illegal image images imaginary imap immediate immediately
implement implementation implementations implemented implementing implements implicit implicitly implied implies import important imported importing imports
impossible improve improved in include included includes including inclusive incoming incompatible incomplete inconsistent incorrect incorrectly increase
increases increasing increment indent indentation indented independent independently index indexed indexes indexing indicate indicated indicates indicating
indices individual infer inferred infinite infinity info information ingress inherit inheritance inherited inherits init initial initialise initialised
initialising initialization initialize initialized initializer initializing initially inner inode inodes input inputs insensitive insert inserted inside
inspect install installation installed installing instance instances instead instructions integer integers integral integrate integration intended
intentionally interaction interactive interesting interface interfaces intermediate internal internally internals interpolation interpret interpreted
interpreter interrupt interrupts intersection interval intervals into introduce introduced invalid inverse invert invocation invoke invoked invokes invoking
involved involving irq is isolated issue issued issues it italic item items iterate iteration iterations its itself jitter job jobs join joined joining json
just keep keepalive keeping keeps kept kernel key keyed keys keystore keyword keywords kill killed kilobytes kind kinds know known knows kubelet label
labels lack lacks lambda language languages large larger largest last late latency later latest latter law layer layout lazy ldap lead leader leading leads
leak least leave leaves leaving left legacy legal length lengths less let lets letter letters level levels libraries library license licensed licenses light
like likely limit limitation limitations limited limits line linear lines link linked linking links list listed listener listeners listening listing lists
literal literals little live load loaded loader loading loads local locale locally locals locate located location locations lock log logger logging logic
logical login logout logs long longer look looked looking looks lookup lookups loop loopback loops lose lost lot low lower lowest lun machine machinery made
magic magnitude main mainly maintain maintained maintenance major make makes making malformed malloc man manage managed management manager mandatory manual
manually many map mapped mapper mapping mappings maps mark marked marker markers marks mask masked master masters mat match matched matches matching math
matrices matrix matter maximum may maybe me mean meaning meaningful means meant measure mechanism megabytes member members memory mentioned merge merged
merges mess message messages met metadata method methods microcode microseconds middle might migrated migrating millis milliseconds minimal minimize minimum
minor mins minus minute minutes mirrored mismatch missing mix mixed mock mod mode model models modern modes modification modifications modified modifies
modify modifying module modules moment monitoring month more most mostly motherboard mounting move moved moves moving ms msecs mtu mu much multicast
multiple multiplication multiplied multiply must mutate mutex mutually my nack naive name named names namespace namespaces naming nanoseconds native natural
near nearest necessarily necessary need needed needs negative negotiated negotiating negotiation neither nested nesting network never new newer newly next
nfs nic nice no node nodes non none nor norm normal normally not notation note notes nothing notice now ntp null number numbers numerator numeric numerical
numerically object objects observed observer obtain obtained obtaining obvious occur occurred occurrences occurs odd of off official offline offset offsets
often old older omit omitted on once one ones online only onto opaque open opened opening operand operate operating operation operations operator operators
opposed opposite opt optimal optimization optimize optimized option optional optionally options opts or orchestrator order ordered ordering ordinary
organization origin original originally orphan orphaned other others otherwise our out outcome outer output outputs outside over overall overflow overhead
overlap overload overridden override overrides overriding overwrite overwritten own owner pack package packages packaging packet packets pad padding page
pages pair pairs paper paragraph parallel parameter parameters parent parentheses parents parse parsed parser parses parsing part partial partially
particular particularly partition partitions parts pass passed passes passing passphrase password past patch patches path paths pattern patterns payload pci
peer pending people per percent perform performance performed performing performs perhaps period permission permissions permit permitted permutation person
phase pi pick pickle pickling pid ping pipe place placed places plain plan platform platforms please plot plugin plugins plus pod pods point pointer
pointing points policies policy polling polynomial polynomials pong pool pop populate populated port portion portions position positional positions positive
possibility possible possibly post potential potentially power powers practice precedence preceding precise precision predicate preempted preemption prefer
preferred prefetch prefetching prefix prefixed prefixes preload prepare prepared presence present preserve preserved preserves preserving pretty prevent
prevents previous previously primarily primary prime primitive principal print printed printer printing prints prior priority private probability probably
probing problem problems procedure proceed process processed processes processing prod produce produced producer producers produces producing product
products profile program programming programs progress project projects promote promoted prompt prop propagate propagated proper properly properties
property protect protected protocol protocols provide provided provider provides providing proxies proxy pruning public publish published publishing pull
punctuation pure purging purpose purposes push put python quadratic qualified queries query question questions queue queued queues queuing quick quickly
quiet quit quite quorum quota quotas quote quoted quotes quoting race raid raise raised raises raising ram ran random range ranges rank rare rate rather
ratio rational raw re reach reached read readable reader reading readonly reads ready real really reaped reason reasonable reasons rebalance rebalancing
reboot rebooted rebuilding rebuilt receive received receives receiving recent recently recognize recognized recommend recommended reconnect reconnecting
reconnection record recorded records recovered recovering recursion recursive recursively red redirect redistribute reduce reduced reducer reduces reduction
redundant refer reference referenced references referencing referred refers reflect refresh regardless region regions register registered registering
registry regression regular reject rejected rejecting rejoin related relation relationship relative relatively release released releases relevant relies
reload reloaded reloading rely relying remain remainder remaining remains remember remote remount removal remove removed removes removing rename renamed
render rendered rendering repaired repairing repeat repeated repeatedly replace replaced replacement replaces replacing replica replicas replicated
replicating replication report reported reporting reports repository represent representation representations represented representing represents reproduce
request requested requests requeue requeued requeuing require required requirement requirements requires requiring reserved reset resized resizing
resolution resolve resolved resolver resolves resolving resource resources respawning respect respective respectively responding response responses
responsible rest restart restarted restarting restarts restore restrict restricted restriction result resulting results resumed resuming resync resyncing
retain retries retrieve retrieved retrieves retry retrying return returned returning returns reuse reused reverse reversed revert revision revoked rewrite
rewritten rid right rights ring robust role roles rollback root roots rotation round rounding route routine routines row rows rst ruff rule rules run runner
running runs runtime safe safely said same sample samples sampling sandbox sanity sata satisfies satisfy save saved saves saving say says scalar scalars
scale scaled scaling scan scheduled scheduler scheduling scheme schemes scope screen script scripts scsi search searching sec second secondary seconds
secret secs section sections secure security see seed seek seem seems seen segment segments select selected selection self semantic semantics semaphore send
sending sends sense sensitive sent separate separated separately separator sequence sequences serialization serializer series serve server servers service
services session set sets setter setting settings several shall shallow shape shapes shard shards share shared sharing shell shift short shorter shortest
should show showing shown shows shuffle shutdown side sides sigma sign signal signals signature signatures signed significant signs silently similar
similarly simple simpler simplified simplify simply sin since single singular site situation situations six size sizes skip skipped skipping skips slash
slave slaves sleep slice slices slightly slot slow slower small smaller smallest smtp snapshot snapshots snapshotting so sock socket sockets software
solution solutions solve solved solving some someone something sometimes somewhat somewhere soon sort sorted sorting source sources space spaces spacing
span sparse spawn spawned spawning special specific specifically specification specified specifier specifies specify specifying speed spinlock split
splitting spurious sql square ssl stable stack stage stale standard standby star start started starting starts startup state statement statements states
static statistics status stay step steps still stop stopped stops storage store stored stores storing straight strange strategies
strategy stream streaming streams strict strictly string strings strip stripped strong strongly structure structured structures stub stuff style styles sub
subject subnet subroutine subs subscriber subscribers subscribing subscript subscription subscriptions subsequent subset substantial substitute substitution
subtract succeed succeeded succeeds success successful successfully such sufficient suffix suggested suitable suite sum summary super supplied supply
support supported supporting supports supposed suppress sure suspended suspending swap switch symbol symbolic symbols symlink symlinks symmetric syn sync
synced synchronized synchronizing syntax system systems tab table tables tabs tag tags tail take taken takes taking tan tape target targets task tasks tcp
team teardown technically tell tells template temporarily temporary term terminal terminate terminated terms test tested testing tests text than that the
their them themselves then theory there therefore these theta they thing things think third this those though thread threading threads three threshold
throttled throttling through throughput throw thrown throws thus ticket tied time timeout timeouts timer times timezone tip title tls to together token
tokens tolerance too tool tools top topic topics total towards trace track tracking traditional trailer trailing transfer transform transformation
transformed transforms transition translate translated translation transport transpose treat treated treats tree tricky tried tries trigger triggered
triggers trim trivial true truncate truncated truncating trust truststore try trying ttl tunnel tunnels turn turned turns twice two type typed types typical
typically typing udp uid unable unallocated unassigned unauthenticated unauthorized unavailable unbanned unblocked unchanged unconditionally undefined under
underflow underline underlying underscore understand unexpected unexpectedly unhealthy unicast uniform uninitialized uninstalled uninstalling union unique
unit units unknown unless unlike unlikely unlink unlinked unload unloaded unloading unlock unlocked unmount unmounted unmounting unnecessary unpack
unreachable unrecognized unregister unregistered unregistering unresolved unresponsive unsafe unset unsigned unspecified unsupported until unused up update
updated updates updating upgrade upgraded upgrading upload uploaded uploading upon upper upstream uptime uri url urls us usable usage usb use used useful
user username usernames users uses using usual usually utilities utility valid validate validated validating validation value values variable variables
variance variant variants various vary vector vectors verbose verbosity verification verified verify version versions vertical vertices very via view
virtual visible visit visitor vlan vlans void volume wait waiting wakeup walk want wanted wants warn warning warnings warranty was watchdog way ways we weak
web webhook webhooks weight weighted weights weird well were what whatever wheel when whenever where whereas whether which while white whitelisted who whole
whom whose why wide width will win window windows wish with within without won word words work worked worker working works world worth would wrap wrapped
wrapper wrappers wrapping wraps writable write writer writes writing written wrong xi xml xx xxx year yellow yes yet yield yielded yields you your zero
zeros zip zombie zone
"""
# What system calls, protocols and sorts of files are called: cannot mmap is another thing than cannot fsync.
_TECHNICAL = """
bgp cfg chdir chmod chown conf cron csv db dup epoll exec execve fcntl fdatasync fs fsync ftp getaddrinfo getsockopt gpu html icmp io ioctl ip jar lan
lseek mkdir mmap munmap os passwd pdf rmdir rpc setgid setsockopt setuid ssh stat sudo tar toml truncate ulimit umask vpn waitpid yaml
"""
WORDS = CONDITIONS.union(f"{_TEXT} {_TECHNICAL}".split())
# What programs say besides: a word here is no name unless something tells that a name stands there.
_SAID = """
abnormal acquire acquires agent agents allowance anymore app apps arg args attack audit authenticate authenticates authentication authoritative
availability backtrace backup backups balance banner bans battery beacon begun binds boot boots bridge bridges browser bulk bus camera capabilities
capability capable card cards chassis chip claim claims clash clashes closer codec codecs colour comp completes composit compressor concurrency conformance
controller controllers correctable country cpus crypt ctrl datanode deallocate debuggers deduplication defer del denies deny dequeue dequeues dest destroy
dev dialback dict dies dir dirs disc discipline disconnect disconnects download dropout drops editors elections emulate enqueue enqueues enters erroneous
ethernet evict evicts exchange expiration expire expires fence fiber fires floods footprint forbidden framerate gigabit gone grows hangs hangup hardware
headset health hotplug hub icon identification ifname immutable instr instruction integrity intervention invalidation issuer joins journal kbd keepalives
kernels keychain keycode kills lags lease leases len lies lifetime listens loadavg locks loses mail mailbox mailboxes mailers mails max maxlen mbox meets
meta metrics minlen misses mixer modem mount mounts mouse mutes mysql nameserver nameservers neighbour netlink networks nginx notification notifications
notifies notify octet offers omission opcode opens outlet overflows owns params parity pause peers permissive persistent physical pidfile pipeline polls
preferences pressure privileges probe probes processor processors profiles promotion purge quits rail reachability reachable reaches receiver recipient
recipients recover recursor refuses regeneration regulatory rejects relay removable renew replay replies retention retransmission retransmit revoke rises
rotate router routers rsync runnable scanner schedule schedules scores scratchpad sector sectors sees sender senders sensor sensors seqno serial serves
servfail sessions settle setup severity shadow shield shrinks shutdowns simultaneous sleeps slept spam spare spawns spec spent splits station stays stderr
stdin stdout stereo subsystem superblock synchronise synchronize syndrome syslog systemd talk telemetry telnet temperature termination timeline timestamp
timestamps told took torus tracks transitions trap trunk unicode unmounts unplug unregistration unsent uplink usec utilization vacation ver vhost vhosts
video volt voltage waits wake wakes watch wear webapp websites welcome whitespace wire workgroup young
"""
SAID = WORDS.union(_SAID.split(), TROUBLE)
_SAID_BY_ITS_END = ("ed", "ly", "db", "fs", "fd", "ctl", "ctor")
MADE_UP_END = frozenset((*(end[-2:] for end in _SAID_BY_ITS_END), "ng"))  # a word that is made up ends with one, or begins with one below
MADE_UP_BEGIN = frozenset(word[:3] for word in WORDS if len(word) > 2).union(
    word + letter for word in WORDS if len(word) == 2 for letter in ascii_lowercase
)
_SHORT_ENDS = ("up", "in", "on", "id", "to", "by", "of")  # lookup, login; other words of two letters are no half of one: docs

_PARTS = re.compile("[-/.]")


def is_ordinary(text: str) -> bool:
    """Tell whether a lower-case word, or each part of one that is joined by hyphens, slashes or dots, is an ordinary word."""
    return text in WORDS or (not text.isalpha() and all(part in WORDS for part in _PARTS.split(text)))


def is_said(text: str) -> bool:
    """Tell whether a lower-case word is one that programs say: ordinary, made up of two that are, or with an end that tells."""
    if not text.isalpha():
        return is_ordinary(text)
    return text in SAID or is_made_up(text)


def is_made_up(text: str) -> bool:
    """Tell whether letters that are none of those words are made up of two of them, or have an end that tells."""
    if text[-2:] in MADE_UP_END:
        if text.endswith(_SAID_BY_ITS_END):
            return True
        if text.endswith("ing"):
            return not SAID.isdisjoint((text[:-3], f"{text[:-3]}e", text[:-4]))  # mapping, caching, banning
    if text[:3] not in MADE_UP_BEGIN:
        return False
    if text.endswith(_SHORT_ENDS) and text[:-2] in WORDS:
        return True
    for at in range(2, len(text) - 2):  # noqa: SIM110 - half as long as any()
        if text[:at] in WORDS and text[at:] in WORDS:
            return True
    return False
