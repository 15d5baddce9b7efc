"""Sets the checkout up: `python3 env/set_up`, which `make setup` runs. Safe to run again."""

import sys

# Written so that any Python 3 can read this file and say what is wrong with it.
if sys.version_info < (3, 10):
    sys.exit(
        "set-up: Python %d.%d is too old; install Python 3.11 or newer and run "
        "`make setup PYTHON=python3.11`." % sys.version_info[:2]
    )

from steps import main

if __name__ == "__main__":
    sys.exit(main())
