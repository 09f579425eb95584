"""``python -m explorer.cli``, where the console script is not installed."""

from explorer.cli import main

main()
