"""What the soak test holds DMake to, as functions of what was seen from outside: they read no clock and no file, and
share no code with DMake. Each returns the violations as text. `self_test` feeds each of them a history with one.

Times are seconds: `mono` by CLOCK_MONOTONIC, which all processes of a machine share, `wall` since 1970 as in events.
"""

import re
from collections import namedtuple
from datetime import datetime, timezone


class Instance:
    """One run of a process, as it noted it itself."""

    def __init__(self, node, name, key):
        self.node, self.name, self.key = node, name, key
        self.pid, self.generation, self.start = 0, "", ""
        self.begin = self.last = None
        self.began = self.ended = 0.0
        # "end" by itself, "stopped" by SIGTERM, or None: killed, or it runs.
        self.finish, self.code = None, None
        self.is_locked_out = False
        self.lines, self.state = {}, 0

    def take(self, mono, wall, what, arguments):
        if self.begin is None:
            self.begin, self.began = mono, wall
        self.last, self.ended = mono, wall
        if what == "start":
            self.pid, (self.generation, self.start) = int(arguments[0]), arguments[1:3]
        elif what in ("end", "stopped"):
            self.finish, self.code = what, int(arguments[0])
        elif what == "locked-out":
            self.is_locked_out = True
        elif what == "line":
            self.lines[int(arguments[0])] = wall
        elif what == "state":
            self.state = int(arguments[0])

    def __str__(self):
        finish = f"{self.finish} {self.code}" if self.finish else "no word at its end"
        times = f"{self.began:.3f}–{self.ended:.3f}"
        return f"{self.node}/{self.name} {self.key} of generation {self.generation}, {times}, {finish}"


def instances(node, name, history):
    """The instances of a process, in the order of their starts."""
    found = {}
    for line in history.splitlines():
        words = line.split()
        if len(words) >= 4:
            found.setdefault(words[2], Instance(node, name, words[2])).take(
                float(words[0]), float(words[1]), words[3], words[4:])
    return sorted(found.values(), key=lambda instance: instance.begin)


class Windows:
    """When something was done to a node, or to all (`*`)."""

    def __init__(self):
        self.list = []

    def add(self, node, begin, end=None):
        self.list.append((node, begin, begin if end is None else end))

    def touch(self, node, begin, end):
        return any(n in (node, "*") and b <= end and e >= begin for n, b, e in self.list)


def overlaps(runs):
    """At every instant at most one of them has been there."""
    found = [f"another one held the lock when this one began: {run}" for run in runs if run.is_locked_out]
    latest = None
    for run in sorted(runs, key=lambda run: run.begin):
        if latest and run.begin < latest.last:
            found.append(f"two at once for {latest.last - run.begin:.3f} s: {latest}; {run}")
        if latest is None or run.last > latest.last:
            latest = run
    return found


def moves(runs, lost):
    """What a policy leaves where it is moves only when its node was lost: by the events of that, `lost`."""
    runs = sorted(runs, key=lambda run: run.begin)
    return [f"it moved, and nobody lost {before.node} in between: {before}; {after}"
            for before, after in zip(runs, runs[1:]) if before.node != after.node
            and not any(event.node == before.node and before.began <= event.wall <= after.began for event in lost)]


Event = namedtuple("Event", "node process incarnation sequence wall exit signal")


def events(text):
    """The occurrences in an event file, or in what a rule appended of several."""
    found = []
    for element in re.findall(r"<event ([^>]*?)/?>", text):
        value = dict(re.findall(r'([a-z-]+)="([^"]*)"', element))
        if "not-started" in value:
            continue
        time = datetime.strptime(value["time"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc).timestamp()
        found.append(Event(value["node"], value.get("process"), int(value["incarnation"]), int(value["sequence"]), time,
                           value.get("exit"), value.get("signal")))
    return found


def _fits(event, run, killed):
    """Whether an event may tell of this end."""
    # What an instance noted last was before its end. An agent reads its clocks one after the other when it starts, and
    # goes by the difference from then on.
    if run.ended > event.wall + 0.5:
        return False
    if run.finish == "stopped" and run.name != "sole" and run.key not in killed:
        return False
    # Of what is configured no more the stop is an event, and it may have been killed for its lingering.
    by_signal = run.finish != "end" or run.key in killed
    return event.exit == "unknown" or (by_signal if event.signal is not None else event.exit == str(run.code))


def ends(runs, told, killed, excuses):
    """An end of its own is told at most once, and at least once where nothing excuses it.

    - runs: instances of one process of one node that have ended, in their order.
    - told: the events of it of which a rule was told.
    - killed: keys of instances that somebody else killed.
    - excuses: when the node left, or DMake stopped its processes anyway.
    - Returns: violations, and how many ends had to be told.
    """
    found, seen, left = [], set(), list(runs)
    for event in told:
        identity = (event.node, event.incarnation, event.sequence)
        if identity in seen:
            found.append(f"one event twice: {event}")
        seen.add(identity)
    # An event that can tell of few comes first, so that none takes what is another one's.
    for event in sorted(told, key=lambda event: (event.exit == "unknown", event.wall)):
        fitting = [run for run in left if _fits(event, run, killed)]
        if fitting:
            left.remove(min(fitting, key=lambda run: abs(event.wall - run.ended)))
        else:
            found.append(f"an event without an end: {event}")
    count = 0
    for run, after in zip(runs, [*runs[1:], None]):
        # It may have been about to be stopped for its next generation.
        is_replaced = after is not None and after.generation != run.generation and after.began < run.ended + 5
        is_own = run.finish == "end" or run.key in killed
        if not is_own or is_replaced or excuses.touch(run.node, run.ended - 1, run.ended + 3):
            continue
        count += 1
        if run in left:
            found.append(f"no event tells of this end: {run}")
    return found, count


def restarts(runs, stops, keepers_killed):
    """What ended by itself for good is started again only with another generation.

    - stops: when its agent was stopping it anyway.
    - keepers_killed: after which nobody can know with which code it ended.
    """
    found = []
    for before, after in zip(runs, runs[1:]):
        is_unknown = keepers_killed.touch(before.node, before.began - 3, before.ended + 3)
        is_for_good = before.name == "once" or (before.name == "task" and before.code == 0 and not is_unknown)
        if before.finish == "end" and is_for_good and before.generation == after.generation \
                and not stops.touch(before.node, before.ended - 1, before.ended + 3):
            found.append(f"ended for good and was started again: {before}; {after}")
    return found


LINE = re.compile(r"\S+Z line (\S+) (\d+) \.*$")
LOST = re.compile(r"\S+Z dmake: (\d+) bytes of output are lost$")


def output(runs, log, excuses):
    """Each line that a process has printed stands in its log once and in order, or a line there counts what is lost.

    - log: the lines of the log, those of files that were set aside and removed before it, in their order.
    - excuses: when a keeper was killed, which takes what it holds with it.
    """
    found, missing_marks, places = [], [], {}
    for place, text in enumerate(log):
        if match := LINE.match(text):
            places.setdefault(match[1], []).append((int(match[2]), place))
        elif LOST.match(text):
            missing_marks.append(place)
        else:
            found.append(f"no process has printed this: {text[:120]!r}")
    for run in runs:
        seen = places.get(run.key, [])
        numbers = [number for number, _ in seen]
        if numbers != sorted(set(numbers)):
            twist = next((a, b) for a, b in zip(numbers, numbers[1:]) if b <= a)
            found.append(f"line {twist[1]} stands behind line {twist[0]}: {run}")
        there = dict(seen)
        for number, wall in run.lines.items():
            if number in there or excuses.touch(run.node, wall - 20, wall + 1):
                continue
            before = max((place for n, place in seen if n < number), default=-1)
            after = min((place for n, place in seen if n > number), default=len(log))
            if not any(before < mark < after for mark in missing_marks):
                found.append(f"line {number}, printed at {wall:.3f}, is missing and not counted: {run}")
                break
    return found


def going_back(samples, what):
    """Values that only grow, as they were seen one after the other."""
    return [f"{what} went back from {a} to {b}" for a, b in zip(samples, samples[1:]) if b < a]


def growth(before, after, who, factor=3, room=64 << 20):
    """Memory or descriptors after the calm are bounded by what they were at the start."""
    limit = factor * before + room
    return [f"{who} has {after}, at the start it had {before}; the bound is {limit}"] if after > limit else []


def strays(environments, starts):
    """What a start has daemonised goes with it.

    - environments: of the processes that were daemonised on a node.
    - starts: `DMAKE_START` of the instances that run, by process.
    """
    found = []
    for environment in environments:
        value = dict(word.split("=", 1) for word in environment.split() if "=" in word)
        if starts.get(value.get("DMAKE_PROC")) != value.get("DMAKE_START"):
            found.append(f"left of start {value.get('DMAKE_START')} of {value.get('DMAKE_PROC')}; what runs: {starts}")
    return found


View = namedtuple("View", "status owner generation nodes names living files daemonised")


def calm(view):
    """What is not as the last policy says; nothing, once faults are over and everybody had time.

    - status: as the leader tells it; None without an answer.
    - owner, generation: which node has the process of which there is one, and what all of them are to be.
    - living: the instances that run, by node and name.
    - files: as the node has it and as the tree has it, by path.
    - daemonised: environments by node.
    """
    if view.status is None:
        return ["no leader answers"]
    found = [] if view.owner in view.nodes else [f"no node has the process of which there is one: {view.owner!r}"]
    known = {node["name"]: node for node in view.status["nodes"]}
    for node in view.nodes:
        told = known.get(node, {})
        if not told.get("isConnected") or told["outdatedFiles"] or told["problems"]:
            found.append(f"{node} is {({**told, 'processes': '...'}) if told else 'not there'}")
        for name in view.names:
            told_of = next((entry for entry in told.get("processes", []) if entry["name"] == name), None)
            found += _calm_process(view, node, name, told_of)
        starts = {name: run.start for name in view.names for run in view.living[node, name]}
        found += strays(view.daemonised[node], starts)
    found += [f"{path} is {there!r}, in the tree {known!r}" for path, (there, known) in view.files.items()
              if there != known and (view.owner in path or "/sole/" not in path)]
    return found + [f"a problem: {problem}" for problem in view.status["problems"]]


def _calm_process(view, node, name, told):
    living = view.living[node, name]
    wanted = 1 if name != "sole" or view.owner == node else 0
    if len(living) != wanted:
        return [f"{node}/{name} runs {len(living)} times, not {wanted}"]
    if not wanted:
        return []
    run = living[0]
    if not told or told["pid"] != run.pid:
        return [f"the leader says of {node}/{name} {told}, which is {run} with pid {run.pid}"]
    if run.generation != view.generation:
        return [f"{node}/{name} is of generation {run.generation}, not {view.generation}"]
    there = view.files[f"{node}/{name}/state.xml"][1]
    return [] if f"<n>{run.state}</n>" in there else [f"{node}/{name} wrote {run.state}; the tree has {there!r}"]


def unequal(before, after, what):
    """What is to be the same before and after."""
    return [f"after {what} {key} is {after.get(key)}, before it was {value}"
            for key, value in before.items() if after.get(key) != value]


def leftovers(processes, folder):
    """Processes that a folder's agent has left: (pid, command line, environment) each."""
    return [f"process {pid} is left: {command[:160]!r}" for pid, command, environment in processes
            if folder + "/" in environment or folder + "/" in command or command.endswith(folder)]


def _run(name="serve", key="1-1", begin=0, last=10, finish=None, code=None, generation="1", lines=()):
    run = Instance("n1", name, key)
    for time, what, arguments in [(begin, "start", [1, generation, "1"]), *[(begin, "line", [n]) for n in lines],
                                  (last, *((finish, [code]) if finish else ("alive", [])))]:
        run.take(time, time, what, arguments)
    return run


def _view(**changes):
    run = _run()
    run.state = 7
    node = {"name": "n1", "isConnected": True, "outdatedFiles": 0, "problems": [],
            "processes": [{"name": "serve", "pid": 1}]}
    view = View(status={"nodes": [node], "problems": []}, owner="n1", generation="1", nodes=["n1"], names=["serve"],
                living={("n1", "serve"): [run]}, files={"n1/serve/state.xml": ("<n>7</n>", "<n>7</n>")},
                daemonised={"n1": ["DMAKE_PROC=serve DMAKE_START=1"]})
    return view._replace(**changes)


def _told(sequence=1, wall=10, code="3", signal=None):
    return Event("n1", "serve", 1, sequence, wall, code, signal)


def self_test():
    """A violation for each checker, which it must find, beside the same without it, where it must find none."""
    none = Windows()
    ended, again = _run(finish="end", code=3), _run(key="2-2", begin=11, last=20)
    elsewhere = _run(key="3-3", begin=12, last=20)
    elsewhere.node = "n2"
    locked = _run(key="2-2", begin=11)
    locked.is_locked_out = True
    log = [f"2026-01-01T00:00:00.000Z line 1-1 {n} ..." for n in (1, 2, 4)]
    counted = log[:2] + ["2026-01-01T00:00:00.000Z dmake: 30 bytes of output are lost"] + log[2:]
    noisy = _run(lines=(1, 2, 3, 4))
    file = '<event node="n1" incarnation="1" sequence="7" time="1970-01-01T00:00:10.000Z" process="serve" exit="3"/>'
    moment = Windows()
    moment.add("n1", 9, 11)
    once, later = _run("once", finish="end", code=1), _run("once", "2-2", 11, 20)
    anew = _run("once", "2-2", 11, 20, generation="2")
    cases = [
        ("two at once", overlaps([_run(), _run(key="2-2", begin=9.5)]), overlaps([_run(), again])),
        ("a lock that is held", overlaps([_run(), locked]), []),
        ("a move", moves([_run(), elsewhere], []), moves([_run(), elsewhere], [_told(wall=10)])),
        ("an event twice", ends([ended, _run(key="2-2", finish="end", code=3)], [_told(), _told()], {}, none)[0],
         ends([ended], [_told()], {}, none)[0]),
        ("an event without an end", ends([again], [_told()], {}, none)[0],
         ends([ended], events(file), {}, none)[0]),
        ("an end without an event", ends([ended, again], [], {}, none)[0], ends([ended, again], [], {}, moment)[0]),
        ("a killed one without event", ends([_run()], [], {"1-1"}, none)[0],
         ends([_run()], [_told(code=None, signal="9")], {"1-1"}, none)[0]),
        ("a start after an end for good", restarts([once, later], none, none), restarts([once, anew], none, none)),
        ("a gap", output([noisy], log, none), output([noisy], counted, none)),
        ("a line twice", output([_run(lines=(1, 2))], log[:2] + log[1:2], none),
         output([_run(lines=(1, 2))], log[:2], none)),
        ("a torn line", output([_run(lines=(1,))], [log[0], log[1][:26]], none),
         output([_run(lines=(1,))], log[:1], none)),
        ("a stray", strays(["DMAKE_PROC=serve DMAKE_START=3"], {"serve": "4"}),
         strays(["DMAKE_PROC=serve DMAKE_START=4"], {"serve": "4"})),
        ("an index that goes back", going_back([1, 3, 2], "it"), going_back([1, 1, 2], "it")),
        ("a calm without a leader", calm(_view(status=None)), calm(_view())),
        ("a process that does not run", calm(_view(living={("n1", "serve"): []})), []),
        ("a process that runs twice", calm(_view(living={("n1", "serve"): [_run(), again]})), []),
        ("a process of before", calm(_view(generation="2")), []),
        ("a state that did not arrive", calm(_view(files={"n1/serve/state.xml": ("<n>7</n>", "<n>6</n>")})), []),
        ("an owner that is not there", calm(_view(owner="n2")), []),
        ("a daemon of another start", calm(_view(daemonised={"n1": ["DMAKE_PROC=serve DMAKE_START=0"]})), []),
        ("another state of things", unequal({"a": 1}, {"a": 2}, "it"), unequal({"a": 1}, {"a": 1}, "it")),
        ("memory without a bound", growth(30 << 20, 300 << 20, "it"), growth(30 << 20, 100 << 20, "it")),
        ("an orphan", leftovers([(7, "sleep 3600", "DMAKE_STATE=/x/n1/node/serve/state.xml")], "/x/n1"),
         leftovers([(7, "sleep 3600", "DMAKE_STATE=/x/n11/node/serve/state.xml")], "/x/n1")),
    ]
    return [f"the checkers are silent about {name}" for name, bad, _ in cases if not bad] \
        + [f"the checkers find {good} where there is no {name}" for name, _, good in cases if good]
