"""The command line: everything a person does with Wegwijs outside the browser."""

from pathlib import Path
from typing import Annotated

import typer

from knowledge.check import check_package
from knowledge.pages import InvalidPackage, Package, load_package
from knowledge.stamp import stamp as stamp_pages

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
package_app = typer.Typer(no_args_is_help=True, help="The information package.")
app.add_typer(package_app, name="package")

LanguageOption = Annotated[str | None, typer.Option(help="Only this language.")]


def _load_package() -> Package:
    try:
        return load_package()
    except InvalidPackage as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


@package_app.command("check")
def package_check(language: LanguageOption = None) -> None:
    """Check every page against the writing rules; each error with its file and line."""
    package = _load_package()
    problems = check_package(package, language=language)
    for problem in problems:
        typer.echo(str(problem))
    pages = [page for page in package.pages.values() if language in {None, page.language}]
    questions = sum(len(page.questions) for page in pages)
    typer.echo(f"{len(pages)} pages of {len(package.topics)} topics, {questions} questions: {len(problems)} problems")
    raise typer.Exit(1 if problems else 0)


@package_app.command("stamp")
def package_stamp(
    language: LanguageOption = None, topic: Annotated[str | None, typer.Option(help="Only this topic.")] = None
) -> None:
    """Mark translations as right for their source text as it stands now."""
    changed: list[Path] = stamp_pages(_load_package(), language=language, topic=topic)
    typer.echo(f"{len(changed)} pages stamped")


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
