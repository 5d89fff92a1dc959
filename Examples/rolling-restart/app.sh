# Stands for an application that takes a while to start, and then says that it is up.
number=$(sed -n 's:.*<generation>\(.*\)</generation>.*:\1:p' "$DMAKE_CONFIG")
say() {
  echo "<state><generation>$number</generation><status>$1</status></state>" >"$DMAKE_STATE.new"
  mv "$DMAKE_STATE.new" "$DMAKE_STATE"
}
trap 'exit 0' TERM
say starting
sleep 2 &
wait
say up
while :; do
  sleep 3600 &
  wait
done
