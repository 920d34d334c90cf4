"""``python -m repayplan``."""

import sys

from repayplan.edges.cli import main

if __name__ == "__main__":
    sys.exit(main())
