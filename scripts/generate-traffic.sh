#!/usr/bin/env bash
# Real shoppers for a running demo, bounded. --help says how many, how long, how fast.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
if [[ ! -x "$root/.venv/bin/python" ]]; then
  echo "The libraries are not installed yet. Start the demo first: make -C '$root' run" >&2
  exit 1
fi
export PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}"
exec "$root/.venv/bin/python" -m webstore.demo.traffic "$@"
