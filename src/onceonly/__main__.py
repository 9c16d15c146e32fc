"""`python -m onceonly`, and the `onceonly` command."""

from onceonly.cli.program import main

if __name__ == "__main__":
    main()
