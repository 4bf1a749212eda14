"""The command line: everything a person does with Wegwijs outside the browser."""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from admin import accounts
from admin.check_canned_replies import check_canned_replies
from admin.desk import Desk
from admin.editing.new_language import NotALanguageCode, needs
from admin.editing.published import (
    NothingChanged,
    Publishing,
    current_number,
    import_package,
    sources_of,
)
from admin.tables import Role
from admin.waiting_list import waiting_list
from bot.conversations import UnknownConversation
from bot.replies import Renderer, Reply
from bot.teams import Team
from channels.configured import NEEDED, is_begun, missing, splitters
from channels.outbound import Outbox
from knowledge.check import check_package
from knowledge.check_glossary import check_glossary
from knowledge.evaluation.questions import NotAQuestionFile, read_messages, read_questions
from knowledge.evaluation.report import terminal_table, write_report
from knowledge.evaluation.scorecard import measure, scorecard
from knowledge.pages import FOLDER, InvalidPackage, Package, load_package, write_sources
from knowledge.report import package_report as report
from knowledge.stamp import stamped
from knowledge.understanding import Outcome, Understanding
from translations.check import check_texts
from translations.languages import languages
from translations.machine.index import NotFetched, offers
from translations.machine.installation import SUFFIX, install_files, install_offers
from translations.machine.packages import is_available
from translations.machine.report import HOW_TO_GET_IT, pairs_report
from wegwijs import database, keys, service
from wegwijs.logs import set_up_logs
from wegwijs.settings import settings
from wegwijs.storage import now, reading, transaction

if TYPE_CHECKING:
    from knowledge.understand import Understander

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
package_app = typer.Typer(no_args_is_help=True, help="The information package.")
desk_app = typer.Typer(no_args_is_help=True, help="Conversations that need a person.")
channels_app = typer.Typer(no_args_is_help=True, help="The messengers.")
translate_app = typer.Typer(no_args_is_help=True, help="Machine translation of what staff write freely.")
languages_app = typer.Typer(no_args_is_help=True, help="The languages.")
staff_app = typer.Typer(no_args_is_help=True, help="Accounts of staff; the administrator's page does the rest.")
keys_app = typer.Typer(no_args_is_help=True, help="The encryption keys.")
db_app = typer.Typer(no_args_is_help=True, help="The database.")
app.add_typer(package_app, name="package")
app.add_typer(desk_app, name="desk")
app.add_typer(db_app, name="db")
app.add_typer(channels_app, name="channels")
app.add_typer(translate_app, name="translate")
app.add_typer(languages_app, name="languages")
app.add_typer(staff_app, name="staff")
app.add_typer(keys_app, name="keys")

LanguageOption = Annotated[str | None, typer.Option(help="Only this language.")]


def _load_package() -> Package:
    try:
        return load_package()
    except InvalidPackage as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _load_understander(package: Package) -> "Understander":
    from knowledge.training import load_understander  # noqa: PLC0415 - heavy, and the service does without

    return load_understander(package, settings())


@app.command()
def run() -> None:
    """Start everything: the service, its worker and Rasa. Trains what is not trained yet."""
    set_up_logs(settings().log_level)
    service.run(settings())


@app.command()
def train() -> None:
    """Learn from the package now, so that the next start is quick; prints how good it is on its own samples."""
    from knowledge.training import training_report  # noqa: PLC0415 - heavy, and the service does without

    typer.echo(training_report(_load_package(), settings()))
    if settings().rasa_enabled:
        service.train_rasa(settings())


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="A question, in any of the languages.")] = None,
    batch: Annotated[Path | None, typer.Option(help='JSON lines {"id", "text"} to understand.')] = None,
    out: Annotated[Path | None, typer.Option(help="Where the answers to --batch go; else standard output.")] = None,
) -> None:
    """Ask on the command line: prints the answer as a person would see it, or understands a whole file."""
    if (question is None) == (batch is None):
        raise typer.BadParameter("give either a question or --batch FILE")
    package = _load_package()
    understander = _load_understander(package)
    if question is not None:
        _print_answer(package, understander.understand(question))
        return
    try:
        rows = read_messages(batch or Path())
    except (OSError, NotAQuestionFile) as error:
        raise typer.BadParameter(str(error)) from None
    target = out.open("w", encoding="utf-8") if out else sys.stdout
    for number, row in enumerate(rows, start=1):
        started = time.perf_counter()
        understood = understander.understand(row.text)
        elapsed = (time.perf_counter() - started) * 1000
        answer = {
            "id": row.id,
            "language": understood.language,
            "outcome": understood.outcome.value,
            "topics": [candidate.topic for candidate in understood.topics],
            "confidence": understood.confidence,
            "milliseconds": round(elapsed, 1),
        }
        target.write(json.dumps(answer, ensure_ascii=False) + "\n")
        if out and number % 100 == 0:
            typer.echo(f"{number} of {len(rows)}", err=True)
    if out:
        target.close()


def _print_answer(package: Package, understood: Understanding) -> None:
    language = understood.language or "en"
    by_outcome = {
        Outcome.ANSWER: _answer(understood),
        Outcome.CHOICES: Reply("choices"),
        Outcome.DANGER: Reply("danger", {"danger": understood.detail or "medical"}),
        Outcome.PERSON: Reply("ask_consent"),
        Outcome.UNKNOWN: Reply("unknown"),
    }
    if understood.outcome is Outcome.COMMAND:
        commands = {
            "menu": "menu",
            "delete": "ask_delete",
            "change_language": "ask_language",
            "more": "more_nothing",
        }
        reply = Reply(commands.get(understood.detail or "", "no_to_nothing"))
    elif understood.outcome is Outcome.SMALLTALK:
        answers = {"yes": "yes_to_nothing", "no": "no_to_nothing"}
        reply = Reply(answers.get(understood.detail or "", understood.detail or "smalltalk"))
    elif understood.language is None and understood.outcome is Outcome.UNKNOWN:
        reply = Reply("not_our_language")
    else:
        reply = by_outcome[understood.outcome]
    rendered = Renderer(package=package).render(reply, language=language, moment=now(), choices=understood.choices)
    typer.echo(rendered.text)
    for button in rendered.buttons:
        typer.echo(f"  [{button.label}]")
    if rendered.page:
        typer.echo(f"\n{settings().url}{rendered.page}")


def _answer(understood: Understanding) -> Reply:
    if understood.term is not None:
        return Reply("term", {"term": understood.term})
    return Reply("answer", {"topic": understood.topics[0].topic} if understood.topics else {})


@app.command()
def evaluate(
    questions: Annotated[
        Path, typer.Argument(help='JSON lines {"id", "text", "lang", "kind", "topics"}, or a folder.')
    ],
    report: Annotated[
        Path | None, typer.Option(help="A folder for scorecard.md, confusions.md, calibration.svg and scorecard.json.")
    ] = None,
    date: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The date the report gives; else today.")
    ] = None,
) -> None:
    """Measure understanding on questions whose answer is known: a scorecard per language."""
    try:
        rows = read_questions(questions)
    except (OSError, NotAQuestionFile) as error:
        raise typer.BadParameter(str(error)) from None
    from knowledge.training import content_hash, make_encoder  # noqa: PLC0415 - heavy, and the service does without

    package = _load_package()
    card = scorecard(
        measure(_load_understander(package), rows),
        measured_on=(date or now()).date(),
        package=package.fingerprint,
        model=content_hash(package, make_encoder(settings())),
    )
    typer.echo(terminal_table(card))
    if report:
        write_report(card, report)


@package_app.command("check")
def package_check(language: LanguageOption = None) -> None:
    """Check pages, interface strings, utterances and canned replies against the rules; errors with file and line."""
    package = _load_package()
    problems = [str(problem) for problem in check_package(package, language=language)]
    problems += [str(problem) for problem in check_glossary(package, language=language)]
    problems += check_texts(set(package.facts), language=language)
    problems += check_canned_replies(set(package.facts), language=language)
    for problem in problems:
        typer.echo(problem)
    pages = [page for page in package.pages.values() if language in {None, page.language}]
    questions = sum(len(page.questions) for page in pages)
    typer.echo(f"{len(pages)} pages of {len(package.topics)} topics, {questions} questions: {len(problems)} problems")
    raise typer.Exit(1 if problems else 0)


@package_app.command("try")
def package_try(
    before: Annotated[Path, typer.Argument(help="The folder of the package as it is published.")],
    after: Annotated[Path, typer.Argument(help="The folder of the package as it would be.")],
) -> None:
    """Try a change out: what the check says, which messages move to another topic, which figures get worse."""
    from knowledge.trial.run import try_out  # noqa: PLC0415 - heavy, and the service does without
    from knowledge.trial.table import print_step, trial_table  # noqa: PLC0415

    try:
        packages = load_package(before), load_package(after)
    except InvalidPackage as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    report = try_out(*packages, settings=settings(), progress=print_step)
    typer.echo(trial_table(report))
    raise typer.Exit(1 if report.blocks or report.worsening else 0)


@package_app.command("report")
def package_report() -> None:
    """Topics by languages: questions, words, status, what is stale, due or still open."""
    typer.echo(report(_load_package(), today=now().date()))


@package_app.command("stamp")
def package_stamp(
    language: LanguageOption = None,
    topic: Annotated[str | None, typer.Option(help="Only this topic.")] = None,
) -> None:
    """Mark translations as right for their source text as it stands now."""
    changed = stamped(_load_package(), language=language, topic=topic)
    for path, text in changed.items():
        (FOLDER / path).write_bytes(text.encode())
    typer.echo(f"{len(changed)} pages stamped")


@package_app.command("export")
def package_export(
    folder: Annotated[Path, typer.Argument(help="An empty folder, or one with an earlier export.")],
    version: Annotated[int | None, typer.Option(help="An earlier version; else the one that stands.")] = None,
) -> None:
    """Write a published version as files; files of the package that it does not have are deleted there."""
    database.upgrade()
    with reading() as session:
        number = version or current_number(session) or 0
        sources = sources_of(session, number)
    if not sources:
        typer.echo(f"there is no version {number}" if number else "nothing is published yet", err=True)
        raise typer.Exit(1)
    written, deleted = write_sources(sources, folder)
    typer.echo(f"version {number}: {len(sources)} files, {written} written, {deleted} deleted")


@package_app.command("import")
def package_import(
    folder: Annotated[Path, typer.Argument(help="A folder like knowledge/package.")],
    why: Annotated[str, typer.Option(help="What changed and why, for the history.")],
) -> None:
    """Publish the package in a folder. What breaks a rule is refused whole; every process serves it in a moment."""
    database.upgrade()
    try:
        with transaction() as session:
            version = import_package(session, load_package(folder), Publishing(why=why))
    except InvalidPackage as error:
        typer.echo(str(error), err=True)
        typer.echo(f"{len(error.problems)} problems: nothing was imported", err=True)
        raise typer.Exit(1) from None
    except NothingChanged:
        typer.echo("this is what stands already: nothing to import")
        return
    typer.echo(f"version {version.number} is published")


@desk_app.command("list")
def desk_list() -> None:
    """Who needs a person: danger on top, then the longest waiting. Never what was written."""
    database.upgrade()
    with transaction() as session:
        for row in waiting_list(session):
            since = f"{row.waiting_since:%Y-%m-%d %H:%M}" if row.waiting_since else "-"
            fields = (
                row.id,
                row.state.value,
                f"danger: {row.danger}" if row.danger else "-",
                row.reason or "-",
            )
            typer.echo(
                "  ".join(
                    [*fields, row.team or "-", row.town or "-", row.language or "-", since, ",".join(row.unsent) or "-"]
                )
            )


@desk_app.command("close")
def desk_close(conversation: str) -> None:
    """Give a conversation back to the bot; the person is told."""
    database.upgrade()
    try:
        renderer = Renderer(package=_load_package())
        desk = Desk(renderer=lambda: renderer, outbox=Outbox(splitters=splitters(settings())))
        with transaction() as session:
            desk.end_from_the_command_line(session, conversation)
    except UnknownConversation:
        typer.echo(f"no conversation {conversation}", err=True)
        raise typer.Exit(1) from None


@channels_app.command("check")
def channels_check() -> None:
    """What each messenger still needs before it works; exits with 1 when one is half configured."""
    incomplete = False
    for channel in NEEDED:
        problems = missing(settings(), channel)
        incomplete = incomplete or bool(problems)
        if not is_begun(settings(), channel):
            typer.echo(f"{channel}: not connected (docs/{channel}.md says how)")
        elif not problems:
            typer.echo(f"{channel}: complete")
        for problem in problems:
            typer.echo(f"{channel}: {problem}")
    raise typer.Exit(1 if incomplete else 0)


@translate_app.command("pairs")
def translate_pairs() -> None:
    """Which languages can be translated into each other: what is safe, what is installed, what is missing."""
    typer.echo(pairs_report(settings().translate_folder))


@translate_app.command("install")
def translate_install(
    codes: Annotated[list[str] | None, typer.Argument(help="Languages, such as nl ar; else all that are safe.")] = None,
    source: Annotated[
        Path | None, typer.Option("--from", help="A folder with .argosmodel files, instead of the network.")
    ] = None,
) -> None:
    """Fetch packages of machine translation, or take them from a folder; each is tried before it is put in place."""
    asked_for = codes or []
    if unknown := sorted(set(asked_for) - set(languages())):
        raise typer.BadParameter(f"no language of ours: {', '.join(unknown)}")
    if not is_available():
        typer.echo(HOW_TO_GET_IT, err=True)
        raise typer.Exit(1)
    if source is not None:
        files = sorted(source.glob(f"*{SUFFIX}"))
        if not files:
            raise typer.BadParameter(f"no {SUFFIX} file in {source}")
        work = install_files(settings().translate_folder, files, codes=asked_for, say=typer.echo)
    else:
        try:
            offered = offers(settings().translate_index)
        except NotFetched as error:
            typer.echo(f"{error}\nWithout a network: wegwijs translate install --from FOLDER", err=True)
            raise typer.Exit(1) from None
        work = install_offers(settings().translate_folder, offered, codes=asked_for, say=typer.echo)
    if not asyncio.run(work):
        raise typer.Exit(1)


@languages_app.command("missing")
def languages_missing(
    code: Annotated[str, typer.Argument(help="A language, also one that is not there yet: uk.")],
) -> None:
    """What a language needs, where it goes and how much of it is there; exits with 1 when something is missing."""
    try:
        found = needs(code, package=_load_package())
    except NotALanguageCode:
        raise typer.BadParameter("a code has two or three small letters, as in ISO 639") from None
    for need in found:
        state = "ok" if need.is_met else "optional" if need.is_optional else "missing"
        typer.echo(f"{state:<9}{need.there:>4} of {need.of:<4} {need.where}")
        if not need.is_met:
            more = f" and {len(need.missing) - 8} more" if len(need.missing) > 8 else ""
            typer.echo(f"{'':<22}{', '.join(need.missing[:8])}{more}")
    raise typer.Exit(0 if all(need.is_met or need.is_optional for need in found) else 1)


NameOption = Annotated[str, typer.Option(help="What applicants are told: a first name or a role, never more.")]


@staff_app.command("create")
def staff_create(
    login: str,
    name: NameOption,
    another: Annotated[bool, typer.Option(help="Although there is an administrator already.")] = False,
) -> None:
    """Make the first administrator; prints the link to choose a password and a second factor, once."""
    with _account_problems(), transaction() as session:
        token = accounts.create_first_administrator(session, login=login, name=name, another=another)
    _print_invitation(login, token)


@staff_app.command("invite")
def staff_invite(
    login: str,
    name: Annotated[str | None, typer.Option(help="Of somebody new: what applicants are told.")] = None,
    role: Annotated[Role, typer.Option(help="Of somebody new.")] = Role.DESK,
    team: Annotated[list[Team] | None, typer.Option(help="Of somebody new; may be given several times.")] = None,
) -> None:
    """Invite somebody new, with --name; or again somebody known, who lost their phone or password."""
    with _account_problems(), transaction() as session:
        if name is None:
            token = accounts.new_invitation(
                session, by=None, staff_id=accounts.staff_with_login(session, login).id or 0
            )
        else:
            token = accounts.invite(session, by=None, login=login, name=name, role=role, teams=team or [])
    _print_invitation(login, token)


@contextmanager
def _account_problems() -> Iterator[None]:
    """Say in one line what is wrong, and exit with 1; the database is in its present shape."""
    database.upgrade()
    try:
        yield
    except (
        accounts.AdministratorExists,
        accounts.LoginIsTaken,
        accounts.LoginIsNotValid,
        accounts.NameIsNotValid,
        accounts.UnknownStaff,
    ) as error:
        typer.echo(f"{type(error).__doc__} {error}".strip(), err=True)
        raise typer.Exit(1) from None


def _print_invitation(login: str, token: str) -> None:
    days = accounts.INVITATION_LASTS.days
    typer.echo(f"The invitation for {login}; it works once, for {days} days, and is shown only here:")
    typer.echo(f"{settings().url}/desk/invitations/{token}")


@staff_app.command("list")
def staff_list() -> None:
    """Everybody with an account: login, role, teams, and whether they can sign in."""
    database.upgrade()
    with transaction() as session:
        for staff in accounts.all_staff(session):
            state = "disabled" if staff.disabled_at else "active" if staff.password_hash else "invited"
            typer.echo("  ".join([staff.login, staff.name, staff.role.value, ",".join(staff.teams) or "-", state]))


@keys_app.command("rotate")
def keys_rotate(
    drop_old: Annotated[bool, typer.Option("--drop-old", help="Forget the old keys, once nothing needs them.")] = False,
) -> None:
    """Encrypt everything with a new key, while the service runs; started again it goes on where it stopped."""
    database.upgrade()
    if drop_old:
        _drop_old_keys()
    else:
        _rotate_keys()


def _rotate_keys() -> None:
    try:
        begun = keys.begin_rotation()
        typer.echo("a new key is in front" if begun else "going on with the key in front; --drop-old ends a rotation")
    except keys.KeysAreSetOutside:
        typer.echo("to the first key of WEGWIJS_ENCRYPTION_KEYS")
    changed = keys.encrypt_anew(lambda name, read, new: typer.echo(f"{name}: {read} read, {new} encrypted anew"))
    left = keys.under_old_keys()
    typer.echo(f"{changed} values encrypted anew, {left} left under an older key")
    if left:
        typer.echo("restart every service that still runs with older settings, then run this again", err=True)
        raise typer.Exit(1)
    if settings().encryption_keys:
        _say_what_may_be_removed()
    else:
        typer.echo("`wegwijs keys rotate --drop-old` now forgets the old key")


def _say_what_may_be_removed() -> None:
    if len(settings().cipher_keys()) == 1:
        typer.echo("there is one key; put a new one in front of it first (docs/staff.md)")
        return
    typer.echo("all but the first key may now be removed from WEGWIJS_ENCRYPTION_KEYS")
    if not settings().hash_key:
        typer.echo("before that, set WEGWIJS_HASH_KEY to the last of them: handles and tokens are found again by it")


def _drop_old_keys() -> None:
    try:
        typer.echo(f"{keys.drop_old_keys()} old keys forgotten")
        return
    except keys.KeysAreSetOutside:
        problem = "the keys are set by WEGWIJS_ENCRYPTION_KEYS: remove the old ones there"
    except keys.NothingToDrop:
        problem = "there is only one key"
    except keys.StillUnderAnOldKey as error:
        problem = f"{error} values are still under an old key: run `wegwijs keys rotate` first"
    typer.echo(problem, err=True)
    raise typer.Exit(1)


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the present shape."""
    database.upgrade()


@db_app.command("migration")
def db_migration(message: str) -> None:
    """Write a migration from what changed in the tables."""
    database.write_migration(message)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
