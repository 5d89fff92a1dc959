# Stands for a collector: says how many streams it can take, and reads which it is to take when its configuration is new.
trap 'grep "<unit>" "$DMAKE_CONFIG"' HUP
trap 'exit 0' TERM
echo '<state><capacity>2</capacity></state>' >"$DMAKE_STATE.new" && mv "$DMAKE_STATE.new" "$DMAKE_STATE"
while :; do
  sleep 3600 &
  wait
done
