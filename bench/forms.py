"""Line forms of many systems, written for measuring fingerprints: what is one kind here is known, since the lines are made of it.

Each system has a header and kinds of message; `«…»` are slots. The first 65 systems are in two halves, for designing rules and for judging them; those behind
them were written when the rules stood. plain_forms.txt is a second set, in two halves as well, whose variables are what they mostly are in real logs.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

LINES_OF_A_KIND = 8
LATER = 65
PARTS = ("designed on", "judged on", "written later", "plain, designed on", "plain, judged on")

_USERS = ("ann", "bob", "root", "deploy", "jsmith", "svc_app", "admin", "m.miller", "postgres", "x42")
_WORDS = ("orders", "invoices", "emails", "carts", "payments", "user_sessions", "audit-log", "thumbnails")
_SERVICES = ("checkout", "billing-api", "auth", "search", "web-frontend", "redis", "nginx", "cron")
_HOSTS = (
    "web-1",
    "db02.prod.internal",
    "ip-10-0-12-7",
    "edge",
    "node-17",
    "api.shop.example.com",
    "kafka-3.kafka-headless",
    "localhost",
    "worker7",
)
_PATHS = (
    "/var/lib/app/data.db",
    "/srv/www/index.html",
    "/etc/app/conf.d/10-main.yml",
    "/opt/x",
    "/home/ann/.ssh/authorized_keys",
    "/usr/sbin/httpd",
)
_URLS = ("http://10.0.0.1:8080/health", "https://pay.example.com/v1/charges?id=3", "https://example.org", "http://localhost:9200/_bulk")


def _pick(options: tuple[str, ...]) -> Callable[[random.Random], str]:
    return lambda rnd: rnd.choice(options)


def _hex(length: int) -> Callable[[random.Random], str]:
    return lambda rnd: "".join(rnd.choice("0123456789abcdef") for _ in range(length))


def _uuid(rnd: random.Random) -> str:
    text = _hex(32)(rnd)
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _list(rnd: random.Random) -> str:
    return ", ".join(rnd.sample(_WORDS, rnd.randint(1, 4)))


SLOTS: dict[str, Callable[[random.Random], str]] = {
    "n": lambda rnd: str(rnd.choice((0, 1, 7, 12, 345, 6789, 43210))),
    "N": lambda rnd: str(rnd.randrange(10**9, 10**12)),
    "f": lambda rnd: f"{rnd.random() * 100:.{rnd.randint(1, 6)}f}",
    "pct": lambda rnd: f"{rnd.randint(0, 100)}%",
    "ip": lambda rnd: ".".join(str(rnd.randint(1, 254)) for _ in range(4)),
    "port": lambda rnd: str(rnd.randint(1, 65535)),
    "user": _pick(_USERS),
    "word": _pick(_WORDS),
    "svc": _pick(_SERVICES),
    "host": _pick(_HOSTS),
    "path": _pick(_PATHS),
    "url": _pick(_URLS),
    "uuid": _uuid,
    "hex8": _hex(8),
    "hex12": _hex(12),
    "hex40": _hex(40),
    "ptr": lambda rnd: "0x" + _hex(12)(rnd),
    "dur": _pick(("12ms", "3.5s", "1m30s", "250 ms", "2 seconds", "0.004s", "15µs", "1h2m3s")),
    "ms": lambda rnd: f"{rnd.random() * 1000:.3f}",
    "size": _pick(("12 KB", "1.5GB", "4096 bytes", "10MiB", "0 B", "728.1 MB")),
    "bool": _pick(("true", "false")),
    "list": _list,
    "email": _pick(("ann@example.com", "bob.b+x@mail.example.org", "no-reply@shop.example.net")),
    "ver": _pick(("1.2.3", "v2.0.0-rc1", "10.4", "3.11.7+dfsg")),
    "pid": lambda rnd: str(rnd.randint(100, 99999)),
    "thread": _pick(("main", "http-nio-8080-exec-3", "pool-2-thread-14", "scheduling-1", "kafka-coordinator-heartbeat-thread | shop")),
    "mac": lambda rnd: ":".join(_hex(2)(rnd) for _ in range(6)),
    "if": _pick(("eth0", "ens3", "wlan0", "docker0", "lo", "br-3f2a", "vethab12cd3")),
    "msgid": lambda rnd: _hex(10)(rnd).upper(),
    # stamps
    "date": lambda rnd: f"2024-{rnd.randint(1, 12):02}-{rnd.randint(1, 28):02}",
    "time": lambda rnd: f"{rnd.randint(0, 23):02}:{rnd.randint(0, 59):02}:{rnd.randint(0, 59):02}",
    "milli": lambda rnd: f"{rnd.randint(0, 999):03}",
    "micro": lambda rnd: f"{rnd.randint(0, 999999):06}",
    "nano": lambda rnd: f"{rnd.randint(0, 999999999):09}",
    "mon": _pick(("Jan", "Feb", "Jun", "Nov", "Dec")),
    "day": lambda rnd: f"{rnd.randint(1, 28):2}",
    "dow": _pick(("Mon", "Tue", "Wed", "Sun")),
    "epoch": lambda rnd: str(rnd.randint(1100000000, 1800000000)),
    "level": _pick(("INFO", "WARN", "ERROR")),
    # what plain_forms.txt has besides
    "hex2": _hex(2),
    "hex4": _hex(4),
    "mongoid": _hex(24),
    "b64": lambda rnd: "".join(rnd.choice("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789_-") for _ in range(22)),
    "guid": lambda rnd: _uuid(rnd).upper(),
    "tid": lambda rnd: "".join(rnd.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(4)),
    "cmac": lambda rnd: ".".join(_hex(4)(rnd) for _ in range(3)),
    "ipv6": _pick(("fe80::1ff:fe23:4567:890a", "2001:db8::8a2e:370:7334", "::1", "2a02:2e0:3fe:1001:302::", "fd00::a")),
    "date2": lambda rnd: f"2024/{rnd.randint(1, 12):02}/{rnd.randint(1, 28):02}",
    "day0": lambda rnd: f"{rnd.randint(1, 28):02}",
    "us": lambda rnd: f"{rnd.randint(1, 12):02}/{rnd.randint(1, 28):02}/2024",
    "md": lambda rnd: f"{rnd.randint(1, 12):02}-{rnd.randint(1, 28):02}",
    "md2": lambda rnd: f"{rnd.randint(1, 12):02}.{rnd.randint(1, 28):02}",
    "hms": _pick(("<1 sec", "00:12", "01:04:33", "00:01")),
    "stamp": lambda rnd: (
        f"2024{rnd.randint(1, 12):02}{rnd.randint(1, 28):02}-{rnd.randint(0, 23)}:{rnd.randint(0, 59)}:{rnd.randint(0, 59)}:{rnd.randint(0, 999)}"
    ),
    "yes": _pick(("yes", "no")),
    "acct": _pick(("root", "app", "jsmith", "svc-backup", "deploy", "web01", "admin")),
    "al": _pick(("V", "D", "I", "W", "E")),
    "apk": _pick(("com.android.systemui", "com.tencent.mm", "com.google.android.gms", "com.android.phone:background", "com.acme.shop")),
    "app": lambda rnd: f"application_{rnd.randint(10**12, 2 * 10**12)}_{rnd.randint(1, 9999):04}",
    "app2": _pick(("Step_LSC", "Step_StandReportReceiver", "HiH_HiSyncControl", "Step_ExtSDM", "PluginHttp")),
    "be": _pick(("web/web-1", "api/srv2", "static/<NOSRV>", "app-pool/node03")),
    "call": _pick(
        ("collect", "count", "sparkDriver", "HTTP server", "org.apache.spark.network.netty.NettyBlockTransferService", "SparkUI")
    ),
    "cif": _pick(("GigabitEthernet0/1", "FastEthernet0/24", "Vlan20", "Port-channel3", "Serial0/0/0")),
    "cn": _pick(("cn042", "compute-0-12", "r1i3n4", "gpu7", "n0013")),
    "comm": _pick(("java", "nginx", "postgres", "kube-proxy", "python3", "batch", "checkout", "redis-server")),
    "cray": lambda rnd: f"c{rnd.randint(0, 9)}-{rnd.randint(0, 3)}c{rnd.randint(0, 2)}s{rnd.randint(0, 7)}n{rnd.randint(0, 3)}",
    "dimm": _pick(("J24", "CPU0_DIMM_A1", "DIMM_B2", "J9")),
    "disk": _pick(("sda1", "sdb", "nvme0n1p2", "dm-3", "sdc")),
    "escomp": _pick(
        ("o.e.c.m.MetadataCreateIndexService", "o.e.m.j.JvmGcMonitorService", "o.e.c.s.MasterService      ", "o.e.n.Node               ")
    ),
    "eth": _pick(("igb 0000:01:00.0 eth0", "e1000e 0000:00:1f.6 eno1", "ixgbe 0000:81:00.1 enp129s0f1", "bnx2 0000:02:00.0 em1")),
    "exe": _pick(("chrome.exe", "explorer.exe *64", "Dropbox.exe", "YodaoDict.exe", "git-remote-https.exe")),
    "fe": _pick(("http-in", "fe_main", "https~", "stats")),
    "file": _pick(("ibdata1", "shop/orders.ibd", "undo_001", "#ib_16384_0.dblwr")),
    "fqcn": _pick(
        ("Shop.Api.Controllers.OrdersController", "com.acme.shop.Order", "Microsoft.AspNetCore.Hosting.Diagnostics", "Shop.Mail.Sender")
    ),
    "fqdn": _pick(("www.example.com", "api.shop.example.org", "play.google.com", "cdn-3.example.net", "proxy.cse.example.edu.hk")),
    "gofile": _pick(("server.go", "main.go", "conn_pool.go", "internal/worker/run.go")),
    "index": _pick(("logs-2024.05.01", ".kibana_1", "orders", "filebeat-7.17.0-2024.05.01-000001", ".ds-metrics-default")),
    "javaclass": _pick(("PaymentService", "OrderJob", "MainActivity", "CleanupWorker", "Indexer")),
    "jthread": _pick(("main", "HikariPool-1 housekeeper", "http-nio-8080-exec-7", "scheduling-1", "lettuce-epollEventLoop-4-1")),
    "kb": _pick(
        ("Security Intelligence Update - KB2267602 (Version 1.4.2.0)", "2024-05 Cumulative Update for Windows (KB5037771)", "KB5001716")
    ),
    "logger": _pick(
        (
            "c.a.shop.payment.PaymentService         ",
            "o.h.engine.jdbc.spi.SqlExceptionHelper   ",
            "com.zaxxer.hikari.pool.HikariPool        ",
        )
    ),
    "mgr": _pick(("FolderManager", "WimManager", "VHDManager", "Package Manager", "Edition Manager")),
    "node": _pick(("web-1", "ip-10-0-12-7", "master1", "db02", "kw14")),
    "numlist": lambda rnd: ",".join(str(rnd.randint(1, 9)) for _ in range(rnd.randint(1, 4))),
    "package": _pick(
        (
            "Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~10.0.19041.1",
            "Package_for_KB5001716~31bf3856ad364e35~amd64~~1.0.0.3",
        )
    ),
    "pod": lambda rnd: (
        f"{rnd.choice(('checkout', 'api-gateway', 'mailer'))}-{_hex(9)(rnd)}-{rnd.choice(('x2x9v', 'abcde', 'qk7zt', 'hhnwl'))}"
    ),
    "rdd": _pick(("broadcast_12", "broadcast_3_piece0", "rdd_14_2", "taskresult_91", "input-0-1714550000000")),
    "script": _pick(("run.sh", "STDIN", "job42", "relax_cell.pbs")),
    "shout": _pick(("SCREEN_ON", "BATTERY_CHANGED", "TIME_TICK", "CLOSE_SYSTEM_DIALOGS")),
    "source": _pick(("Main.scala", "OrdersJob.scala", "NativeMethodAccessorImpl.java", "SparkPi.scala")),
    "sqlstate": _pick(("08001", "HY000", "42S02", "23505", "40P01")),
    "sub": _pick(("Vimsvc.ha-eventmgr", "Hostsvc", "Vmsvc.vm:/vmfs/volumes/ds1/a/a.vmx", "Default")),
    "table": _pick(("orders", "user_sessions", "invoice_items", "carts", "t_payment2")),
    "text": _pick(("Kill task failed", "Not responding", "NHC: check_hw_mem failed", "maintenance")),
    "title": _pick(
        ("The nginx HTTP server", "Daily apt upgrade and clean activities", "Session 12 of user root", "PostgreSQL Cluster 15-main")
    ),
    "topic": _pick(("orders", "payment.events.v2", "user-signups", "__consumer_offsets", "audit_log")),
    "unit": _pick(("nginx.service", "apt-daily.timer", "user@1000.service", "docker.socket", "postgresql@15-main.service")),
    "upath": _pick(("/api/v1/orders/42?full=1", "/", "/index.html", "/static/js/app.3f2a.js", "/brokers/ids", "/health")),
    "vector": lambda rnd: f"Vector({', '.join(str(n) for n in range(rnd.randint(1, 6)))})",
    "winhost": _pick(("WIN-8KD2", "DESKTOP-ABCDEF", "SRV01", "BUILD-AGENT")),
    "winpath": _pick(
        (r"C:\Windows\System32\Dism\WimProvider.dll", r"C:\Program Files\Shop\data\a.db", r"D:\logs\out.log", r"C:\ProgramData\x")
    ),
    "winservice": _pick(("Windows Update", "Print Spooler", "Background Intelligent Transfer Service", "BITS", "Superfetch")),
    "yarn": _pick(("NEW", "SUBMITTED", "RUNNING", "CONTAINER_ALLOCATED", "KILLING", "ATTEMPT_REGISTERED")),
    "ythread": _pick(
        (
            "main",
            "AsyncDispatcher event handler",
            "IPC Server handler 12 on 8032",
            "Socket Reader #1 for port 8031",
            "RMCommunicator Allocator",
        )
    ),
    "zkthread": _pick(
        (
            "NIOServerCxn.Factory:0.0.0.0/0.0.0.0:2181:NIOServerCnxnFactory",
            "main:QuorumPeerConfig",
            "SyncThread:0:FileTxnLog",
            "QuorumPeer[myid=1]/0:0:0:0:0:0:0:0:2181:Leader",
            "ProcessThread(sid:0 cport:-1)::PrepRequestProcessor",
        )
    ),
}


@dataclass(frozen=True)
class System:
    name: str
    header: str
    kinds: tuple[str, ...]


def lines_of(system: System, seed: str = "1") -> tuple[list[str], list[str]]:
    """Return lines of a system, mixed, and the kind of each."""
    rnd = random.Random(f"{system.name} {seed}")
    pairs = [(filled(system.header + kind, rnd), kind) for kind in system.kinds for _ in range(LINES_OF_A_KIND)]
    rnd.shuffle(pairs)
    return [line for line, _ in pairs], [kind for _, kind in pairs]


def filled(text: str, rnd: random.Random) -> str:
    """Return a line with something in each slot."""
    out, rest = [], text
    while rest:
        before, _, rest = rest.partition("«")
        out.append(before)
        if rest:
            name, _, rest = rest.partition("»")
            out.append(SLOTS[name](rnd))
    return "".join(out)


def read_systems(name: str) -> tuple[System, ...]:
    """Return the systems of a file."""
    _, *parts = (Path(__file__).parent / name).read_text(encoding="utf-8").split("\n== ")
    found = [part.rstrip("\n").split("\n") for part in parts]
    return tuple(System(name, header.removesuffix("|"), tuple(kinds)) for name, header, *kinds in found)


def systems() -> Iterator[tuple[System, str]]:
    """Yield every system, and the part that it belongs to."""
    for number, system in enumerate(SYSTEMS):
        yield system, PARTS[2] if number >= LATER else PARTS[number % 2]
    for number, system in enumerate(PLAIN):
        yield system, PARTS[3 + number % 2]


SYSTEMS, PLAIN = read_systems("forms.txt"), read_systems("plain_forms.txt")
