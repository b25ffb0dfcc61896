"""Stack traces as programs print them, each with the line that an error pattern finds first and what it is about."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Trace:
    text: str
    chain: str
    frame: str  # the first of one's own
    lines: int = 0  # 0: all of them

    @property
    def block(self) -> list[str]:
        return self.text.strip("\n").split("\n")


TRACES = {
    "java": Trace(
        """
2024-05-01 12:00:00,123 ERROR [main] com.acme.PaymentService - Payment 4711 failed
java.lang.IllegalStateException: Queue full (1024)
	at java.base/java.util.concurrent.ThreadPoolExecutor.reject(ThreadPoolExecutor.java:833)
	at com.acme.PaymentService.charge(PaymentService.java:42)
	at com.acme.PaymentService$$Lambda$14/0x0000000800c3.run(Unknown Source)
	... 12 more
Caused by: java.io.IOException: Broken pipe
	at com.acme.Gateway.send(Gateway.java:99)
	... 14 common frames omitted
""",
        "java.lang.IllegalStateException <- java.io.IOException",
        "com.acme.Gateway.send",
    ),
    "java without a record": Trace(
        """
Exception in thread "main" java.lang.IllegalStateException: ERROR in state
	at com.acme.Main.main(Main.java:5)
""",
        "java.lang.IllegalStateException",
        "com.acme.Main.main",
    ),
    "python": Trace(
        """
2024-05-01 12:00:00 ERROR root: cannot charge order 7
Traceback (most recent call last):
  File "/usr/lib/python3.11/site-packages/flask/app.py", line 2000, in full_dispatch
    rv = self.dispatch_request()
  File "/srv/shop/views.py", line 12, in checkout
    charge(order)
  File "/srv/shop/payment.py", line 99, in charge
    raise KeyError("card")
KeyError: 'card'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/shop/views.py", line 14, in checkout
    raise PaymentFailed(order)
shop.PaymentFailed: order 7
""",
        "shop.PaymentFailed <- KeyError",
        "payment.py:charge",
    ),
    "node": Trace(
        """
Error: connect ECONNREFUSED 10.0.0.1:5432 ERROR
    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1300:16)
    at Pool.connect (/app/node_modules/pg/lib/pool.js:12:3)
    at chargeOrder (/app/src/orders.js:17:9) {
  errno: -111,
  code: 'ECONNREFUSED'
}
""",
        "Error",
        "chargeOrder",
    ),
    "go": Trace(
        """
panic: runtime error: index out of range [3] with length 3 ERROR

goroutine 1 [running]:
main.(*Server).handle(0xc000012345, 0x3)
	/app/server.go:42 +0x1d
main.main()
	/app/main.go:10 +0x20
created by net/http.(*Server).Serve in goroutine 1
	/usr/local/go/src/net/http/server.go:3086 +0x5cb
exit status 2
""",
        "panic",
        "main.(*Server).handle",
    ),
    "ruby": Trace(
        """
app/models/order.rb:12:in `charge!': card declined ERROR (PaymentError)
	from app/controllers/orders.rb:7:in `create'
	from /usr/lib/ruby/gems/3.2/rack.rb:4:in `call'
""",
        "PaymentError",
        "order.rb:charge!",
    ),
    ".net": Trace(
        """
2024-05-01 12:00:00.123 +00:00 [ERR] ERROR Cannot charge
System.InvalidOperationException: Sequence contains no elements
 ---> System.IO.IOException: Broken
   at System.Linq.ThrowHelper.ThrowNoElementsException()
   at Acme.Shop.Payment.Charge(Order order) in /src/Payment.cs:line 42
   --- End of inner exception stack trace ---
   at Acme.Shop.Program.Main(String[] args)
""",
        "System.InvalidOperationException <- System.IO.IOException",
        "Acme.Shop.Payment.Charge",
    ),
}
