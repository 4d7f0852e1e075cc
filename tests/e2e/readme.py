"""The commands the README prints, block by block."""

import re

from tests.e2e.running import ROOT

README = (ROOT / "README.md").read_text()
RUN, RUN_REAL, VERIFY, TEST = [
    block.strip().splitlines() for block in re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
]
