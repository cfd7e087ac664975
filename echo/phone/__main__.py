"""``python -m echo.phone``: the same as ``echo-phone``."""

import sys

from echo.phone.commands.main import main

if __name__ == "__main__":
    sys.exit(main())
