"""What Dagster keeps of outputs that were written, and nobody asks for.

Belongs here: the one place that touches it. Does not belong here: writing outputs (``io_manager``).
"""

from dagster import OutputContext


def forget_outputs(context: OutputContext) -> None:
    """Let go of the values that steps of this run have returned so far.

    A run in this process keeps every one of them to its end, so that its result can be asked for them: tables
    in memory, and tables that the engine holds. Here they are read from the lake. There is no public
    switch; where a later Dagster keeps none, or elsewhere, there is nothing to do.
    """
    kept = getattr(context.step_context, "output_capture", None)
    if isinstance(kept, dict):
        kept.clear()
