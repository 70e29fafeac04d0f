#!/bin/sh
# Formats the folder of the log the first time, then is the broker.
set -eu
own=/etc/stellarmap/kafka
/opt/kafka/bin/kafka-storage.sh format --cluster-id "$CLUSTER_ID" --config "$own/server.properties" --ignore-formatted
exec /opt/kafka/bin/kafka-server-start.sh "$own/server.properties"
