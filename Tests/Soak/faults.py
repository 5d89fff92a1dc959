"""The faults. Each draws at once all that it needs, so that a seed plays the same again, and then runs beside others.

A fault is a function of the dice and the world: its body, the daemon that it needs for itself, if any, and what else
there is to say of it.
"""

import glob
import os
import signal
import socket
import time

from world import NAMES, NODES, read, send


def draw(dice, world):
    """The next fault: its name, and what begins it, which returns whether it did."""
    fault = dice.choices(list(FAULTS), [weight for weight in FAULTS.values()])[0]
    body, daemon, more = fault(dice, world)
    name = fault.__name__.replace("_", " ")

    def guarded():
        try:
            world.journal(f"{name}: {more}")
            body()
        finally:
            world.journal(f"{name}: {more}: over")
            if daemon:
                daemon.lock.release()

    def begin():
        # One fault at a time for each daemon; those of different ones overlap.
        is_free = daemon is None or daemon.lock.acquire(blocking=False)
        if is_free:
            world.spawn(guarded, name)
        return is_free

    return name, begin


def fence(world, node, begin):
    """From then on what runs under a lease may have been stopped at this node."""
    world.fences.add(node, begin, time.time() + 10)


def agent_ends(dice, world):
    node, pause = dice.choice(NODES), dice.choice([0, dice.uniform(0, 8)])
    number = dice.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGQUIT])
    agent = world.agents[node]

    def body():
        begin = time.time()
        if not agent.end(number):
            world.problems.append(f"{node} does not end by {number.name} within 60 s")
        if number == signal.SIGTERM:
            world.stops.add(node, begin, time.time() + 1)
            world.problems += world.left_by(node)
        time.sleep(pause)
        agent.start()
        fence(world, node, begin)

    return body, agent, f"{node} by {number.name}, for {pause:.1f} s"


def leader_ends(dice, world):
    pause, number = dice.choice([0, dice.uniform(0, 6)]), dice.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM])

    def body():
        begin = time.time()
        if not world.leader.end(number):
            world.problems.append(f"the leader does not end by {number.name} within 60 s")
        time.sleep(pause)
        world.leader.start()
        fence(world, "*", begin)

    return body, world.leader, f"by {number.name}, for {pause:.1f} s"


def _stands_still(daemon, node, pause, world):
    def body():
        begin = time.time()
        daemon.signal(signal.SIGSTOP)
        time.sleep(pause)
        daemon.signal(signal.SIGCONT)
        fence(world, node, begin)

    return body, daemon, f"{node} for {pause:.1f} s"


def agent_stands_still(dice, world):
    node, pause = dice.choice(NODES), dice.choice([dice.uniform(0.1, 2), dice.uniform(3, 8)])
    return _stands_still(world.agents[node], node, pause, world)


def leader_stands_still(dice, world):
    return _stands_still(world.leader, "*", dice.choice([dice.uniform(0.1, 2), dice.uniform(3, 8)]), world)


def log_segments_go(dice, world):
    which = dice.choice(["*.log", "*.snapshot", "*"])

    def body():
        files = glob.glob(f"{world.root}/leader/leader/log/{which}")
        place = os.path.getsize(world.leader.log)
        for file in files:
            # The leader removes old ones too.
            if os.path.exists(file):
                os.unlink(file)
        # Until it has written its state anew nobody else has what was acknowledged: no other fault of it before.
        end = time.monotonic() + 60
        while files and "of the log were gone" not in read(world.leader.log)[place:]:
            if time.monotonic() > end:
                world.problems.append("the leader does not notice within 60 s that files of its log are gone")
                break
            time.sleep(0.1)

    return body, world.leader, which


def keeper_dies(dice, world):
    node = dice.choice(NODES)

    def body():
        if keeper := world.keeper(node):
            world.keepers_killed.add(node, time.time())
            send(keeper, signal.SIGKILL)
            fence(world, node, time.time())

    return body, None, node


def process_dies(dice, world):
    node, name = dice.choice(NODES), dice.choice(NAMES)

    def body():
        world.killed |= {run.key for run in world.living(node, name) if send(run.pid, signal.SIGKILL)}

    return body, None, f"{node}/{name}"


def disk_fills(dice, world):
    place, pause, number = dice.randrange(3), dice.uniform(1, 6), dice.randrange(1 << 32)
    if not world.disks:
        return (lambda: None), None, "none to fill"
    folder = world.disks[place]

    def body():
        begin, filler = time.time(), f"{folder}/filler-{number}"
        with open(filler, "ab", buffering=0) as file:
            for size in [1 << 20, 512]:
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    continue
        time.sleep(pause)
        os.unlink(filler)
        fence(world, "*", begin)

    return body, world.leader if place == 0 else None, f"{os.path.basename(folder)} for {pause:.1f} s"


def hostile_peers(dice, world):
    kind, pause, count = dice.choice(["garbage", "silence", "half"]), dice.uniform(0.5, 5), dice.randrange(1, 30)
    garbage, is_tcp = dice.randbytes(dice.randrange(1, 20_000)), dice.random() < 0.5
    # The preface of HTTP/2 and a frame of headers that is not all there.
    half = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\x40\1\4\0\0\0\1" + garbage[:40]
    text = {"garbage": garbage, "silence": b"", "half": half}[kind]

    def body():
        peers = [socket.socket(socket.AF_INET if is_tcp else socket.AF_UNIX) for _ in range(count)]
        for peer in peers:
            peer.settimeout(1)
            try:
                peer.connect(("127.0.0.1", world.port) if is_tcp else f"{world.root}/leader.sock")
                peer.sendall(text)
            except OSError:
                continue
        time.sleep(pause)
        for peer in peers:
            peer.close()

    return body, None, f"{count} of {kind}"


def policy_anew(dice, world):
    is_new = dice.random() < 0.5
    return (lambda: world.apply(is_new)), None, "another generation" if is_new else "the same"


def rule_fails(dice, world):
    pause = dice.uniform(1, 6)

    def body():
        world.write(f"{world.root}/fail", "")
        time.sleep(pause)
        if os.path.exists(f"{world.root}/fail"):
            os.unlink(f"{world.root}/fail")

    return body, None, f"for {pause:.1f} s"


def make_dies(dice, world):
    number = dice.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP])

    def is_make(folder):
        try:
            return read(f"{folder}/comm") == "make\n" and os.readlink(f"{folder}/cwd").startswith(world.root)
        except OSError:
            return False

    def body():
        end = time.monotonic() + 3
        while time.monotonic() < end:
            if found := [folder for folder in glob.glob("/proc/[0-9]*") if is_make(folder)]:
                send(int(found[0].split("/")[2]), number)
                break
            time.sleep(0.01)

    return body, None, number.name


def delivered_file_changes(dice, world):
    node, file, is_removed = dice.choice(NODES), dice.choice(["data.txt", "config.xml"]), dice.random() < 0.5

    def body():
        path = f"{world.root}/node-{node}/node/serve/{file}"
        try:
            os.unlink(path) if is_removed else world.write(path, "somebody else's")
        except OSError:
            pass  # It is not there, or the disk is full.

    return body, None, f"{node}/serve/{file} {'goes' if is_removed else 'is another'}"


def log_goes(dice, world):
    node, name, number = dice.choice(NODES), dice.choice(NAMES), dice.randrange(1 << 32)

    def body():
        folder = f"{world.root}/node-{node}"
        # For the keeper it is gone; the checker still reads it.
        try:
            os.makedirs(f"{folder}/removed", exist_ok=True)
            os.rename(f"{folder}/log/{name}.log", f"{folder}/removed/{name}.{number}")
        except OSError:
            pass  # It is not there, or the disk is full.

    return body, None, f"{node}/{name}"


# With the weights by which they are drawn.
FAULTS = {
    agent_ends: 6, agent_stands_still: 4, leader_ends: 2, leader_stands_still: 1, log_segments_go: 1, keeper_dies: 3,
    process_dies: 8, disk_fills: 2, hostile_peers: 2, policy_anew: 2, rule_fails: 1, make_dies: 1,
    delivered_file_changes: 3, log_goes: 3,
}
