"""A machine that is cut off within a transaction holds the others up for seconds, not for hours."""

from __future__ import annotations

import subprocess
import sys

import pytest

from digest.database import open_database
from tests.hosts import Network
from tests.support import ROOT, PostgresServer

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]

LOCK = "SELECT * FROM one FOR UPDATE"
BY_THE_PROGRAM = f"""
from sqlalchemy import text
from digest.database import open_database
connection = open_database(URL).connect()
connection.execute(text("{LOCK}"))
"""
BY_THE_QUEUE = f"""
import asyncio
from digest.database import open_database
from digest.workers.queue import make_queue
async def lock():
    async with make_queue(open_database(URL), print).open_async() as queue:
        connection = await queue.connector.pool.getconn()
        await connection.set_autocommit(False)
        await connection.execute("{LOCK}")
        print("locked", flush=True)
        await asyncio.sleep(600)
asyncio.run(lock())
"""
WAIT = """
import time
print("locked", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize(
    "program", [BY_THE_PROGRAM + WAIT, BY_THE_QUEUE], ids=["the program", "the queue"]
)
def test_what_it_had_locked_is_free_soon(
    joined: Network, far_database: PostgresServer, program: str
) -> None:
    url, far = far_database.create_database(), joined.host("far")
    engine = open_database(url)
    with engine.begin() as here:
        here.exec_driver_sql("CREATE TABLE one AS SELECT 1 AS n")
    source = program.replace("URL", repr(far_database.reached(url)))
    command = far.command(sys.executable, "-c", source)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as there:
        assert there.stdout
        assert there.stdout.readline() == "locked\n"
        joined.cut(far)
        try:
            with engine.begin() as here:
                here.exec_driver_sql("SET lock_timeout = '60s'")
                assert here.exec_driver_sql(LOCK).all() == [(1,)]
        finally:
            there.kill()
            engine.dispose()
