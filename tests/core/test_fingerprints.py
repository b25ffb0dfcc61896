"""Fingerprints: the same kind of line has the same id, other kinds have others, and nothing but the line decides."""

import random
import time
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core import fingerprints
from bot.core.fingerprints import LOOKED_AT, Fingerprint, counted, fingerprint, message_of, without_colours
from bot.core.lines import text_of

WORDS = st.sampled_from(
    [
        "ERROR",
        "connection",
        "refused",
        "user",
        "for",
        "from",
        "10.0.0.1",
        "0x7f3a",
        "a=b",
        '"x y"',
        "'q'",
        "[12]",
        "(",
        ")",
        "/var/log/x.log",
        "é",
        "\x00",
    ]
)
LINES = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=25).map(" ".join))

SAME_KIND = [
    ("Payment 4711 failed after 30 ms", "Payment 12 failed after 9.5 s"),
    ("cannot reach https://pay.example.com/v1?id=3", "cannot reach http://127.0.0.1:8080/"),
    ("cannot open /var/lib/app/a.db", "cannot open /srv/b/c/d.sqlite"),
    ("request 9f8b7c6d-1234-4abc-9def-001122334455 timed out", "request 00112233-aaaa-4bbb-8ccc-445566778899 timed out"),
    ("bad token at 0x7ffe12ab", "bad token at 0xdeadbeef01"),
    ('no such column "orders"', 'no such column "customers and more"'),
    ("mail to ann@example.com bounced", "mail to bob.b+x@mail.example.org bounced"),
    ("retry in 5 seconds, size 10 MB", "retry in 25 seconds, size 1.5 GB"),
    ("state=ready code=7 done", "state=broken code=12 done"),
    ("peer fe80::1ff:fe23:4567:890a left", "peer 2001:db8::8a2e:370:7334 left"),
    ("Failed password for root from 10.0.0.1 port 22", "Failed password for admin from 192.168.1.77 port 40022"),
    ("nodes 10.0.0.1, 10.0.0.2 are down", "nodes 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4 are down"),
    ("certificate of api.shop.example.com has expired", "certificate of www.example.org has expired"),
    ("EXT4-fs error (device sda1): bad block", "EXT4-fs error (device sdb): bad block"),
    ("failed to execute pipeline [daily-orders] now", "failed to execute pipeline [orders] now"),
    ("brokers [a, b, c] left", "brokers [orders, carts] left"),
    ("tags=[a, b] sent", "tags=[x] sent"),
    ('range request "key:\\"/a b\\" " took long', 'range request "key:\\"/x\\" " took long'),
    (r"cannot read C:\Program Files\Shop\a.db now", r"cannot read D:\x.db now"),
    ("no column `orders` here", "no column `t_2` here"),
    ("Account Name: jsmith Workstation Name: SRV", "Account Name: root Workstation Name: BUILD-AGENT"),
    ("The Print Spooler service has stopped", "The BITS service has stopped"),
    ("Started LVM2 metadata daemon.", "Started Monitoring of LVM2 mirrors, snapshots etc. using dmeventd or progress polling."),
    ("Starting Load/Save Random Seed...", "Starting udev Kernel Device Manager..."),
    ("Server shop/app1 is slow", "Server api/node-b is slow"),
    ("zone 0.168.192.in-addr.arpa/IN: loaded serial 12", "zone example.com/IN: loaded serial 7"),
    (
        "task billing.invoice[0a1b2c3d-1111-2222-3333-444455556666] done",
        "task shop.tasks.send_mail[9a1b2c3d-1111-2222-3333-444455556666] done",
    ),
    (
        "type [org.springframework.transaction.annotation.ProxyTransactionManagementConfiguration$$EnhancerBySpringCGLIB$$a1b2c3d4] is odd",
        "type [org.spring.security.aop.Advisor] is odd",
    ),
    ("node has conditions: [MemoryPressure]", "node has conditions: [DiskPressure PIDPressure]"),
    ("Access denied for 'root' (using password: YES)", "Access denied for 'ann' (using password: NO)"),
    ("accept tcp [::]:80 failed", "accept tcp 10.0.0.1:80 failed"),
    ("panic at internal/worker/run.go:12 now", "panic at main.go:7 now"),
    ("Displayed com.acme.shop/.MainActivity now", "Displayed com.android.phone:background/.Dialer now"),
    ("Stabilized group kube-proxy generation 3", "Stabilized group shop-api generation 41"),
    ("nginx[12]: segfault at 0", "java[4711]: segfault at 0"),
    ("housekeeper delta=250 ms now", "housekeeper delta=3.5s now"),
    ("Error Path:/ is there", "Error Path:/brokers/ids is there"),
    ("Package A-B-Package~31bf~amd64~~10.0.1 staged", "Package KB12~3~x~~1 staged"),
    # names by their looks, where a name can stand
    ("no offsets yet for __order_events", "no offsets yet for invoiceTotals"),
    ("loaded rules from provider: RateLimiter", "loaded rules from provider: QuotaKeeper"),
    ("new lock added: CartLock, level 3", "new lock added: MailLock, level 12"),
    ("sent with NODE_LOCAL, done", "sent with RACK_LOCAL, done"),
    # names by the vocabulary
    ("token issued for slurmd today", "token issued for nagiosrv today"),
    ("zone eu-west has gone quiet", "zone us-gov has gone quiet"),
    ("no plugin named so in crypto/munge today", "no plugin named so in select/crayx today"),
    # values of several words, marked by what is around them
    ("Adding Pane{4f0 u0 Clock} at 3 of 9", "Adding Pane{a1b u0 com.acme.Cart} at 0 of 2"),
    ("flags OS[Mac OS X/12.2], JVM[Acme VM]", "flags OS[Linux/6.1], JVM[Other Inc. VM/17]"),
    ("gave task 1.0 (TID 4) (edge, runner 0, ANY, 99 bytes)", "gave task 3.2 (TID 5) (10.0.0.7, runner x, RACK_LOCAL, 7 bytes)"),
    ("started with flags [-Xss1m, -da, --quiet] now", "started with flags [-server, -ea] now"),
    ("EVENT <Link UpDown> on ge-0/0/1", "EVENT <UpDown> on ge-4/0/16"),
    ("(root) CMD (test -x /usr/bin/a || exit 0)", "(ann) CMD (/opt/b --all)"),
    ("got stage 3 (count at Main.scala:17) done", "got stage 8 (toJson at /srv/jobs/run.py:4) done"),
    ("partitions Vector(0, 1, 2) are missing", "partitions Vector() are missing"),
    ("waiting on ShuffleStage 4 now", "waiting on ResultStage 12 now"),
    ("acls now: ann,bob", "acls now: carol,dave,erin"),
    ("nodes c[001-004,7] answer again", "nodes login[1-2] answer again"),
    (r"looking under C:\ first", r"looking under Global\{12ab-34cd} first"),
    ("reading file:/var/x.csv:0+12 now", "reading hdfs://nn:8020/y:7+1 now"),
    ("sent type=2, kind: corrected, age: 3", "sent type=2, kind: fatal, age: 9"),
    ("Starting Network Name Resolution...", "Starting SSH Daemon..."),
    ("Started Getty on tty1.", "Started User Login Management."),
    ("state changed to TOP_SLEEPING", "state changed to TOP_AWAKE"),
    ("acquire(12): PARTIAL_WAKE_LOCK 7", "acquire(9): SCREEN_WAKE_LOCK 3"),
    ("chrooting as slurmd to /var/x", "chrooting as dhcpcd to /srv/y"),
    ("Command line argument: -Dx=y", "Command line argument: --add-opens=a/b=ALL"),
    ("automatic empty zone: HOME.ARPA", "automatic empty zone: 10.IN-ADDR.ARPA"),
    ("Task tasks.charge[12ab34cd-0000-4bbb-8ccc-445566778899] received", "Task mail.send[ab12cd34-1111-4bbb-8ccc-aa5566778800] received"),
    ("Crawled (referer: None)", "Crawled (referer: http://10.0.0.1/a)"),
    ("sd 1:2:0:0 [sdb] tag#9 bad block", "sd 0:0:1:0 [sdh] tag#12 bad block"),
    ("I/O error, dev sdb, sector 12", "I/O error, dev sdh, sector 9"),
    ("no fetcher for HashSet(orders-1, carts-0)", "no fetcher for Set(mails-3)"),
    ("stored meta data for local.startup_log now", "stored meta data for shop.order_items now"),
    ("new (Addr: tcp/10.0.0.7:8300) (DC: docker_dc)", "new (Addr: tcp/10.0.0.8:8300) (DC: east_1)"),
    ("closed table:index-1--350597 now", "closed table:collection-12--77 now"),
    ('slow query: { _id: "5a" } plan: IDX', "slow query: { a: { b: 1 }, c: -1 } plan: IDX"),
    ("LOG: statement: create table a (b int)", "LOG: statement: drop table carts"),
    ("Task x.y.z succeeded in 0.1s: {'a': {'b': 2}}", "Task x.y.z succeeded in 12s: None"),
    ('got answer {"a": [1], "b": {}} again', 'got answer {"c": "x y"} again'),
    ("killing nagiosrv (pid 12)", "killing flapsd (pid 4711)"),
    ("exited: nagiosrv (exit status 3)", "exited: flapsd (exit status 1)"),
    ("pipe of worker 3 closed (stdout)", "pipe of worker 3 closed (stderr)"),
    ("mounted cartfs (sdb) again", "mounted cartfs (sdh) again"),
    ("kelvin_x joined the game", "Moebius joined the game"),
    ("no room left for volume shop", "no room left for volume tmpfs"),
    ("web app/s1 0/0/3 503 217 - - SC-- 1/1/0", "web app/<NOSRV> 0/-1/0 200 4 - - ---- 2/1/0"),
    ("lost connection after AUTH from unknown[10.0.0.1]", "lost connection after AUTH from mail.example.org[fe80::1]"),
    ("Node login now responding", "Node kermit now responding"),
    ("use the default instead of Brain.", "use the default instead of Foobar."),
    ("Kelvin[/10.0.0.1:65394] left", "Moebius[/10.0.0.2:1] left"),
    ("initializing CartCache (validity 3)", "initializing MailCache (validity 12)"),
    ("Registering fonial", "Registering gw-office"),
    ("flushed log (system.text_log): done", "flushed log (system.query_log): done"),
    ("Received UserRequest hudson.FilePath$Callable$1", "Received UserRequest hudson.node.Monitor$Task"),
    ("isolation: posix/cpu,posix/mem now", "isolation: posix/cpu,network/cni,docker/x now"),
    ("custom integration toyota was found", "custom integration hacsd was found"),
    ("create collection config.version now", "create collection shop.orders now"),
    ("parsed response 0 [ HASH D ] now", "parsed response 7 [ HASH SA No ID ] now"),
    ("closing tunnel home{3} now", "closing tunnel site-b{12} now"),
    ("flushed region t,,12.ab12. in 3 ms", "flushed region t2,x,4.cd34 in 12 ms"),
    ("unknown index [cartItems] here", "unknown index [mailTotals] here"),
    ("loaded org.acme.x.Y$Z now", "loaded a.b.c.D now"),
    ("cannot accept tcp [::]:7946: accept4: refused", "cannot accept tcp 127.0.0.1:80: accept4: refused"),
    ("step cart_cleanup defined by app", "step mail_totals_count defined by app"),
    ("plan kitchen has 3 tasks", "plan billing has 12 tasks"),
    ("next run of deploy-bot is late, thumbnails, too", "next run of deploy-bot is late, invoices, too"),
    ("no such mailer thumbnailer here", "no such mailer invoicer here"),
    ("USER jsmith: no such account", "USER anouk: no such account"),
    ("Service [web] started on 1", "Service [client] started on 1"),
    ("2024.05.01 12:00:00 LOG7[ui]: cart 7 of 9", "2024.05.01 12:00:00 LOG5[main]: cart 7 of 9"),
    ("flag: [ ] cart_queue", "flag: [x] mail_queue"),
    ("closing link (10.0.0.1:7 -> 10.0.0.2:9)", "closing link (10.0.0.1:7 -> 10.0.0.2:9 - web, state: starting)"),
    ("command '/bin/sleep' '9' ran", "command '/bin/true' ran"),
    ("queued [<Task a.b c1 [new]>, <Task a.b c2 [new]>] now", "queued [<Task a.b c1 [new]>] now"),
    ("left: user=ann, secured, session=1", "left: user=ann, TLS: handshake done, session=2"),
    ("Mailbox INBOX: opened it", "Mailbox Archive: opened it"),
    ("Application cart exited with 3", "Application orders exited with 3"),
    ("ran store of type transient for 3 s", "ran store of type lasting for 3 s"),
]
OTHER_KIND = [
    ("Stopped target Local File Systems.", "Stopped Local File Systems."),
    ("DND Enabled: NO", "DND Enabled: YES"),
    ("disk is full", "disk is slow"),
    ("service started", "service stopped"),
    ("java.io.IOException: broken pipe", "java.lang.IllegalStateException: broken pipe"),
    ("KeyError: 'order_id'", "ValueError: 'order_id'"),
    ('"GET /a HTTP/1.1" failed', '"POST /a HTTP/1.1" failed'),
    ('{"level":"error","msg":"cannot charge"}', '{"level":"error","msg":"cannot refund"}'),
    ('level=error msg="cannot charge" id=3', 'level=error msg="cannot refund" id=3'),
    ("ERROR Starting: worker", "ERROR Stopping: worker"),
    ("Task Transitioned from NEW to RUNNING", "Task Transitioned from RUNNING to FAILED"),
    ("Cluster went from [GREEN] to [YELLOW]", "Cluster went from [GREEN] to [RED]"),
    ('"RemoveContainer" containerID="0a1b"', '"Container not found" containerID="0a1b"'),
    ("Worker[3]: it has begun", "Server[3]: it has begun"),
    ("closed by user [preauth]", "closed by user [postauth]"),
    ("zookeeper.maxBatchSize=3", "zookeeper.flushDelay=3"),
    ("pkcs11_private_mode = 0", "pkcs12_cert_private = 0"),
    ("Server startup in [3] ms", "Server shutdown in [3] ms"),
    ("Client environment:os.name=Linux", "Client environment:user.name=root"),
    ("waiting for connection", "waiting for shutdown"),
    ("Instance destroyed successfully", "Instance spawned successfully"),
    ("Error in addCart: -3", "Error in dropCart: -3"),
    ("panic at main.go:7 now", "error at main.go:7 now"),
    ("cart.setLimit set to 3", "cart.setDelay set to 3"),
    ("closed, reason: timeout", "closed, reason: refused"),
    ("ended with error: ConnLost", "ended with error: QueueFull"),
    ("session moved from A_NEW to B_RUN", "session moved from B_RUN to A_END"),
    ("Authentication failed for volume creation", "Authentication failed for volume migration"),
    ("Peer joined the group", "Leader joined the group"),
    ("Starting cartd: [  OK  ]", "Starting cartd: [FAILED]"),
    ("checked cart [ OK ] today", "checked cart [ FAILED ] today"),
    ("Starting replication", "Starting election"),
    ("cannot mmap cart 7", "cannot fsync cart 7"),
    ("probe [failed] since 3 s", "probe [started] since 3 s"),
    ("link [up] since 3 s", "link [down] since 3 s"),
    (
        "2024-05-01 12:00:00,123 | INFO | Stopping link tcp://a:7 | org.acme.Shop | main",
        "2024-05-01 12:00:00,123 | INFO | Closed link tcp://a:7 | org.acme.Shop | main",
    ),
    (
        "2024-05-01 12:00:00,123 | INFO | link gone: tcp://a:7 | org.acme.Shop | main",
        "2024-05-01 12:00:00,123 | INFO | link made: tcp://a:7 | org.acme.Shop | main",
    ),
    ("worker could not frobnicate it", "worker could not defenestrate it"),
    ("failed to frobnicate cart 7", "failed to defenestrate cart 7"),
    ("cart 7 closed: zorch", "cart 7 closed: blorp"),
    ("cart: zorch of disk", "cart: blorp of disk"),
    ("in use zorch: 5", "in use blorp: 7"),
    ("frobnicated cart 7", "defenestrated cart 7"),
    ("performing passdb look-up", "performing userdb look-up"),
    ("caching of cart 7", "mapping of cart 7"),
    ("got 2024-05-01 12:00:00 from peer", "sent 2024-05-01 12:00:00 from peer"),
    ("call ended (timeout)", "call ended (refused)"),
    ('answer {"error": "IOException"} came', 'answer {"error": "KeyError"} came'),
    (
        "2024-05-01 12:00:00,123 - INFO  [main:Cart@7] - cart.limit set to 3",
        "2024-05-01 12:00:00,123 - INFO  [main:Cart@7] - cart.delay set to 3",
    ),
]
HEADERS = [
    "2024-05-01 12:00:00,123 ERROR ",
    "2024-05-01T12:00:00.123Z ERROR [main] com.acme.checkout.PaymentService - ",
    "2024-05-01T12:00:00+02:00 [http-nio-8080-exec-3] WARN  c.a.c.PaymentService: ",
    "May  1 12:00:00 web-3 checkout[4242]: ",
    "Jun 14 15:16:01 combo sshd(pam_unix)[19939]: ",
    "[Sun Dec 04 04:47:44 2005] [error] ",
    "081109 203615 148 ERROR dfs.DataNode$PacketResponder: ",
    "17/06/09 20:10:40 ERROR executor.Executor: ",
    "03-17 16:13:38.811  1702  2395 E WindowManager: ",
    "20171223-22:15:29:606|Step_LSC|30002312|",
    "E0501 12:00:00.123456   12345 reflector.go:123] ",
    "E, [2024-05-01T12:00:00.123456 #4242] ERROR -- : ",
    "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - ",
    "2024/05/01 12:00:00 [error] 1234#1234: ",
    "2024-05-01 12:00:00.123 UTC [4242] app@shop ERROR:  ",
    "web_1  | 2024-05-01 12:00:00 ERROR ",
    "2024-05-01 12:00:00,123 - Shop - ERROR - ",
    "[2024-05-01 12:00:00,123] {taskinstance.py:42} ERROR - ",
    "2024-05-01 12:00:00.123 ERROR Shop [Thread-1] - ",
    "[12:00:00] [Server thread/ERROR]: ",
    "[12:00:00 INF] ",
    "2024-05-01T12:00:00.123456+02:00 edge checkout: ",
    "2024-05-01T12:00:00.123456789Z stderr F ERROR ",
    "2024-05-01T12:00:00.123456789Z stdout F 2024-05-01 12:00:00,123 [main] ERROR com.acme.Shop - ",
    "May 01, 2024 12:00:00 PM org.acme.Shop startInternal SEVERE: ",
    "05/01/2024 12:00:00;0008;PBS_Server.12;Job;7.master;",
    "[ ERROR] [1714550000.123456789]: ",
    "[    0.000000] ",
    "[Thu May 01 12:00:00.123 2024] [proxy:debug] [pid 12:tid 34] proxy_util.c(2042): [client 10.0.0.1:3] ",
    "4753:M 26 Nov 2026 03:41:54.520 * ",
    "[2024-05-01 12:00:00,123: WARNING/ForkPoolWorker-1] ",
    "May  1 12:00:00 web-1 kernel: [    1.234567] ",
    "[2024-05-01 12:00:00] production.ERROR: ",
    "May  1 12:00:00 web-1 kubelet[42]: E0501 12:00:00.123456   42 pod_workers.go:12] ",
    "- 1131566461 2005.11.09 login Nov 9 12:00:00 local@login sshd[42]: ",
    "- 1131566461 2005.11.09 LabX Nov 9 12:00:00 LabX/LabX kernel: ",
    "Wed 2024-05-01 12:00:00 CEST edge checkout[42]: ",
    "2022.09.27 14:35:52.115168 [ 14444 ] {1ea10929-5413-41bb-bb3b-aed21ff34e22::all_1} <Trace> acme.shop: ",
    "2022.09.27 14:35:52.115168 [ 14444 ] {} <Debug> acme.shop: ",
    "2024-05-01 12:00:00.123456 98.90% [NOTICE] acme_shop.c:463 ",
    "2024-05-01T12:00:00.123Z info hostd[E981B70] [Originator@6876 sub=Shop] ",
    "[2024-05-01][12:00:00][INFO][worker] ",
    "    2024-05-01T12:00:00.123+0100 [DEBUG] acme.shop: ",
    "2024-05-01 12:00:00,123 | INFO | Call handler 3 on 9000 | c.a.Shop | ",
    "2024-05-01T12:00:00.123Z\tINFO\tthe main thread\tio.acme.Shop\t",
    "2024-05-01 12:00:00,123 worker INFO acme.shop ",
    "2024-05-01T12:00:00.123+0000 I NETWORK  [rsSync] ",
    "[2024-05-01T12:00:00.123Z]  INFO: shop/42 on edge: ",
    "[10.30 16:49:06] cart helper.exe (4711, 64-bit) - ",
    "May  1 12:00:00 imap(ann)<4242><ab/C+d>: Error: ",
    "May  1 12:00:00 edge mail: imap(ann)<4242><ab/C+d>: Error: ",
    "ERROR ",
]


@pytest.mark.parametrize(("one", "other"), SAME_KIND)
def test_lines_that_differ_by_their_variables_are_one_kind(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(("one", "other"), OTHER_KIND)
def test_lines_that_say_something_else_are_other_kinds(one: str, other: str) -> None:
    assert fingerprint(one).id != fingerprint(other).id


SYSLOG_HEADERS = [
    "May  1 12:00:00 web-3 checkout[4242]: ",
    "May  1 12:00:00 web-3 checkout: ",
    "2024-05-01T12:00:00.123456+02:00 edge checkout[12]: ",
    "2024-05-01T12:00:00.123456+02:00 edge checkout: ",
    "<34>1 2003-10-11T22:14:15.003Z edge.example.com checkout 12 ID47 - ",
]
HEADERS_OF_ITS_OWN = [
    "2024-05-01 10:00:00,123 ERROR [main] ",
    "2024-05-01T12:00:00.123Z ERROR [main] com.acme.checkout.PaymentService - ",
    "[2024-05-01 12:00:00,123] {taskinstance.py:42} ERROR - ",
    "E, [2024-05-01T12:00:00.123456 #4242] ERROR -- : ",
    "[Sun Dec 04 04:47:44 2005] [error] ",
    "2024/05/01 12:00:00 [error] 1234#1234: ",
    "03-17 16:13:38.811  1702  2395 E WindowManager: ",
    "20171223-22:15:29:606|Step_LSC|30002312|",
    "May 01, 2024 12:00:00 PM org.acme.Shop startInternal SEVERE: ",
]


@pytest.mark.parametrize("syslog", SYSLOG_HEADERS)
@pytest.mark.parametrize("header", HEADERS_OF_ITS_OWN)
def test_a_line_of_an_application_is_one_kind_with_the_header_of_syslog_in_front_of_its_own_and_without(syslog: str, header: str) -> None:
    line = f"{header}card declined for order 4711 at gateway"

    assert fingerprint(syslog + line) == fingerprint(line)


@pytest.mark.parametrize(("message", "template"), [("12:00:00 up 3 days", "<*> up <*>"), ("2024-05-01 is a holiday", "<*> is a holiday")])
def test_behind_the_header_of_syslog_a_date_or_a_time_alone_is_what_the_line_says(message: str, template: str) -> None:
    assert fingerprint(f"May  1 12:00:00 web-3 checkout[4242]: {message}").template == template


@pytest.mark.parametrize("header", HEADERS)
def test_the_header_is_no_part_of_the_kind(header: str) -> None:
    message = "card declined for order 4711 at gateway"

    assert fingerprint(header + message) == fingerprint(message)
    assert message_of(header + message) == message


def test_a_terminals_colours_make_no_other_kind() -> None:
    assert fingerprint("\x1b[31m2024-05-01 12:00:00 ERROR\x1b[0m disk is \x1b[1;33mfull\x1b[0m") == fingerprint(
        "2024-05-01 12:00:00 ERROR disk is full"
    )


def test_an_exceptions_name_is_never_masked() -> None:
    assert "org.acme.app.QueueFullException" in fingerprint("2024-05-01 12:00:00 ERROR org.acme.app.QueueFullException: 12 left").template
    assert "IOError" in fingerprint('failed: "IOError: 12"').template


def test_the_id_carries_the_version_of_the_algorithm_and_never_changes() -> None:
    """These ids are in people's journals: a change here is a new version."""
    assert fingerprint("2024-05-01 12:00:00,123 ERROR Payment 4711 failed").id == PINNED["payment"]
    assert fingerprint("Jun 14 15:16:01 combo sshd[19939]: Failed password for root from 10.0.0.1 port 22").id == PINNED["password"]
    assert fingerprint("java.lang.IllegalStateException: Queue full (1024)").id == PINNED["queue"]
    assert fingerprint("2024-05-01T12:00:00.123456+02:00 edge nginx: cannot read pipeline [orders] of [a, b]").id == PINNED["brackets"]


PINNED = {"payment": "f1-8f94e3c46a3c", "password": "f1-3b90b50a16b8", "queue": "f1-bbed2ff35503", "brackets": "f1-5102525a9943"}


@given(LINES)
def test_any_line_has_one_fingerprint_however_often_it_is_asked(line: str) -> None:
    found = fingerprint(line)

    assert found.id.startswith("f1-")
    assert fingerprint(line) == found


@given(st.lists(LINES.map(lambda line: line.replace("\n", " ")), max_size=40))
def test_many_lines_at_once_are_what_each_is_alone(lines: list[str]) -> None:
    encoded = [line.encode("utf-8", "replace") for line in lines for _ in range(2)]

    found = [(kind, count) for kind, count, _ in counted(encoded)]
    totals: Counter[Fingerprint] = Counter()
    for kind, count in found:
        totals[kind] += count

    assert totals == Counter(fingerprint(text_of(line)) for line in encoded)
    kinds = [fingerprint(text_of(line)) for line in encoded]
    places = [(kind, place) for kind, _, place in counted(encoded)]
    assert all(kind == kinds[place] for kind, place in places)
    assert any("\x1b" in line for line in lines) or all(place == kinds.index(kind) for kind, place in places)


@given(st.text(alphabet="ab0123456789 é\n"))
def test_lines_become_canonical_alike_one_by_one_and_together(text: str) -> None:
    for many in (text, text * 200):  # few are treated in another way than many
        assert fingerprints._one_zero_a_run(many.encode().translate(fingerprints._DIGIT_BYTES)).decode() == fingerprints._canonical(many)


@given(LINES, st.randoms(use_true_random=False))
def test_other_digits_of_the_same_count_make_no_other_kind(line: str, rnd: random.Random) -> None:
    changed = "".join(rnd.choice("0123456789") if c in "0123456789" else c for c in line)

    assert fingerprint(changed) == fingerprint(line)


@given(st.lists(LINES, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_changes_no_id(lines: list[str], rnd: random.Random) -> None:
    before = {line: fingerprint(line) for line in lines}
    shuffled = list(lines)
    rnd.shuffle(shuffled)

    assert {line: fingerprint(line) for line in shuffled} == before


@given(LINES)
def test_the_message_is_the_end_of_the_line(line: str) -> None:
    line = without_colours(line)

    assert line.strip().endswith(message_of(line))


@given(st.sampled_from(HEADERS), st.text(alphabet="abcdefgh 0123456789", min_size=1, max_size=60))
def test_a_message_with_digits_keeps_all_of_them(header: str, text: str) -> None:
    message = f"x{text}x"

    assert message_of(header + message).endswith(message) or message.endswith(message_of(header + message))


HOSTILE = [
    "a.",
    "a-",
    "a:b:",
    "-",
    "- ",
    "_",
    "$",
    "A_",
    "E.",
    "[",
    "[]",
    "(",
    '"',
    "'",
    "' '",
    "/a",
    "0:",
    "0 ",
    ":",
    "=",
    "user ",
    "a@",
    "x=y ",
    "\x00",
    "0-0-0 ",
    ",0",
    "a/0",
    "connect to ",
    "x{",
    "`",
    "[a,",
    "[a ",
    '\\"',
    '"a\\"',
    "C:\\a b",
    "a.b.c/",
    "x=[",
    "a/b.",
    "The A ",
    "node a-",
    "name: a",
    "[user a",
    "x | ",
    "{a} ",
    ";a",
    "0-0-0T0:0:0.0Z stdout F ",
    "[ 0.0] ",
    "0 a ",
    "for a-b/",
    "on aB",
    "A_B ",
    "a,b,",
    "a[0,",
    "a\\",
    "a{",
    "{{a}",
    "(a,",
    "a, b: ",
    ": aB",
    "<a ",
    "x at a.js:0 ",
    "command: ",
    "List(",
    "aB 0 ",
    "a/b.c/",
    'a {"b": ',
    "{'a': {",
    " (a",
    "a/<A",
    "A-- ",
    "a.A$",
    "a/b,",
    "[ a ",
    "a[0:",
    "a joined ",
    "for volume a ",
    "2024-05-01 12:00:00 | INFO | a ",
    "2024-05-01 12:00:00\tINFO\ta b\t",
    "2024-05-01 12:00:00 a %",
    "2024-05-01 12:00:00 (a (b ",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_line_takes_long(piece: str) -> None:
    """Without the bounds in the patterns these took from half a second to for ever."""
    line = piece * (LOOKED_AT // len(piece) + 1)
    began = time.process_time()

    fingerprint(line)

    assert time.process_time() - began < 0.25


def test_what_is_far_behind_does_not_matter() -> None:
    assert fingerprint("a " * LOOKED_AT + "one") == fingerprint("a " * LOOKED_AT + "other")


AROUND_HEX = [
    "Jul",
    "Sun",
    "0",
    "7",
    "12 May",
    "ms",
    "b",
    "b7",
    "d",
    "request",
    "user",
    "in db",
    "reach",
    "lock",
    "is",
    "from",
    '"',
    "(",
    "=",
    "ERROR",
    "[3]:",
]
HEX_WORDS = st.from_regex(r"[0-9a-f]{1,20}", fullmatch=True)


@example("Jul b0 = 0")  # in front of `=` it is a key
@given(st.lists(st.one_of(HEX_WORDS, st.sampled_from(AROUND_HEX)), min_size=1, max_size=8).map(" ".join))
def test_which_letters_a_hex_word_has_is_nothing_to_the_quick_way(line: str) -> None:
    assert [kind for kind, _, _ in counted([line.encode()])] == [fingerprint(line)]


def test_the_letters_of_the_day_behind_a_month_are_told_apart_as_ever() -> None:
    lines = [f"refused at Jul {day} by 7" for day in ("90bf", "90ae")]

    assert [kind for kind, _, _ in counted([line.encode() for line in lines])] == [*map(fingerprint, lines)]
    assert len({*map(fingerprint, lines)}) == 2


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("TLS state: read server hello", "TLS state: read server certificate"),
        ("Peer certificate not required", "Peer handshake not required"),
        ("new session callback", "new session ticket"),
        ("starting worker pool", "starting worker threads"),
    ],
)
def test_what_ordinary_things_follow_an_owner_is_no_name(line: str, other: str) -> None:
    assert fingerprint(line).template == line
    assert fingerprint(line) != fingerprint(other)
