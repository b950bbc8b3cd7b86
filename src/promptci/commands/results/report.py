"""`promptci report`."""

import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path

import click

from promptci.atomic import write_report
from promptci.commands.context import opened, pass_project
from promptci.commands.display import folded, say
from promptci.commands.limitoptions import allow_code_option
from promptci.commands.options import ALLOW_CODE
from promptci.errors import RequestError
from promptci.project.project import Project
from promptci.project.reporting import gather_report
from promptci.render.figures import counted
from promptci.render.html.page import html_page
from promptci.render.json.jsontext import dumped_parts
from promptci.render.json.page.page import PageV1, page_document
from promptci.reportdata.past import MOST_COMMITS
from promptci.secrets.safetext import for_terminal, without_secrets


@click.command(
    epilog="Without REV the working tree is compared with the base of `promptci check`; one REV "
    "names the base, two name base and head. Models, version labels and prompt files may be given "
    "instead, as with `promptci compare`."
)
@click.argument("revisions", metavar="[REV]...", nargs=-1)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    default=Path("report.html"),
    show_default=True,
    help="The file to write.",
)
@click.option("--open", "opens", is_flag=True, help="Open the page in a browser.")
@click.option(
    "--serve",
    "serves",
    is_flag=True,
    help="Write no file: show the page on this machine, and renew it as files and runs change.",
)
@click.option("--data", "--json", "wants_data", is_flag=True, help="Print the page's data as JSON.")
@click.option(
    "--commits",
    type=click.IntRange(0, 1000),
    default=MOST_COMMITS,
    show_default=True,
    metavar="N",
    help="How many commits to go back.",
)
@allow_code_option
@pass_project
def command(
    project: Project,
    *,
    revisions: tuple[str, ...],
    output: Path,
    opens: bool,
    serves: bool,
    wants_data: bool,
    commits: int,
) -> int:
    """Write a page to look at: what changed, why, and how it came about.

    One HTML file that needs no server: the verdict, the evals that moved, lost examples with both
    answers, the history of the scores. Reads stored answers, committed records and git; asks no
    model.
    """
    if wants_data and (opens or serves):
        raise RequestError("--data prints; --open and --serve show a page: leave one of them out")
    if serves:
        _serve(project, revisions, commits, opens=opens)
        return 0
    page = page_document(gather_report(project, revisions, commits=commits))
    if wants_data:
        for part in dumped_parts(page):
            click.echo(part, nl=False)
        click.echo()
        return 0
    write_report(output, html_page(page))
    click.echo(folded(_said(page, output), sys.stdout))
    if opens:
        webbrowser.open(output.absolute().as_uri())
    return 0


def _said(page: PageV1, output: Path) -> str:
    count = len(page.examples)
    return for_terminal(f"{page.sentence}\nWrote {output}: {counted(count, 'example')}.")


def _serve(project: Project, revisions: Sequence[str], commits: int, *, opens: bool) -> None:
    """Show the page until Ctrl-C. Each one is made from the files as they are by then."""
    from promptci.project.servedreport import files_stamp, follow_report

    folder, allow_code = click.get_current_context().obj, _allows_code()

    def make() -> bytes:
        with opened(folder, allow_code=allow_code) as fresh:
            page = page_document(gather_report(fresh, revisions, commits=commits))
        return "".join(without_secrets(part) for part in html_page(page, is_live=True)).encode()

    def begin(address: str) -> None:
        click.echo(f"{address}\nThe page follows the files and runs here. Ctrl-C ends it.")
        if opens:
            webbrowser.open(address)

    follow_report(make, lambda: files_stamp(project), say, begin)


def _allows_code() -> bool:
    return bool(click.get_current_context().meta.get(ALLOW_CODE))
