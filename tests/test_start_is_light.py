"""What a start does not need is not loaded: each megabyte and tenth of a second of it would be paid by every daemon."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEAVY = (
    "alembic",
    "ahocorasick_rs",
    "bot.core.fingerprints",
    "cryptography",
    "jwt",
    "matplotlib",
    "numpy",
    "prometheus_client",
    "psycopg",
    "sqlalchemy.dialects.postgresql",
)
LOADED = "import json, sys; import bot.app; print(json.dumps(sorted(sys.modules)))"


def test_the_daemon_loads_no_heavy_library_before_it_is_asked_for() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) & set(HEAVY) == set()
