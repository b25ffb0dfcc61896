#!/usr/bin/env bash
# Install, upgrade or remove chatopsd as a systemd service: sudo systemd/install.sh --help
#
# A version is a folder of its own below /opt/chatopsd/releases; the link /opt/chatopsd/current is the one that runs. An upgrade builds the new one beside
# the old one, lets it check the settings, and only then stops the service for a moment. When the new one does not become ready, everything is put back.
set -euo pipefail
umask 022

home=/opt/chatopsd
etc=/etc/chatopsd
state=/var/lib/private/chatopsd
backups=/var/backups/chatopsd
unit=/etc/systemd/system/chatopsd.service
command=/usr/local/sbin/chatopsd
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
keep=2 # releases, and backups of the journal

usage() {
  cat <<TEXT
usage: install.sh [--wheel FILE] [--python PROGRAM]
       install.sh uninstall

Without a wheel it installs the checkout that it lies in. Run it again to upgrade; what is there already stays as it is.

  --wheel FILE      install this wheel of chatopsd
  --python PROGRAM  build on this Python, 3.11 or newer; it must not lie below /root or /home (default: /usr/bin/python3)
  uninstall         remove the service and the program; the settings and the journal stay
TEXT
}

say() { echo "==> $*"; }
die() {
  echo "install.sh: $*" >&2
  exit 1
}

# --- what is there

current() { basename "$(readlink "$home/current" 2>/dev/null || true)"; }
is_active() { systemctl is-active --quiet chatopsd; }
is_at_work() { [[ $(systemctl show --property=ActiveState --value chatopsd) =~ ^(active|activating|reloading)$ ]]; } # or waits to be started again

need_root() { [[ $(id -u) == 0 ]] || die "it writes to $home and to systemd: run it as root (sudo)."; }

need_systemd() { [[ -d /run/systemd/system ]] || die "systemd does not run here. Without it, start \`chatopsd run\` by what you have."; }

need_python() {
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null && [[ $python == /usr/bin/python3 ]] && command -v apt-get >/dev/null; then
    say "Installing python3 and python3-venv"
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends python3 python3-venv >/dev/null
  fi
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || die "it needs Python 3.11 or newer, and $python is not."
  "$python" -c 'import ensurepip, venv' 2>/dev/null || die "$python can't make virtual environments; on Debian and Ubuntu: apt install python3-venv"
  case $(readlink -f "$(command -v "$python")") in
  /root/* | /home/*) die "the service can't run a Python of somebody's home ($(readlink -f "$(command -v "$python")")): use /usr/bin/python3." ;;
  esac
}

# --- the source: a wheel, or the checkout around this script

version_of() {
  if [[ $wheel ]]; then
    basename "$wheel" | cut -d- -f2
  else
    sed -n 's/^version = //p' "$source/setup.cfg"
  fi
}

digest_of() {
  {
    "$python" -VV
    echo "$extra"
    if [[ $wheel ]]; then
      sha256sum <"$wheel"
    else
      (cd "$source" && find bot plugins sandbox systemd setup.cfg pyproject.toml constraints.txt chatops.example.toml -type f \
        -not -path '*/__pycache__/*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum)
    fi
  } | sha256sum | cut -c1-10
}

# What is installed besides: the driver of the journal's database server, and what draws charts.
extras() {
  local chosen=()
  if grep -qs '^postgresql' "$etc/credentials/database_url"; then chosen+=(postgres); fi
  if [[ -e $etc/charts ]]; then chosen+=(charts); fi
  if ((${#chosen[@]})); then (IFS=, && echo "[${chosen[*]}]"); fi
}

find_source() {
  source=$(dirname "$here")
  if [[ $wheel ]]; then
    [[ -f $wheel ]] || die "there is no $wheel."
    [[ $(basename "$wheel") == chatopsd-*.whl ]] || die "$wheel is no wheel of chatopsd; expected chatopsd-VERSION-py3-none-any.whl."
    wheel=$(readlink -f "$wheel")
  else
    [[ -f $source/setup.cfg && -d $source/bot ]] || die "$source is no checkout of chatopsd. From a wheel: install.sh --wheel FILE"
  fi
  extra=$(extras)
  release=$(version_of)-$(digest_of)
}

build() {
  local at=$home/releases/$release work
  if [[ -e $at/.complete ]]; then return; fi
  say "Building chatopsd $release (about half a minute)"
  rm -rf "$at"
  mkdir -p "$home/releases"
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # its value now is meant
  trap "rm -rf '$work' '$at'" EXIT
  if [[ $wheel ]]; then
    "$python" -c 'import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    name = next(name for name in wheel.namelist() if name.endswith("/share/chatopsd/constraints.txt"))
    sys.stdout.write(wheel.read(name).decode())' "$wheel" >"$work/constraints.txt"
    cp "$wheel" "$work/"
  else
    # A copy: the build writes beside what it builds, and the checkout is somebody else's.
    cp "$source/constraints.txt" "$work/"
    mkdir "$work/source"
    (cd "$source" && tar -cf - --exclude=__pycache__ bot plugins sandbox systemd setup.cfg pyproject.toml README.md LICENSE constraints.txt \
      chatops.example.toml) | tar -xf - -C "$work/source"
  fi
  "$python" -m venv "$at"
  local what=$work/source
  if [[ $wheel ]]; then what=$work/$(basename "$wheel"); fi
  "$at/bin/python" -m pip --quiet --disable-pip-version-check install --constraint "$work/constraints.txt" "$what$extra"
  "$at/bin/chatopsd" --version >/dev/null
  touch "$at/.complete"
  rm -rf "$work"
  trap - EXIT
}

# --- the settings

lay_out_settings() {
  local share=$home/releases/$release/share/chatopsd
  install -d -m 0755 "$etc"
  install -d -m 0700 "$etc/credentials"
  if [[ ! -e $etc/chatops.toml ]]; then
    install -m 0644 "$share/chatops.example.toml" "$etc/chatops.toml"
  fi
  if [[ ! -e $etc/chatopsd.env ]]; then
    cat >"$etc/chatopsd.env" <<TEXT
# Variables of the service that are no secrets, NAME=value a line: SLACK_API_URL, GITHUB_API_URL, GITHUB_APP_ID, GITHUB_INSTALLATION_ID, PLUGIN_PATH,
# LOKI_URL, LOKI_USERNAME, ALERTMANAGER_URL, ALERTMANAGER_USERNAME, HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE.
# Secrets are files in $etc/credentials: slack_bot_token, slack_app_token, github_token or github_app_private_key, database_url, loki_token or
# loki_password, alertmanager_token or alertmanager_password.
TEXT
  fi
}

write_command() {
  cat >"$command.new" <<TEXT
#!/bin/sh
# The command line of the installed chatopsd, with the settings of its service. As root: nobody else may read the credentials.
[ "\$(id -u)" = 0 ] || { echo "chatopsd: only root may read the service's credentials: sudo chatopsd \$*" >&2; exit 1; }
umask 077
cd $etc || exit 1
# As systemd reads it: names and values, of which nothing is run.
[ ! -f chatopsd.env ] || while IFS= read -r line || [ -n "\$line" ]; do
  case \$line in [A-Za-z_]*=*) ;; *) continue ;; esac
  value=\${line#*=}
  case \$value in
  \"*\") value=\${value#?} value=\${value%?} ;;
  \'*\') value=\${value#?} value=\${value%?} ;;
  esac
  export "\${line%%=*}=\$value"
done <chatopsd.env
export CREDENTIALS_DIRECTORY=$etc/credentials STATE_DIRECTORY=/var/lib/chatopsd
exec \${CHATOPSD_RELEASE:-$home/current}/bin/chatopsd "\$@"
TEXT
  chmod 0755 "$command.new"
  mv "$command.new" "$command"
}

settings_are_fine() { CHATOPSD_RELEASE=$home/releases/$release "$command" check; }

# --- the switch

point_to() {
  ln -sfn "releases/$1" "$home/current.new"
  mv -T "$home/current.new" "$home/current"
  install -m 0644 "$home/releases/$1/share/chatopsd/chatopsd.service" "$unit"
  systemctl daemon-reload
}

schema_of() { # of the journal at $1, "" when there is none
  [[ -e $1 ]] || return 0
  "$python" -c 'import sqlite3, sys
try:
    print(*next(sqlite3.connect(sys.argv[1]).execute("SELECT version_num FROM alembic_version"), ()))
except sqlite3.Error:
    pass' "$1"
}

back_up_journal() { # the service is stopped: nobody writes
  backup=""
  if [[ ! -e $state/chatopsd.db ]]; then return; fi
  local made
  made=$backups/$(date -u +%Y%m%dT%H%M%SZ)-before-$release
  install -d -m 0700 "$backups" "$made.part"
  # One that was cut off (a full disk, Ctrl-C) must never be taken for a backup, and put over a journal that is whole.
  if ! cp -a --reflink=auto "$state"/chatopsd.db* "$made.part/"; then
    rm -rf "$made.part"
    die "the journal could not be copied to $backups."
  fi
  mv -T "$made.part" "$made"
  backup=$made
}

put_journal_back() { # only where the old version can't read what the new one made of it: what was written since would be lost
  if [[ ! $backup || $(schema_of "$state/chatopsd.db") == "$(schema_of "$backup/chatopsd.db")" ]]; then return; fi
  say "The new version had changed the journal's tables: putting the backup back ($backup)"
  rm -f "$state"/chatopsd.db*
  cp -a --reflink=auto "$backup"/chatopsd.db* "$state/"
}

switch() { # from $old to $release; whatever goes wrong, or who interrupts it, puts the old one back
  backup=""
  trap 'go_back' EXIT
  if is_at_work; then
    say "Stopping the service"
    systemctl stop chatopsd
  fi
  back_up_journal
  point_to "$release"
  say "Starting $release"
  # It comes back when the service is ready, or has failed.
  systemctl start chatopsd
  trap - EXIT
}

go_back() {
  trap - EXIT
  set +e
  echo "install.sh: $release did not become ready: $(systemctl show --property=StatusText --value chatopsd)" >&2
  journalctl --quiet --unit=chatopsd --lines=15 --no-pager --output=cat >&2
  systemctl stop chatopsd
  if [[ ! $old ]]; then
    echo "install.sh: mend what it says, then run this again." >&2
    exit 1
  fi
  put_journal_back
  point_to "$old"
  forget_new
  if $was_active; then
    if systemctl start chatopsd; then
      echo "install.sh: $old runs again; nothing else was changed." >&2
    else
      echo "install.sh: $old was put back, and is not ready either: systemctl status chatopsd" >&2
    fi
  else
    echo "install.sh: $old was put back; it did not run before either." >&2
  fi
  exit 1
}

forget_new() { # where only the unit differed, the release is the one that was there before
  if [[ $release != "$old" ]]; then rm -rf "${home:?}/releases/$release"; fi
}

forget_old() {
  local folder
  # The newest first; the one that runs is never among what goes.
  find "$home/releases" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %f\n' | sort -rn | cut -d' ' -f2 | { grep -vx "$release" || true; } | tail -n +$keep |
    while read -r folder; do rm -rf "${home:?}/releases/$folder"; done
  if [[ -d $backups ]]; then
    rm -rf "$backups"/*.part # of a run that was killed
    find "$backups" -mindepth 1 -maxdepth 1 -type d | sort -r | tail -n +$((keep + 1)) | while read -r folder; do rm -rf "$folder"; done
  fi
}

next_steps() {
  cat <<TEXT

chatopsd $release is installed, and not started: its settings are not complete.

  1. Put each secret into a file of its own, without a word of it in your shell's history (paste, Enter, Ctrl-D):
       sudo sh -c 'umask 077; cat > $etc/credentials/slack_bot_token'
       sudo sh -c 'umask 077; cat > $etc/credentials/slack_app_token'
       sudo sh -c 'umask 077; cat > $etc/credentials/github_token'
  2. Write your channel, people and services into $etc/chatops.toml
  3. sudo chatopsd check
  4. sudo systemctl enable --now chatopsd
TEXT
}

do_install() {
  need_root
  need_systemd
  need_python
  find_source
  old=$(current)
  was_active=false
  if is_at_work; then was_active=true; fi
  build
  if [[ $old == "$release" ]] && cmp -s "$unit" "$home/current/share/chatopsd/chatopsd.service"; then
    write_command
    say "chatopsd $release is installed already."
    start_again
    return
  fi
  lay_out_settings
  write_command
  if [[ ! $old ]]; then
    first_install
  elif ! settings_are_fine; then
    forget_new
    die "the new version does not accept the settings, see above. Nothing was changed: $old goes on. Mend them and run this again."
  elif $was_active || systemctl is-enabled --quiet chatopsd; then
    switch
    say "chatopsd $release runs (before: $old)."
  else
    point_to "$release"
    say "chatopsd $release is installed (before: $old); the service is disabled, so it was not started."
  fi
  forget_old
}

start_again() { # what is meant to run and does not: a start that failed before, or a run of this that was killed between stop and start
  if is_active || ! systemctl is-enabled --quiet chatopsd; then return; fi
  say "It is enabled and does not run: starting it"
  systemctl start chatopsd || die "it did not become ready: $(systemctl show --property=StatusText --value chatopsd)"
  say "chatopsd $release runs."
}

first_install() {
  if cmp -s "$etc/chatops.toml" "$home/releases/$release/share/chatopsd/chatops.example.toml" || ! settings_are_fine; then
    point_to "$release"
    next_steps
    return
  fi
  systemctl enable --quiet chatopsd 2>/dev/null || true
  switch
  systemctl enable --quiet chatopsd
  say "chatopsd $release runs. See it: systemctl status chatopsd, journalctl -u chatopsd -f"
}

do_uninstall() {
  need_root
  if [[ -e $unit ]]; then
    systemctl disable --quiet --now chatopsd || true
    rm -f "$unit"
    systemctl daemon-reload
  fi
  rm -f "$command"
  rm -rf "${home:?}"
  say "chatopsd is removed. What it knew stays: $etc (settings and secrets), $state (the journal), $backups."
}

main() {
  wheel="" python=/usr/bin/python3
  local action=install
  while (($#)); do
    case $1 in
    install | uninstall) action=$1 ;;
    --wheel | --python)
      [[ ${2:-} ]] || die "$1 needs a value; see --help."
      declare -g "${1#--}=$2"
      shift
      ;;
    -h | --help)
      usage
      exit
      ;;
    *) die "unknown argument $1; see --help." ;;
    esac
    shift
  done
  exec 9>/run/lock/chatopsd-install.lock
  flock -n 9 || die "another install.sh is at work."
  "do_$action"
}

main "$@"
