"""A process that agents run under the soak test. It notes what it does in a file of its own, which nobody else writes,
so that the checkers need not believe anything that DMake says. Each line is

    MONOTONIC WALL INSTANCE WHAT [ARGUMENT]

    process.py ROOT GENERATION [daemon]
"""

import fcntl
import os
import random
import signal
import subprocess
import sys
import time

TURN = 0.1
# Of a turn; an instance lives for 20 s in the mean.
END_CHANCE = 0.005

root, generation = sys.argv[1:3]
node, name = os.environ["DMAKE_NODE"], os.environ["DMAKE_PROC"]
state = os.environ["DMAKE_STATE"]
instance = f"{time.monotonic_ns()}-{os.getpid()}"
history = os.open(f"{root}/history/{node}.{name}", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
dice = random.Random(instance)


def note(*words):
    text = f"{time.monotonic():.6f} {time.time():.6f} {instance} {' '.join(map(str, words))}\n"
    os.write(history, text.encode())


def stop(*_):
    """What is to stop may linger: for longer than the grace, so that it is killed."""
    note("stopped", 0)
    end = time.monotonic() + dice.choice([0, 0, 0.4, 2.5])
    while time.monotonic() < end:
        note("alive")
        time.sleep(0.02)
    os._exit(0)


def end():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    code = dice.choice([0, dice.randrange(1, 200)])
    note("end", code)
    os._exit(code)


def say(number):
    """The line is out when this returns: what was noted before is what may be in the log, afterwards it must be."""
    os.write(1, f"line {instance} {number} {'.' * dice.randrange(40)}\n".encode())
    note("line", number)


def tell():
    """The number grows over all instances, since it is the time."""
    number = time.monotonic_ns() // 1_000_000
    try:
        with open(state + ".new", "w") as file:
            file.write(f"<state><n>{number}</n></state>\n")
        os.rename(state + ".new", state)
    except OSError:
        return False  # The disk is full; the one before stands.
    note("state", number)
    return True


signal.signal(signal.SIGTERM, stop)
note("start", os.getpid(), generation, os.environ["DMAKE_START"])
if "daemon" in sys.argv[3:]:
    # Before the lock is taken: what lives on must not hold it.
    subprocess.run(["setsid", "--fork", "sleep", "3600"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
# The process that is to be exclusive has one lock for all nodes, and each other one for its own.
lock = os.open(f"{root}/locks/{'sole' if name == 'sole' else f'{node}.{name}'}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    note("locked-out")

turn, is_told = 0, False
while True:
    is_calm = os.path.exists(f"{root}/calm")
    # What was told last must arrive.
    if turn % 10 == 0 and not (is_calm and is_told):
        is_told = tell()
    turn += 1
    if turn % 2:
        say(turn // 2 + 1)
    if not is_calm and dice.random() < END_CHANCE:
        end()
    for _ in range(4 if name == "sole" else 1):
        note("alive")
        time.sleep(TURN / (4 if name == "sole" else 1))
