#!/bin/sh
# Writes what depends on the installation, then is nginx. Variables: SERVER_NAMES (besides localhost, separated by blanks or
# commas; * = any), HTTPS_PORT (where 8443 is published).
set -eu
own=/etc/stellarmap/nginx
made=/tmp/nginx
mkdir -p "$made"

more=$(echo "${SERVER_NAMES:-}" | tr ',' ' ')
case $more in
  *[!a-zA-Z0-9.\ :*_[\]-]*)
    echo "SERVER_NAMES holds what no host name has: $more" >&2
    exit 1
    ;;
esac
names="localhost 127.0.0.1 [::1] $more"
case " $more " in *' * '*) names='~.' ;; esac # any
echo "server_name $names;" >"$made/names.conf"

resolver=$(sed -n 's/^nameserver \([0-9.]*\)$/\1/p' /etc/resolv.conf | head -n 1)
echo "resolver ${resolver:-127.0.0.11} valid=5s ipv6=off;" >"$made/resolver.conf"

port=${HTTPS_PORT:-443}
[ "$port" = 443 ] && port= || port=":$port"
echo "set \$https_port \"$port\";" >"$made/https-port.conf"

if [ -s /etc/stellarmap/tls/tls.crt ] && [ -s /etc/stellarmap/tls/tls.key ]; then
  cp "$own/tls.conf" "$made/site.conf"
else
  cp "$own/plain.conf" "$made/site.conf"
fi
exec nginx -c "$own/nginx.conf" -g 'daemon off;'
