#!/usr/bin/env bash
# Pins what pyproject.toml asks for, exactly, for Python 3.11 to 3.13 and every system: `make pins`. Pins that still fit
# stay as they are; `make pins UPGRADE=--upgrade` takes the newest versions. TensorFlow's is the one in cpu.txt, by hand.
# Left out is libclang: TensorFlow's wheels ask for its 60 MB and never load it.
set -euo pipefail
cd "$(dirname "$0")"
tensorflow=$(sed -n 's/^tensorflow==\([0-9.]*\).*/\1/p' cpu.txt)

# Writes what NAME.txt has beyond the files of the other names: pin NAME "OTHERS" INPUT ...
pin() {
  local others=()
  for other in $2; do others+=(--constraints "$other.txt"); done
  uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-strip-extras "${others[@]}" \
    --constraints <(echo "tensorflow==$tensorflow") --no-emit-package libclang $UPGRADE "${@:3}" --output-file "$1.txt"
  for other in $2; do
    { grep -vxFf "$other.txt" "$1.txt" || true; } >"$1.new"
    mv "$1.new" "$1.txt"
  done
}

UPGRADE=${1:-}
pin common "" --no-emit-package tensorflow ../pyproject.toml
pin gpu common <(echo "tensorflow[and-cuda]")
pin export common --extra export --no-emit-package tensorflow ../pyproject.toml
pin explore "common export" --extra explore --no-emit-package tensorflow ../pyproject.toml
pin sweep "common export explore" --extra sweep --no-emit-package tensorflow ../pyproject.toml
pin kaggle "common export explore sweep" --extra kaggle --no-emit-package tensorflow ../pyproject.toml
pin dev "common export explore sweep kaggle" --extra dev --no-emit-package tensorflow ../pyproject.toml

# The oldest versions that pyproject.toml allows, for `make test-oldest`; with the smaller build of TensorFlow.
# uv overlooks that later versions of backports-strenum are for Python below 3.11.
uv pip compile --quiet --python-version 3.11 --resolution lowest-direct --no-header --no-annotate \
  --no-emit-package libclang --extra explore --extra export --extra sweep --extra kaggle --extra dev $UPGRADE ../pyproject.toml \
  --constraints <(echo "backports-strenum<1.3") --output-file oldest.txt
sed -i.old 's/^tensorflow==/tensorflow-cpu==/' oldest.txt && rm oldest.txt.old
