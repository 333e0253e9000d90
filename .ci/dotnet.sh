# Sourced by mlp and test: finds the .NET SDK that global.json asks for, or says what to do.

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en

# Prints the first dotnet there is: on PATH, in DOTNET_ROOT, or where the installers put it.
find_dotnet() {
  command -v dotnet && return
  local folder
  for folder in "${DOTNET_ROOT:-}" "$HOME/.dotnet" /usr/share/dotnet /usr/lib/dotnet /usr/local/share/dotnet; do
    if [[ -n $folder && -x $folder/dotnet ]]; then
      echo "$folder/dotnet"
      return
    fi
  done
  echo "$1: the .NET SDK 10 is not installed. Get it from https://dotnet.microsoft.com/download/dotnet/10.0, or put an installed one on PATH." >&2
  return 1
}

# Fails unless the SDK is one that global.json accepts. Costs a tenth of a second, so only builds ask.
require_sdk() {
  if ! (cd "$root" && "$dotnet" --version >/dev/null 2>&1); then
    echo "$1: this needs the .NET SDK 10; $dotnet has only: $("$dotnet" --list-sdks 2>/dev/null | cut -d' ' -f1 | paste -sd' ' || true)." >&2
    echo "Get it from https://dotnet.microsoft.com/download/dotnet/10.0." >&2
    return 1
  fi
}
