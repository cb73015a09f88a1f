"""Spark sessions: one a process, shared by the engines that are open in it.

Belongs here: how a session is configured, and when it is stopped. Does not belong here: what is asked of it.
"""

import os
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from threading import Thread

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

import pipeline
from pipeline.engine.protocol import Limits
from pipeline.engine.spark.fixed import FIXED
from pipeline.errors import InputError

#: Silence: a log or an error text of Spark may hold rows (law L6).
_LOGGING = """
appender.nothing.type = Null
appender.nothing.name = nothing
rootLogger.level = off
rootLogger.appenderRef.nothing.ref = nothing
"""

#: What a project may set otherwise. Conditions inferred from wide, nested columns would take minutes to plan.
_USUAL = {"spark.sql.constraintPropagation.enabled": "false"}

#: How long a session may take to stop.
_STOPPING_SECONDS = 30

_users = 0


def opened(settings: Limits, scratch: Path) -> SparkSession:
    """The session of this process, with the ``settings`` of its first user; ``closed`` gives it back."""
    global _users
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    builder = SparkSession.builder.appName("customer-segments")
    if settings.remote is not None:
        builder = builder.remote(settings.remote.get_secret_value())
        own: Mapping[str, str] = {}
    else:
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        master = settings.master or f"local[{settings.threads}]"
        builder = builder.master(master)
        own = _driver(settings, scratch) | (_local(settings) if master.startswith("local") else {})
    for name, value in {**_USUAL, **own, **settings.written_conf, **FIXED}.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except PySparkException as error:
        raise _not_opened(settings, error) from error
    for name, value in FIXED.items():  # a session that was open before keeps its own
        session.conf.set(name, value)
    if settings.remote is None:
        session.sparkContext.setLogLevel("OFF")
    _users += 1
    return session


def _not_opened(settings: Limits, error: PySparkException) -> InputError:
    key = "remote" if settings.remote is not None else "master"
    # not what Spark says: that may hold the address with its token, or a value of conf
    return InputError(
        f"engine.{key}",
        f"Spark does not open ({error.getCondition() or type(error).__name__})",
        "Java 17 on this machine and a master that answers"
        if settings.remote is None
        else "a Spark Connect server that answers",
        "Mend that, or write engine: {kind: duckdb}.",
    )


def closed(session: SparkSession) -> None:
    """Stop the session when its last user has closed it.

    In a thread of its own: where a signal ended the waiting for a query, this thread's line to the JVM is
    still taken by it. The JVM ends with this process at the latest.
    """
    global _users
    _users -= 1
    if not _users:
        stopping = Thread(target=session.stop, daemon=True)
        stopping.start()
        stopping.join(_STOPPING_SECONDS)


def _driver(settings: Limits, scratch: Path) -> dict[str, str]:
    """What a driver in this process needs: all it writes stands in the scratch."""
    logging = scratch / "log4j2.properties"
    logging.write_text(_LOGGING, encoding="utf-8")
    options = f"-Dlog4j2.configurationFile=file:{logging} -Djava.io.tmpdir={scratch}"
    return {
        "spark.driver.memory": f"{max(settings.memory_bytes // 2**20, 512)}m",
        "spark.driver.extraJavaOptions": options,
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.ui.showConsoleProgress": "false",
        "spark.executorEnv.PYTHONWARNINGS": "ignore",
    }


def _local(settings: Limits) -> dict[str, str]:
    """Spark in one process: no more partitions than threads, and nothing on the network."""
    return {
        "spark.sql.shuffle.partitions": str(settings.threads),
        "spark.default.parallelism": str(settings.threads),
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        # workers find the program wherever this process has it from; elsewhere it is installed
        "spark.executorEnv.PYTHONPATH": str(Path(pipeline.__file__).parents[1]),
    }
