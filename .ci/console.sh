# Sourced by test: lints, checks, builds and tests the web console, at last in a browser against a real server.

# What no test of it waits for, beside the integration tests; what it tells and counts is for run_console.
prepare_console() {
  renice -n 10 "$BASHPID" >/dev/null # It has time.
  local ready=0
  passed=0 failed=0 skipped=0
  check_console
  echo "$failed $skipped $ready" >"$results/console.counts"
}

check_console() {
  if ! command -v npm >/dev/null || ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null; then
    echo "The console needs Node.js 20.19 or later with npm, which is not there: its tests are skipped."
    skipped=1
    return
  fi
  cd src/console || return
  if npm ci --no-audit --no-fund </dev/null >"$results/npm-ci.log" 2>&1; then
    step "Schema" npm run -s api # which types, lint and pieces read
    step "Types" npx tsc --noEmit
    step "Lint" npm run -s lint
    ready=1
  elif grep -qE 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET' "$results/npm-ci.log"; then
    echo "npm reaches no registry: the console's tests are skipped."
    skipped=1
  else
    tail -n 20 "$results/npm-ci.log"
    fail "npm ci"
  fi
}

run_console() {
  local more_failed more_skipped ready
  say "Console"
  wait "${beside_pid[Console]}"
  unset "beside_pid[Console]"
  cat "$(log_of Console)"
  if ! read -r more_failed more_skipped ready <"$results/console.counts"; then
    fail "the checks of the console ended early"
    return
  fi
  failed=$((failed + more_failed)) skipped=$((skipped + more_skipped))
  ((ready)) || return
  cd src/console || return
  rm -rf .screenshots
  step "Pieces" npx vitest run --reporter=default --reporter=json --outputFile.json=.screenshots/vitest.json
  add_report .screenshots/vitest.json 'r => [r.numPassedTests, r.numFailedTests, r.numPendingTests + r.numTodoTests]' "the tests of the console's pieces"
  # Only now: servers of the integration tests would see a half of it.
  if step "Bundle" build_bundle && can_browse; then
    step "Browser" npx playwright test
    add_report .screenshots/e2e.json 'r => [r.stats.expected, r.stats.unexpected + r.stats.flaky, r.stats.skipped]' "the tests in the browser"
  fi
  cd "$root" || exit 1
}

need_console() { # by those who install packages
  need nodejs command -v node
  need npm command -v npm
  need chromium has_chromium
}

has_chromium() { command -v "${MLP_CHROMIUM:-chromium}"; }

can_browse() {
  MLP_CHROMIUM=$(has_chromium) && export MLP_CHROMIUM && return
  echo "There is no Chromium: the tests in the browser are skipped."
  skipped=$((skipped + 1))
  return 1
}

build_bundle() { npx vite build && node build/finish.mjs && node build/elsa.mjs; }

# Adds up a report of Vitest or Playwright; a step that failed without a failed test was counted by step itself.
add_report() { # file figures what
  local numbers
  if ! numbers=$(node -e "const [p, f, s] = ($2)(JSON.parse(require('fs').readFileSync(process.argv[1], 'utf8'))); console.log(p, f, s)" "$1" 2>/dev/null); then
    fail "$3 left no report"
    return
  fi
  local p f s
  read -r p f s <<<"$numbers"
  echo "$3: $p passed, $f failed, $s skipped"
  passed=$((passed + p))
  skipped=$((skipped + s))
  ((f < 2)) || failed=$((failed + f - 1)) # the step counted one of them
}
