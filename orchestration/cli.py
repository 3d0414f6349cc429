"""The `revloop` command: options in, one call, lines out. Work belongs in the modules it calls.

Dagster and dbt take seconds to import, so each verb imports what it needs itself.
"""

import sys
from datetime import datetime
from pathlib import Path

import click

from ingest.feeds import FEEDS
from ingest.texts import trimmed
from orchestration import console
from orchestration.data_folder import DataFolder, exclusive
from orchestration.migration import require_up_to_date
from orchestration.options import DATA, FILE, FOLDER, LANDING, MAPPINGS, Timestamp
from orchestration.output_paths import require_apart, require_free_file, require_free_folder, require_new_file
from orchestration.outputs.sinks import SINKS, open_sink
from orchestration.settings import Settings, utc_now


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="revloop", message="%(prog)s %(version)s")
def cli() -> None:
    """A warehouse that shows a B2B revenue process as a loop: landing files in, audited marts out."""


@cli.command()
@LANDING
@DATA
@MAPPINGS
@click.option("--as-of", type=Timestamp(), help="What happened later is not seen. [the refresh's start]")
@click.option("--known-at", type=Timestamp(), help="What was loaded later is not known. [everything]")
@click.option("--full", is_flag=True, help="Rebuild every model from raw; loaded files stay loaded.")
@click.option("--out", type=FILE, help="Write the marts, without pay, to this file; load, publish and log nothing.")
def refresh(
    landing: Path | None,
    data: Path | None,
    mappings: Path | None,
    as_of: datetime | None,
    known_at: datetime | None,
    full: bool,
    out: Path | None,
) -> None:
    """Ingest, transform, audit and publish one night.

    Exit 0 only when the audited marts are published; 1 with its causes, one a line; readers keep the old ones.
    """
    from orchestration.attempts import refusals
    from orchestration.refresh import Request, begin, dbt_project
    from orchestration.steps import check_landing, write_marts
    from orchestration.summary import looks, summary

    settings = Settings.read(landing, data, mappings)
    request = Request(as_of, known_at, full)
    if out is not None:
        require_free_file(out.absolute(), settings)
        write_marts(settings, request, out.absolute(), console.progress)
        click.echo(f"wrote {out}")
        return
    require_apart(settings)
    with refusals(settings):
        check_landing(settings)
    with begin(settings, request, dbt_project(settings), console.progress) as begun:
        # Only whoever holds the folder pays for Dagster and dbt; everyone else is refused at once.
        from orchestration.nightly import run

        run(begun)
        for line in [*summary(begun), *looks(begun)]:
            click.echo(line)


@cli.command()
@DATA
@click.option("--sink", type=click.Choice(list(SINKS)), default="files", show_default=True, help="Where to send.")
@click.option("--dry-run", is_flag=True, help="Tell what would be sent, and send nothing.")
@click.option("--retry-rejected", is_flag=True, help="Send only the rows that were rejected before.")
@click.option(
    "--force",
    is_flag=True,
    help="Send although the publication is older, or much would be deleted.",
)
def deliver(data: Path | None, sink: str, dry_run: bool, retry_rejected: bool, force: bool) -> None:
    """Send the latest publication's scores and recycling list: only what changed since the last delivery."""
    from orchestration.outputs.deliver import deliver as send

    settings = Settings.read(data=data)
    folder = DataFolder(settings.data)
    target = open_sink(sink, folder)
    require_up_to_date(folder, settings.command, console.progress)
    now = utc_now()
    with exclusive(folder, settings.command, now):
        counts = send(folder, target, now, dry_run=dry_run, retry_rejected=retry_rejected, force=force)
    for output, count in counts.items():
        click.echo(
            f"{output}: {count.created} created, {count.updated} updated, {count.deleted} deleted, "
            f"{count.unchanged} unchanged{' (dry run, nothing sent)' if dry_run else ''}"
        )


@cli.command()
@LANDING
@DATA
@click.option("--lead-id", help="The lead to erase.")
@click.option("--email", help="Erase every lead that ever had this e-mail address.")
def erase(landing: Path | None, data: Path | None, lead_id: str | None, email: str | None) -> None:
    """Erase a lead, every lead merged into it and their activities, in all versions, and publish anew."""
    if (lead_id is None) == (email is None):
        raise click.UsageError("Give either --lead-id or --email.")
    if not trimmed(lead_id or email or ""):
        raise click.UsageError("Give an id or an e-mail address that is not empty.")
    from orchestration.erasure import erase as erase_lead

    for line in erase_lead(Settings.read(landing, data), lead_id, email, console.progress):
        click.echo(line)


@cli.command()
@click.option("--leads", type=click.IntRange(min=1), required=True, help="How many leads the company has.")
@click.option("--out", type=FOLDER, required=True, help="Folder to write the feeds into.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="The same seed gives the same bytes.",
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2026-07-01",
    show_default=True,
    help="The company as it stands when this UTC day begins.",
)
@click.option("--seeds", type=FOLDER, help="Write the reps.csv, targets.csv and campaign_spend.csv that fit, too.")
@DATA
def simulate(leads: int, out: Path, seed: int, until: datetime, seeds: Path | None, data: Path | None) -> None:
    """Write a made-up company in the landing layout: two years of it, with a story to find."""
    from ingest.simulate import seeds as company_seeds
    from ingest.simulate import simulate as write_company
    from ingest.simulate.reps import read_reps
    from ingest.simulate.story import plant_of

    settings, day = Settings.read(data=data), until.date()
    require_free_folder("--out", out.absolute(), settings.data)
    if seeds is None:
        reps = read_reps(next(settings.project.glob("seeds/**/reps.csv")))
    else:
        require_free_folder("--seeds", seeds.absolute(), settings.data)
        reps = company_seeds.reps_of(leads, day)
    report = write_company(leads, out, seed=seed, reps=reps, until=day, plant=plant_of(day), progress=console.progress)
    for feed, rows in report.rows.items():
        click.echo(f"{feed}: {rows} rows, {sum(report.bad_rows[feed].values())} of them bad on purpose")
    if seeds is None:
        click.echo(company_seeds.said_of_shipped())
    else:
        for path in company_seeds.write(seeds, company_seeds.fitting(leads, day)):
            click.echo(f"wrote {path}")


@cli.command()
@click.argument("files", nargs=-1, type=FOLDER)
@LANDING
@MAPPINGS
@click.option("--as-of", type=Timestamp(), help="The moment to tell the funnel of. [now]")
@click.option("--suggest", is_flag=True, help="Write a mapping to start from instead.")
@click.option("--out", type=FILE, help="Where to write that mapping, a file ending in .yml. [the screen]")
def check(
    files: tuple[Path, ...],
    landing: Path | None,
    mappings: Path | None,
    as_of: datetime | None,
    suggest: bool,
    out: Path | None,
) -> None:
    """Tell what would become of files before anything of them is loaded: of the landing folder, or of FILES alone.

    Exit 0 where nothing is to be looked at, 1 where a person should look.
    """
    if files and landing is not None:
        raise click.UsageError("Give either --landing or files.")
    if out is not None and not suggest:
        raise click.UsageError("--out is where --suggest writes.")
    settings = Settings.read(landing, mappings=mappings)
    if suggest:
        from orchestration.checking.suggest import suggest as suggested

        if out is not None:
            require_new_file(out.absolute(), settings)
        text = suggested(settings, files)
        if out is not None:
            out.write_text(text, encoding="utf-8")
        click.echo(text if out is None else f"wrote {out}\n", nl=False)
        return
    from orchestration.checking.run import check as look_at

    report = look_at(settings, files, as_of, console.progress)
    for line in report.lines:
        click.echo(line)
    if report.looks:
        raise click.exceptions.Exit(1)


@cli.command()
@click.option("--example", type=FOLDER, help="Write a small landing folder that is right, one lead per typical path.")
@DATA
def feeds(example: Path | None, data: Path | None) -> None:
    """Tell what a feed must contain: its columns, which of them it needs, and how values are spelled."""
    from ingest.example_feeds import write_example
    from ingest.feed_reference import feed_reference
    from ingest.simulate.reps import first_of_departments, read_reps

    if example is None:
        click.echo(feed_reference())
        return
    settings = Settings.read(data=data)
    require_free_folder("--example", example.absolute(), settings.data)
    reps = first_of_departments(read_reps(next(settings.project.glob("seeds/**/reps.csv"))))
    for path in write_example(example, reps):
        click.echo(f"wrote {path}")


@cli.command()
@LANDING
@DATA
@click.option("--feed", type=click.Choice(list(FEEDS)), help="Only this feed.")
@click.option("--out", type=FILE, help="Write all quarantined rows to this CSV file.")
@click.option("--close", "source", help="Close what is open of this source, a file or a connector.")
def quarantine(landing: Path | None, data: Path | None, feed: str | None, out: Path | None, source: str | None) -> None:
    """Show what lies in quarantine, by feed and reason; close what need not be looked at any more."""
    from orchestration import quarantine as put_aside

    settings = Settings.read(landing, data)
    folder = DataFolder(settings.data)
    if out is not None:
        require_free_file(out.absolute(), settings)
    require_up_to_date(folder, settings.command, console.progress)
    if source is not None:
        with exclusive(folder, settings.command, utc_now()):
            for line in put_aside.close(folder.store, feed, source, utc_now()):
                click.echo(line)
    for line in put_aside.shown(folder.store, feed):
        click.echo(line)
    if out is not None:
        put_aside.write(folder.store, feed, out.absolute())
        click.echo(f"wrote {out}")


@cli.command()
@DATA
def status(data: Path | None) -> None:
    """Tell how the last night went. Exit 1 where a person should look."""
    from orchestration import status as state

    settings = Settings.read(data=data)
    require_up_to_date(DataFolder(settings.data), settings.command, console.progress)
    found = state.status(settings, utc_now())
    for line in found.lines:
        click.echo(line)
    for worry in found.worries:
        click.echo(f"look: {worry}")
    if found.worries:
        raise click.exceptions.Exit(1)
    click.echo("a night is at work: ask again when it has ended" if found.is_at_work else "all is well")


@cli.command()
@DATA
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Serve at this port. [any that is free]")
@click.option("--no-browser", is_flag=True, help="Tell the address, and open no browser.")
def dashboard(data: Path | None, port: int, no_browser: bool) -> None:
    """Serve the latest dashboard to this machine alone, and open it in a browser, until Ctrl+C."""
    from orchestration.dashboard.serve import serve

    serve(DataFolder(Settings.read(data=data).data).site, port, opens_browser=not no_browser, tell=click.echo)


def main() -> None:
    """Run the command of this process."""
    console.begin()
    console.end(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The command's exit code."""
    return console.run(cli, arguments)
