"""SIGHUP: the running daemon goes by the file as it is now, or says why it does not."""

import signal

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.testing import Workspace


def reload(workspace: Workspace, toml: str) -> None:
    assert workspace.daemon
    (workspace.folder / "chatops.toml").write_text(toml)
    workspace.daemon.process.send_signal(signal.SIGHUP)


def test_a_service_and_a_watch_come_and_go_without_a_restart(empty_workspace: Workspace) -> None:
    workspace = empty_workspace.start()
    ann = workspace.sandbox.ann
    workspace.sandbox.wait_connected(2)
    connections = [connection["id"] for connection in workspace.sandbox.connections()]
    more = workspace.folder / "more.log"
    more.write_text("")
    with_payments = workspace.toml.replace("[services.search", "[services.payments").replace(
        "[[watches]]", f'[[watches]]\nname = "second"\nsource = {{ file = "{more}" }}\nevery = "1s"\n\n[[watches]]', 1
    )

    reload(workspace, with_payments)
    ann.waits_for("The configuration was reloaded", channel="C0OPS")
    assert "service payments added" in ann.reads(ann.sees("C0OPS")[-1])

    ann.types("/release search 1.2.3 staging")
    ann.waits_for("There is no service `search`")
    workspace.sandbox.wait_until(lambda: "watch=second" in workspace.log(), what="the new watch's first look")
    assert [connection["id"] for connection in workspace.sandbox.connections()] == connections

    reload(workspace, with_payments.replace('repo = "acme/checkout"', 'repo = "checkout"'))
    refused = ann.reads(ann.waits_for("The configuration was not reloaded", channel="C0OPS"))
    assert "services.checkout.repo" in refused
    assert "systemctl reload chatopsd" in refused
    ann.types("/release checkout 1.5.0 staging")
    ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
    assert workspace.stop() == 0


def test_the_first_watch_of_a_loki_whose_address_came_after_the_start_is_refused_with_what_to_do(empty_workspace: Workspace) -> None:
    workspace = empty_workspace.start()
    ann = workspace.sandbox.ann
    (workspace.folder / ".env").write_text(f"LOKI_URL={workspace.url}\nLOKI_TOKEN=came-after-the-start\n")

    reload(workspace, f"""{workspace.toml}\n[[watches]]\nname = "remote"\nevery = "1m"\nsource = {{ loki = '{{app="none"}}' }}\n""")

    refused = ann.reads(ann.waits_for("The configuration was not reloaded", channel="C0OPS"))
    assert "watches.remote.source.loki: LOKI_URL was not set when the daemon was started, which reads it then. Restart it." in refused
    assert workspace.stop() == 0


def test_an_app_s_token_reaches_a_service_that_a_reload_adds(empty_workspace: Workspace) -> None:
    workspace = empty_workspace
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    formats = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = workspace.folder / "app.pem"
    file.write_bytes(key.private_bytes(*formats))
    whole = workspace.toml
    before, _, search = whole.partition("[services.search]")
    workspace.toml = f"{before}[[watches]]{search.partition('[[watches]]')[2]}"
    app = {"GITHUB_APP_ID": "4711", "GITHUB_APP_PRIVATE_KEY_FILE": str(file), "GITHUB_INSTALLATION_ID": "31337"}
    ann = workspace.start(GITHUB_TOKEN="", **app).sandbox.ann
    ann.types("/release checkout 1.5.0 staging")
    ann.waits_for("v1.5.0", channel="C0OPS", timeout_s=30)

    reload(workspace, whole)
    ann.waits_for("service search added", channel="C0OPS")
    ann.types("/release search 9.0.0 staging")

    ann.waits_for("v9.0.0", channel="C0OPS", timeout_s=30)
    assert workspace.stop() == 0
