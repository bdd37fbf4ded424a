"""`python -m newsdrop` is the `newsdrop` command."""

from newsdrop.cli.main import run

if __name__ == "__main__":
    run()
