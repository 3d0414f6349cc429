"""Every seed and model of dbt as an asset, every data test as an asset check, built by dbt in this process.

What the models say is the affair of `dbt_project`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets

from orchestration import steps
from orchestration.dbt_results import Node
from orchestration.dbt_runner import DbtProject
from orchestration.parts import Part
from orchestration.refresh import Refresh

UNIQUE_ID = "dagster_dbt/unique_id"
TABLE_NAME = "dagster/table_name"


class LayeredTranslator(DagsterDbtTranslator):
    """Asset keys of two parts, layer or source and table; groups by layer."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        # A source may be the mart of another refresh, and is told apart by its own name.
        layer = dbt_resource_props.get("source_name") or dbt_resource_props["schema"]
        return dg.AssetKey([layer, dbt_resource_props["name"]])

    def get_metadata(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, Any]:
        # Dagster takes two keys of one table name for one asset: the mart that the last night left, read before it
        # is replaced, would be the mart itself, and the graph a cycle. A source is known by its key alone.
        metadata = super().get_metadata(dbt_resource_props)
        if dbt_resource_props["resource_type"] != "source":
            return metadata
        return {name: value for name, value in metadata.items() if name != TABLE_NAME}

    def get_asset_check_spec(self, *args: Any, **kwargs: Any) -> dg.AssetCheckSpec | None:
        # The build is the gate: what failed in it raises, whatever Dagster is told. A night that continues another
        # runs no test of a seed that did not change, and Dagster would warn of each blocking check without a result.
        spec = super().get_asset_check_spec(*args, **kwargs)
        return spec and spec._replace(blocking=False)

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return dbt_resource_props["schema"]


def transformation(project: DbtProject) -> Sequence[dg.AssetsDefinition]:
    """The dbt project as assets, an operation for each of its parts."""
    return [_assets(project, part) for part in project.parts]


def _assets(project: DbtProject, part: Part) -> dg.AssetsDefinition:
    @dbt_assets(
        name=part.name,
        manifest=project.manifest_content,
        # Tests are named too: one that looks at a model and at a seed is the model's.
        select=f"{part.select} resource_type:test",
        exclude=part.exclude,
        dagster_dbt_translator=LayeredTranslator(DagsterDbtTranslatorSettings(enable_source_tests_as_checks=True)),
    )
    def assets(
        context: dg.AssetExecutionContext, refresh: dg.ResourceParam[Refresh]
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        _require_whole(context, project)
        built = steps.build(refresh, part)
        yield from _events(context, built.nodes)
        built.require_passed()

    return assets


def _require_whole(context: dg.AssetExecutionContext, project: DbtProject) -> None:
    """Refuse a run of some of the project, before it touches the build that the next refresh would continue."""
    nodes = project.manifest_content["nodes"].values()
    built = {LayeredTranslator().get_asset_key(node) for node in nodes if node["resource_type"] in ("seed", "model")}
    if built - context.job_def.asset_layer.executable_asset_keys:
        raise dg.Failure("Models are built together: launch the whole job, or run `dbt build --select` by hand.")
    if context.is_subset:
        raise dg.Failure(
            f"{context.op_def.name} is built at once, with all its checks: what must happen between its models "
            "parts them in orchestration/parts.py."
        )


def _events(
    context: dg.AssetExecutionContext, nodes: Sequence[Node]
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """What Dagster shows of a build: the nodes that were built, and the tests that ran, passed or not.

    A later step waits for what it reads, also for what was left alone.
    """
    assets, graph = context.assets_def, context.job_def.asset_layer.asset_graph
    keys = {spec.metadata[UNIQUE_ID]: spec.key for spec in assets.specs}
    checks = {spec.metadata[UNIQUE_ID]: spec for spec in assets.check_specs}
    for node in nodes:
        metadata = {"seconds": node.seconds}
        if node.unique_id in keys and node.has_passed:
            key = keys[node.unique_id]
            if not node.is_left_alone or not graph.get(key).child_keys <= assets.keys:
                yield dg.MaterializeResult(asset_key=key, metadata=metadata)
        elif node.unique_id in checks and node.status != "skipped" and not node.is_left_alone:
            check = checks[node.unique_id]
            yield dg.AssetCheckResult(
                asset_key=check.asset_key,
                check_name=check.name,
                passed=node.has_passed,
                metadata={**metadata, "failing_rows": node.failures},
            )
