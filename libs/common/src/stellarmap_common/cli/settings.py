"""`stellarmap settings`: which settings there are."""

import typer

settings = typer.Typer(no_args_is_help=True, help="The settings: environment variables, or lines of `.env`.")


@settings.command()
def example() -> None:
    """Print `.env.example`: every setting with its default and effect."""
    from stellarmap_common.runtime.members import settings_models
    from stellarmap_common.runtime.settings_example import settings_example

    typer.echo(settings_example(settings_models()), nl=False)


@settings.command()
def check() -> None:
    """Say whether every setting of this environment has a value it can have."""
    from stellarmap_common.cli.output import out, told_errors
    from stellarmap_common.runtime.members import settings_models

    with told_errors():
        for model in settings_models():
            model.load()
    out.print("[green]✓[/green] every setting is valid")
