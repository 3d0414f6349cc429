"""Every seed and model of dbt as an asset, every data test as an asset check, built by dbt in this process.

What the models say is the affair of `dbt_project`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets

from orchestration import steps
from orchestration.dbt_runner import Build, DbtProject, Node
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


def transformation(project: DbtProject) -> tuple[dg.AssetsDefinition, dg.AssetsDefinition]:
    """The dbt project as assets: its seeds, by which rows are judged when they come in, and its models."""
    return (
        _assets("process", project, steps.prepare, "resource_type:seed"),
        # Tests are named too: one that looks at a model and at a seed is the model's.
        _assets("transform", project, steps.transform, "resource_type:model resource_type:test"),
    )


def _assets(name: str, project: DbtProject, build: Callable[[Refresh], Build], select: str) -> dg.AssetsDefinition:
    @dbt_assets(
        name=name,
        manifest=project.manifest_content,
        select=select,
        dagster_dbt_translator=LayeredTranslator(DagsterDbtTranslatorSettings(enable_source_tests_as_checks=True)),
    )
    def assets(
        context: dg.AssetExecutionContext, refresh: dg.ResourceParam[Refresh]
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        if context.is_subset:
            raise dg.Failure("Models are built together: launch the whole job, or run `dbt build --select` by hand.")
        built = build(refresh)
        yield from _events(context.assets_def, built.nodes)
        built.require_passed()

    return assets


def _events(assets: dg.AssetsDefinition, nodes: Sequence[Node]) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """What Dagster shows of a build: the nodes that were built, and the tests that ran, passed or not."""
    keys = {spec.metadata[UNIQUE_ID]: spec.key for spec in assets.specs}
    checks = {spec.metadata[UNIQUE_ID]: spec for spec in assets.check_specs}
    for node in nodes:
        metadata = {"seconds": node.seconds}
        if node.unique_id in keys and node.has_passed:
            yield dg.MaterializeResult(asset_key=keys[node.unique_id], metadata=metadata)
        elif node.unique_id in checks and node.status != "skipped":
            check = checks[node.unique_id]
            yield dg.AssetCheckResult(
                asset_key=check.asset_key,
                check_name=check.name,
                passed=node.has_passed,
                metadata={**metadata, "failing_rows": node.failures},
            )
