"""dbt within the tests' own process without the work that it repeats for each node of each run.

A small company's night is mostly dbt's own work: per node it lists all macros anew, compiles the same Jinja as in the
run before, and words events that nobody hears. What a run does and says is the same; processes that tests start run
dbt as it is.
"""

import gc
from functools import cache
from typing import Any


@cache
def quicken() -> None:
    """Once in a process, before its first run of dbt."""
    _compile_each_template_once()
    _list_macros_by_package()
    _word_no_event_that_nobody_hears()
    # The project stays, as does Dagster: to look through all of it again and again frees nothing.
    gc.set_threshold(20_000, 20, 50)


def _compile_each_template_once() -> None:
    """The same source is the same code, whatever it is rendered with."""
    from jinja2 import Environment

    compile_anew = Environment.compile
    compiled: dict[tuple[Any, ...], Any] = {}

    def compile_once(self: Environment, source: Any, *options: Any, **named: Any) -> Any:
        if not isinstance(source, str):
            return compile_anew(self, source, *options, **named)
        key = (type(self), tuple(self.extensions), source, options, tuple(named.items()))
        if key not in compiled:
            compiled[key] = compile_anew(self, source, *options, **named)
        return compiled[key]

    Environment.compile = compile_once  # type: ignore[method-assign]


def _list_macros_by_package() -> None:
    """A node's context holds every macro: they are taken package by package, not looked up one by one."""
    from dbt.clients.jinja import MacroGenerator
    from dbt.context.base import BaseContext
    from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
    from dbt.context.manifest import ManifestContext

    to_dict = ManifestContext.to_dict

    def generator(macro: Any, context: Any, node: Any, stack: Any) -> MacroGenerator:
        made = MacroGenerator.__new__(MacroGenerator)
        made.context, made.macro, made.node, made.stack = context, macro, node, stack
        return made

    def build_namespace(self: MacroNamespaceBuilder, macros: dict[str, dict[str, Any]], context: Any) -> MacroNamespace:
        for package, by_name in macros.items():
            made = {name: generator(macro, context, self.node, self.thread_ctx) for name, macro in by_name.items()}
            if package in self.internal_package_names:
                self.internal_packages[package] = made
                continue
            self.packages[package] = made
            if package == self.search_package:
                self.locals.update(made)
            elif package == self.root_package:
                self.globals.update(made)
        of_dbt: dict[str, Any] = {}
        for package in reversed(self.internal_package_names_order):
            of_dbt.update(self.internal_packages.get(package, {}))
        return MacroNamespace(self.globals, self.locals, of_dbt, self.packages)

    def context_of(self: ManifestContext) -> dict[str, Any]:
        if type(self.namespace) is not MacroNamespace:
            return to_dict(self)
        context = BaseContext.to_dict(self)
        for names in reversed(list(self.namespace._search_order())):
            context.update(names)
        return context

    MacroNamespaceBuilder.build_namespace = build_namespace  # type: ignore[method-assign]
    ManifestContext.to_dict = context_of  # type: ignore[method-assign]


def _word_no_event_that_nobody_hears() -> None:
    """Nobody listens to what dbt says for its developers, unless it keeps a log."""
    from dbt_common.events.base_types import EventLevel
    from dbt_common.events.event_manager import EventManager

    fire_event = EventManager.fire_event

    def fire(self: EventManager, event: Any, level: Any = None, *others: Any, **named: Any) -> None:
        if self.loggers or (level or event.level_tag()) != EventLevel.DEBUG:
            fire_event(self, event, level, *others, **named)

    EventManager.fire_event = fire  # type: ignore[method-assign]
