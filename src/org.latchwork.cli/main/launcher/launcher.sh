#!/bin/sh
# Starts the command that this file is called: it finds a Java, and the cache from which that starts faster.
#
# Scripts call the commands often, so the way to exec takes builtins only: a fork costs a millisecond. Beyond POSIX it needs test's -O, -nt and -ef,
# which dash, bash, ksh and busybox have.
#
#   JAVA_HOME        the JDK or JRE to take, if it is 22 or later
#   LATCHWORK_CACHE  "off", or a folder to take instead of ${XDG_CACHE_HOME:-$HOME/.cache}/latchwork

fail() {
  printf '%s: %s\n' "${self##*/}" "$1" >&2
  exit 2
}

# Whether $1 is the folder of a Java 22 or later, by its file "release": asking the JVM itself would take as long as the command.
# Sets java_home, feature and build.
suitable() {
  [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 1
  version= build=
  while IFS='="' read -r key _ value _; do # KEY="value"
    case $key in
      JAVA_RUNTIME_VERSION) build=$value ;;
      JAVA_VERSION) version=$value; break ;;
    esac
  done <"$1/release"
  feature=${version%%[!0-9]*}
  [ "${feature:-0}" -ge 22 ] || return 1
  java_home=$1 build=${build:-$version}
}

# The java on the PATH is often a chain of links into one of these folders; -ef sees that without reading the links.
suitable_on_path() {
  IFS=: on_path=
  set -f
  for folder in $PATH; do
    [ -x "$folder/java" ] && [ ! -d "$folder/java" ] && on_path=$folder/java && break
  done
  unset IFS
  set +f
  [ -n "$on_path" ] || return 1
  if [ -h "$on_path" ]; then
    for folder in /usr/lib/jvm/*; do
      [ "$folder/bin/java" -ef "$on_path" ] && { suitable "$folder"; return; }
    done
    on_path=$(readlink -f "$on_path")
  fi
  suitable "${on_path%/*}/.."
}

newest_installed() {
  newest=
  for folder in /usr/lib/jvm/*; do
    suitable "$folder" && [ "$feature" -gt "${newest_feature:-0}" ] && newest=$folder newest_feature=$feature
  done
  [ -n "$newest" ] && suitable "$newest"
}

# A path as one name, in $name. Java reads % and : in a cache's name as its own signs.
as_name() {
  IFS=/
  set -f
  set -- $1
  set +f
  IFS=,
  name="$*"
  unset IFS
}

self=$0
[ -h "$self" ] && self=$(readlink -f "$self")
case $self in
  /*) ;;
  *) self=$PWD/$self ;;
esac
lib=${self%/*}/../lib

case $lib in
  *:*) fail "it cannot run from a folder with a colon in its name, which Java takes for a separator: ${self%/*}" ;;
esac
case ${self##*/} in
  tst_checkpoint)
    main=org.latchwork.cli.TstCheckpoint
    # Its life is a start and a few system calls: a compiler would only compete with it.
    compiler=-Xint
    class_path=$lib/org.latchwork.cli.jar:$lib/org.latchwork.jar
    ;;
  *)
    main=org.latchwork.cli.Latchwork
    compiler='-XX:TieredStopAtLevel=1 -XX:CompileThresholdScaling=20' # the first one alone, and late
    class_path=$lib/org.latchwork.cli.jar:$lib/org.latchwork.jar:$lib/picocli.jar
    ;;
esac

{ [ -n "${JAVA_HOME:-}" ] && suitable "$JAVA_HOME"; } || suitable_on_path || newest_installed ||
  fail "it needs Java 22 or later, and found none by JAVA_HOME (${JAVA_HOME:-not set}), on the PATH or below /usr/lib/jvm; install one, such as Temurin 25, or set JAVA_HOME to it"

# The smallest collector, a heap that does not depend on the machine, no file of counters for other tools. A log of the JVM's has no place on stdout,
# where it would go by default: JDK 25 complains of a cache there.
flags="$compiler -XX:+UseSerialGC -Xmx64m -XX:-UsePerfData -Xlog:disable --enable-native-access=ALL-UNNAMED"

cache=
case ${LATCHWORK_CACHE:-} in
  off) ;;
  /*) cache=$LATCHWORK_CACHE ;;
  '')
    case ${XDG_CACHE_HOME:-} in
      /*) cache=$XDG_CACHE_HOME/latchwork ;;
      *) [ -n "${HOME:-}" ] && cache=$HOME/.cache/latchwork ;;
    esac
    ;;
  *) fail "LATCHWORK_CACHE takes 'off' or a folder that begins with '/', not '$LATCHWORK_CACHE'" ;;
esac
# Options from outside may not fit the cache.
if [ -n "$cache" ] && [ -z "${JAVA_TOOL_OPTIONS:-}${JDK_JAVA_OPTIONS:-}" ] && [ -r "$lib/identity" ]; then
  read -r identity <"$lib/identity"
  as_name "$lib"
  cache=$cache/$name
  as_name "$java_home"
  cache=$cache/$name/${self##*/}-$identity-$build
  if [ "$feature" -ge 25 ]; then
    cache=$cache.aot use=-XX:AOTCache
  else
    cache=$cache.jsa use=-XX:SharedArchiveFile
  fi
  # Code from a file that somebody else has written is not run, and the JVM does not notice (JDK 25) that a jar is another one than it was.
  if [ -O "$cache" ] && ! [ "$lib/org.latchwork.cli.jar" -nt "$cache" ] && ! [ "$lib/org.latchwork.jar" -nt "$cache" ]; then
    set -- "$use=$cache" "-Dlatchwork.cache.used=$cache" -cp "$class_path" "$main" "$@"
  elif [ -e "$cache.failed" ]; then
    set -- -cp "$class_path" "$main" "$@"
  else
    set -- "-Dlatchwork.cache.wanted=$cache" "-Dlatchwork.cache.flags=$flags" -cp "$class_path" "$main" "$@"
  fi
else
  set -- -cp "$class_path" "$main" "$@"
fi

# Java reads file names by the locale's character set, and has no notion of bytes.
LC_ALL=C.UTF-8 exec "$java_home/bin/java" $flags "$@"
