"""What `fieldcare ai train` does: refits the local engine, or goes back to the model before."""

from __future__ import annotations

from starter.addresses import read_settings
from starter.cli.ai.declare import TrainOptions
from starter.cli.ai.show_training import show_training
from starter.cli.terminal.bars import Bar
from starter.cli.terminal.display import print_json, show
from starter.cli.terminal.parsing import day_or_instant, myself
from starter.cli.terminal.run import out
from starter.failures import BadInput
from starter.given import storable
from starter.services import database_only
from starter.training.models import put_back
from starter.training.refit import LONG_AGO, Wish, refit


async def train_or_go_back(options: TrainOptions) -> int:
    """Train, compare, store what is better, print; or put the model before back. Returns the exit code."""
    who = storable(options.by, "code of --by") if options.by else myself()
    if options.back:
        if options.dry_run or options.since is not None:
            raise BadInput("--back trains nothing: leave --dry-run and --since out.")
        return await _go_back(who, options.as_json)
    since = day_or_instant(options.since, "--since") if options.since else LONG_AGO
    wish = Wish(minimum=options.minimum, who=who, since=since, dry_run=options.dry_run)
    with Bar("") as watch:
        document = await refit(read_settings(), wish, watch)
    if options.as_json:
        print_json(document)
    else:
        show_training(document)
    return 0


async def _go_back(by: str, as_json: bool) -> int:
    """Put the model before into force, print which one that is, and return the exit code."""
    async with database_only(read_settings(), as_owner=True) as database:
        left, now = await put_back(database, by)
    if as_json:
        print_json({"left": left, "version": now})
    else:
        name = f"model {now}" if now else "the shipped model"
        show(out, f"Model {left} is out of force; {name} is in force again, from the next question on.")
    return 0
