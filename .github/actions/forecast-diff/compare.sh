#!/usr/bin/env bash
# Write, as Markdown, what a re-fit of the changed specs would do, and what the last published version changed.
# Environment: MODELS (folder of specs), STORE, BASE (commit that the pull request starts from).
set -uo pipefail

fenced() {  # output of a command as a block; a fence longer than any in it
    printf '~~~~~~text\n%s\n~~~~~~\n\n' "$(sed 's/~~~~*/~~~/g')"
}

printf '### Forecasts of changed specs\n\n'
changed=$(git diff --name-only --diff-filter=d "$BASE" -- "$MODELS" | grep '\.toml$')
if [ -z "$changed" ]; then
    printf 'No spec changed.\n'
    exit 0
fi
while IFS= read -r spec; do
    name=$(basename "$spec" .toml)
    printf '#### `%s`\n\n' "${name//[^a-z0-9_-]/}"
    printf 'What a re-fit would do:\n\n'
    bayescale refit "$spec" --store "$STORE" --dry-run 2>&1 | fenced
    previous=$(bayescale history "$name" --store "$STORE" --json 2>/dev/null | python -c '
import json, sys
try:
    versions = json.load(sys.stdin)["versions"]
except ValueError:
    versions = []
numbers = [version["number"] for version in versions
           if version["kind"] in ("published", "rolled back") and version["kept"]]
print(numbers[-2] if len(numbers) > 1 else "")')
    if [ -n "$previous" ]; then
        printf 'What the last publication changed, from version %s:\n\n' "$previous"
        bayescale diff "$name" --store "$STORE" --from "$previous" 2>&1 | fenced
    else
        printf 'No two versions are published yet, so there is nothing to compare.\n\n'
    fi
done <<< "$changed"
