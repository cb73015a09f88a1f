"""Waiting for Spark, so that who asks the process to end is heard at once.

Belongs here: running a job and cancelling it. Does not belong here: what jobs do (``engine``, ``backend``).
"""

from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import TypeVar

from pyspark.sql import SparkSession

T = TypeVar("T")

#: How long a cancelled job may take to end: Spark gives Python on its workers two seconds.
_ENDING_SECONDS = 20


def waited(session: SparkSession, job: Callable[[], T]) -> T:
    """What ``job`` gives. A signal that ends the waiting (SIGTERM, Ctrl-C) cancels what runs in the session.

    The job runs in a thread of its own, because a thread has one line to Spark: while it waits for an answer
    nothing else can be said on it, neither by Spark's own clearing up.
    """
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(job())
        except BaseException as error:  # raised where the answer is awaited
            answer.set_exception(error)

    Thread(target=run, daemon=True).start()
    try:
        return answer.result()
    except BaseException:
        if not answer.done():
            session.interruptAll()
            wait([answer], _ENDING_SECONDS)
        raise
