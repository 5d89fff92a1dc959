"""The leader, the agents and what can be seen of them from outside."""

import ctypes
import glob
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time

import checkers

NODES = ["n1", "n2", "n3", "n4", "n5"]
# Where root may mount them, these have a small disk of their own.
SMALL = ["n4", "n5"]
OVER_TCP = ["n2", "n4"]
NAMES = ["serve", "task", "once", "sole"]
RESTART = {"serve": "always", "task": "on-failure", "once": "never", "sole": "always"}

DMAKEFILE = """\
# The process of which there is one stays where it is, until its node is lost.
owner:
\tstay $@ $(DMAKE_NODES)

%/DMake/config.xml: owner
\tif [ "$$(cat owner)" = '$*' ]; then cp $(DMAKE_BUNDLE)/sole.xml $@; else cp $(DMAKE_BUNDLE)/node.xml $@; fi

%/serve/data.txt:
\tcp $(DMAKE_BUNDLE)/data.txt $@

%/serve/config.xml{n}: %/serve/state.xml{n}
\tcp $< $@

numbers: $(foreach p,NAMES,$(DMAKE_NODES:%=%/$p/state.xml{n}))
\tcat /dev/null $^ > $@

fails: numbers
\tif [ -e ROOT/fail ]; then exit 1; fi; cp $< $@

ends: $(foreach p,NAMES,$(DMAKE_NODES:%=%/$p/stop-proc))
\tif [ -e ROOT/fail ]; then echo wrong >> $@; exit 1; fi; cat /dev/null $^ >> $@

lost: $(wildcard */fail-node)
\tcat /dev/null $^ >> $@
"""

STAY = """\
#!/bin/sh
# stay FILE NODE...: writes into the file, which has it already, the node that is to have the process.
file=$1; shift
old=$(cat "$file" 2>/dev/null)
for node in "$@"; do if [ "$node" = "$old" ]; then exit 0; fi; done
for node in "$@" "$1"; do if [ "$node" \\> "$old" ]; then break; fi; done
echo "$node" > "$file"
"""


def mount(folder, mebibytes):
    """Whether the folder has a disk of its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.mount(b"none", folder.encode(), b"tmpfs", 0, f"size={mebibytes}m".encode()) == 0


def processes():
    """(pid, command line, environment) of all processes, zombies left out."""
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                command = file.read().replace(b"\0", b" ").decode(errors="replace").strip()
            with open(f"/proc/{entry}/environ", "rb") as file:
                environment = file.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if command and int(entry) != os.getpid():
            yield int(entry), command, environment


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def send(pid, number):
    """Whether there was such a process."""
    try:
        os.kill(pid, number)
        return True
    except OSError:
        return False


class Daemon:
    """An agent or the leader, which one fault at a time has."""

    def __init__(self, command, log):
        self.command, self.log = command, log
        self.process = None
        self.lock = threading.Lock()

    def start(self):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def signal(self, number):
        self.process.send_signal(number)

    def end(self, number):
        """Whether it ended within a generous time."""
        process, self.process = self.process, None
        process.send_signal(number)
        try:
            process.wait(60)
            return True
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return False


class World:
    def __init__(self, root, dmake):
        self.root, self.dmake = root, dmake
        for name in ["history", "locks", "policy", "leader", *(f"node-{node}" for node in NODES)]:
            os.mkdir(f"{root}/{name}")
        self.disks = []
        if os.geteuid() == 0:
            for folder, size in [(f"{root}/leader", 128), *((f"{root}/node-{node}", 32) for node in SMALL)]:
                if mount(folder, size):
                    self.disks.append(folder)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        unix, tcp = f"unix:{root}/leader.sock", f"127.0.0.1:{self.port}"
        self.environment = {**os.environ, "DMAKE_LEADERS": unix}
        self.leader = Daemon(
            [dmake, "leader", "--listen", unix, "--listen", tcp, "--token-file", f"{root}/token", "--lease", "4s",
             "--tick", "200ms", "--keep-provenance", "1m", "--recipe-limit", "10s", "--state-dir", f"{root}/leader"],
            f"{root}/leader.log")
        self.agents = {node: Daemon(
            [dmake, "agent", "--name", node, "--state-dir", f"{root}/node-{node}", "--token-file", f"{root}/token",
             "--leader", tcp if node in OVER_TCP else unix], f"{root}/{node}.log") for node in NODES}
        self.generation = 0
        self.threads, self.problems = [], []
        # Keys of instances.
        self.killed = set()
        # When a node left; DMake stopped processes; those under a lease may have stopped; keepers were killed.
        self.left, self.stops, self.fences, self.keepers_killed = (checkers.Windows() for _ in range(4))
        self.positions, self.numbers = [], {}
        self.policy_lock = threading.Lock()
        self.stall, self.looked, self.asked = 0.0, time.monotonic(), 0.0

    def start(self):
        self.write(f"{self.root}/calm", "")
        for daemon in [self.leader, *self.agents.values()]:
            daemon.start()
        self.apply()

    def write_policy(self):
        folder = f"{self.root}/policy"
        program = f"{os.path.dirname(os.path.realpath(__file__))}/process.py"

        def process(name):
            arguments = [sys.executable, "-I", "-S", program, self.root, self.generation]
            arguments += ["daemon"] if name == "serve" else []
            more = 'on-isolation="stop"' if name == "sole" else 'refresh="event"'
            return f'<process name="{name}" restart="{RESTART[name]}" {more}><executable>{arguments[0]}</executable>' \
                + "".join(f"<argument>{text}</argument>" for text in arguments[1:]) + '<stop grace="1s"/>' \
                + '<back-off initial="200ms" limit="1s" healthy="2s"/><log size="64K" keep="50"/></process>'

        for file, names in [("node.xml", NAMES[:-1]), ("sole.xml", NAMES)]:
            self.write(f"{folder}/{file}", "<config>\n" + "\n".join(map(process, names)) + "\n</config>\n")
        self.write(f"{folder}/data.txt", f"data {self.generation}\n")
        self.write(f"{folder}/stay", STAY)
        os.chmod(f"{folder}/stay", 0o755)
        self.write(f"{folder}/DMakefile", DMAKEFILE.replace("NAMES", " ".join(NAMES)).replace("ROOT", self.root))

    @staticmethod
    def write(path, text):
        with open(path, "w") as file:
            file.write(text)

    def run(self, *arguments, limit=30):
        """What a subcommand printed, or None if it failed: no leader may be there."""
        try:
            outcome = subprocess.run([self.dmake, *arguments], env=self.environment, cwd=self.root, timeout=limit,
                                     stdin=subprocess.DEVNULL, capture_output=True, text=True)
        except subprocess.TimeoutExpired:
            return None
        return outcome.stdout if outcome.returncode == 0 else None

    def apply(self, is_new=True):
        """Applies the policy, with another generation of all processes or as it is, until a leader has taken it."""
        with self.policy_lock:
            self.generation += is_new
            self.write_policy()
            begin = time.time()
            while self.run("apply", "policy") is None:
                time.sleep(0.2)
                if time.time() > begin + 120:
                    self.problems.append("no leader takes the policy for 120 s")
                    break

    def status(self):
        answer = self.run("status", "-o", "json")
        return json.loads(answer) if answer else None

    def processes(self):
        return [(node, name) for node in NODES for name in NAMES]

    def instances(self, node, name):
        return checkers.instances(node, name, read(f"{self.root}/history/{node}.{name}"))

    def living(self, node, name):
        runs = [run for run in self.instances(node, name) if run.finish is None]
        return [run for run in runs if self.is_process(run)]

    def is_process(self, run):
        variables = read(f"/proc/{run.pid}/environ").split("\0")
        state = f"DMAKE_STATE={self.root}/node-{run.node}/node/{run.name}/state.xml"
        return state in variables and f"DMAKE_START={run.start}" in variables

    def tree(self, path):
        return read(f"{self.root}/leader/leader/tree/{path}")

    def log(self, node, name):
        """The lines of all its files, also of those that were taken away, in their order."""
        folder = f"{self.root}/node-{node}"
        paths = glob.glob(f"{folder}/log/{name}.log*") + glob.glob(f"{folder}/removed/{name}.*")
        # By the time in their first lines.
        texts = sorted(text for text in map(read, paths) if text)
        return [line for text in texts for line in text.splitlines()]

    def daemons(self):
        found = {"leader": [self.leader.process.pid], "keeper": [],
                 "agent": [agent.process.pid for agent in self.agents.values()]}
        for node in NODES:
            if keeper := self.keeper(node):
                found["keeper"].append(keeper)
        return found

    def keeper(self, node):
        text = read(f"{self.root}/node-{node}/keeper.lock").strip()
        # The number may be another process's by now.
        is_keeper = text.isdigit() and read(f"/proc/{text}/cmdline").startswith("dmake-keeper")
        return int(text) if is_keeper else None

    def look(self):
        """What can be checked while faults go on."""
        now = time.monotonic()
        self.stall = max(self.stall, now - self.looked - 0.05)
        found, self.problems = self.problems, []
        for name, daemon in [("the leader", self.leader), *self.agents.items()]:
            process = daemon.process
            if process and process.poll() is not None and daemon.process is process:
                found.append(f"{name} ended by itself with {process.returncode}: {read(daemon.log)[-300:]!r}")
                daemon.start()
        self.threads = [thread for thread in self.threads if thread.is_alive()]
        if now > self.asked + 2 and not any(thread.name == "status" for thread in self.threads):
            self.asked = now
            self.spawn(self.ask, "status")
        for node, name in self.processes():
            self.notice(f"{node}/{name}/state.xml", self.tree(f"{node}/{name}/state.xml"))
        self.looked = time.monotonic()
        return found

    def notice(self, path, text):
        match = re.search(r"<n>(\d+)</n>", text)
        numbers = self.numbers.setdefault(path, [])
        if match and numbers[-1:] != [int(match[1])]:
            numbers.append(int(match[1]))

    def ask(self):
        if status := self.status():
            self.positions.append((status["leader"]["epoch"], status["leader"]["index"]))

    def spawn(self, body, name="fault"):
        def guarded():
            try:
                body()
            except Exception as error:
                self.problems.append(f"the soak test itself failed: {name}: {error!r}")

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        self.threads.append(thread)
        thread.start()

    def journal(self, text):
        """For whoever looks for the cause of a violation."""
        with open(f"{self.root}/faults", "a") as file:
            file.write(f"{time.time():.3f} {text}\n")

    def describe(self):
        position = "/".join(map(str, self.positions[-1])) if self.positions else "unknown"
        return f"generation {self.generation}, log at {position}, {len(self.killed)} processes killed"

    def view(self):
        """What there is, for the checker of the calm."""
        names = [f"{node}/{name}/state.xml" for node, name in self.processes()]
        names += [f"{node}/serve/{file}" for node in NODES for file in ["config.xml", "data.txt"]]
        all_processes = list(processes())
        return checkers.View(
            status=self.status(), owner=self.tree("owner").strip(), generation=str(self.generation),
            nodes=NODES, names=NAMES,
            living={(node, name): self.living(node, name) for node, name in self.processes()},
            files={name: (read(f"{self.root}/node-{name.replace('/', '/node/', 1)}"), self.tree(name))
                   for name in names},
            daemonised={node: [environment for _, command, environment in all_processes
                               if command.startswith("sleep ") and f"{self.root}/node-{node}/" in environment]
                        for node in NODES})

    def summary(self):
        status = self.status() or {"nodes": []}
        return {"policy": status.get("policy"), "epoch": status.get("leader", {}).get("epoch"),
                "owner": self.tree("owner"), "ends": self.tree("ends"), "lost": self.tree("lost"),
                # Nobody asks the one to go on that a leader's absence may stop.
                "processes": [(node["name"], entry["name"], entry["pid"], entry["starts"])
                              for node in status["nodes"] for entry in node["processes"] if entry["name"] != "sole"]}

    def wake(self):
        """Processes may end by themselves."""
        os.unlink(f"{self.root}/calm")

    def calm(self):
        """Faults stop, and so do ends; then the last policy comes."""
        self.write(f"{self.root}/calm", "")
        for thread in self.threads:
            thread.join(120)
            if thread.is_alive():
                self.problems.append(f"the soak test itself failed: a {thread.name} does not end")
        self.apply()

    def stop(self):
        """What is left after everything was told to stop."""
        found, groups = [], set()
        for node, name in self.processes():
            for run in self.living(node, name):
                path = read(f"/proc/{run.pid}/cgroup").strip().rsplit("::", 1)[-1]
                groups.update(glob.glob(f"/sys/fs/cgroup/{path}") + glob.glob(f"/sys/fs/cgroup/unified/{path}"))
        for node, agent in self.agents.items():
            if not agent.end(signal.SIGTERM):
                found.append(f"{node} does not end by SIGTERM")
            found += self.left_by(node)
        found += [f"the control group {group} is left" for group in groups
                  if "dmake-" in group and os.path.exists(group)]
        if not self.leader.end(signal.SIGTERM):
            found.append("the leader does not end by SIGTERM")
        return found

    def left_by(self, node):
        """What is left of a node that was told to stop, after a generous time."""
        end = time.monotonic() + 15
        while left := checkers.leftovers(processes(), f"{self.root}/node-{node}"):
            if time.monotonic() > end:
                return [f"{node} was stopped: {text}" for text in left]
            time.sleep(0.1)
        return []

    def kill_all(self):
        """Also what agents that were killed have left running."""
        for _ in range(100):
            left = [pid for pid, command, environment in processes() if self.root in command + environment]
            for pid in left:
                send(pid, signal.SIGKILL)
            if not left:
                break
            time.sleep(0.1)
        for daemon in [self.leader, *self.agents.values()]:
            if daemon.process:
                daemon.process.wait()
        # Each agent says in its log where the control groups of its processes are.
        folders = {folder for node in NODES for folder in
                   re.findall(r" folder=(/\S+/dmake-[^/\s]+)$", read(f"{self.root}/{node}.log"), re.MULTILINE)}
        for group in [group for folder in folders for group in [*glob.glob(f"{folder}/*/"), folder]]:
            for _ in range(100):
                try:
                    os.rmdir(group)
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.05)  # What was killed is not gone yet.

    def not_kept(self, folder, names):
        def is_plain(path):
            mode = os.lstat(path).st_mode
            return (stat.S_ISREG(mode) and os.path.getsize(path) < 64 << 20) or stat.S_ISDIR(mode)

        return [name for name in names if not is_plain(f"{folder}/{name}")]

    def remove(self):
        for folder in self.disks:
            ctypes.CDLL(None).umount2(folder.encode(), 2)
        shutil.rmtree(self.root, ignore_errors=True)
