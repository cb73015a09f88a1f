"""Outputs that were written are let go of while a run goes on."""

import gc
import weakref

from dagster import InputContext, IOManager, OutputContext, job, op

from assets.lib.captured import forget_outputs


class Large:
    """Stands for a table in memory."""


def test_an_output_that_was_written_is_gone_before_the_run_has_ended() -> None:
    made: list[weakref.ref[Large]] = []
    alive: list[bool] = []

    class Forgetting(IOManager):
        def handle_output(self, context: OutputContext, obj: object) -> None:
            forget_outputs(context)

        def load_input(self, context: InputContext) -> None:
            return None

    @op
    def first() -> Large:  # type: ignore[misc]
        found = Large()
        made.append(weakref.ref(found))
        return found

    @op
    def then(given: object) -> None:
        gc.collect()
        alive.extend(one() is not None for one in made)

    @job(resource_defs={"io_manager": Forgetting()})  # type: ignore[dict-item]
    def both() -> None:
        then(first())

    assert both.execute_in_process().success
    assert alive == [False]
