"""Makes the environment of a workspace ready and becomes its notebook server."""
import hashlib
import json
import os
import subprocess
import sys

SESSION = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(SESSION)
VENV = os.path.join(ROOT, "venv")
REQUIREMENTS = os.path.join(SESSION, "requirements.txt")
INSTALLED = os.path.join(VENV, "requirements.sha256")


def stop(words):
    print(words, file=sys.stderr, flush=True)
    sys.exit(1)


def run(what, *command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        print(done.stdout, file=sys.stderr)
        stop(f"WORK-004 {what} failed, see above")


def environment():
    """The interpreter of the kernels: the workspace's own where it asks for packages, kept with everything in it."""
    if not os.path.exists(REQUIREMENTS) and not os.path.exists(VENV):
        return sys.executable
    python = os.path.join(VENV, "bin", "python")
    if not os.path.exists(python):
        run("making the environment", sys.executable, "-m", "venv", "--system-site-packages", "--without-pip", VENV)
    if os.path.exists(REQUIREMENTS):
        with open(REQUIREMENTS, "rb") as file:
            wanted = hashlib.sha256(file.read()).hexdigest()
        if not os.path.exists(INSTALLED) or open(INSTALLED).read() != wanted:
            run("installing the requirements", sys.executable, "-m", "pip", "--python", python, "install", "--disable-pip-version-check", "-r", REQUIREMENTS)
            with open(INSTALLED, "w") as file:
                file.write(wanted)
    return python


def kernel(python):
    """A kernel of that interpreter under Jupyter's usual name."""
    folder = os.path.join(ROOT, "jupyter", "data", "kernels", "python3")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "kernel.json"), "w") as file:
        json.dump({"argv": [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"], "display_name": "Python 3", "language": "python"}, file)


def record(python):
    """What there is to import, so that a person can see later what a session ran with."""
    code = "import importlib.metadata as m,json,sys;print(json.dumps({'python':sys.version.split()[0],'packages':sorted({d.metadata['Name']+'=='+d.version for d in m.distributions() if d.metadata['Name']})}))"
    told = subprocess.run([python, "-c", code], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True).stdout
    with open(os.path.join(ROOT, "environment.json"), "w") as file:
        file.write(told)


try:
    import notebook
except ImportError:
    stop(f"WORK-003 {sys.executable} has no Jupyter notebook: install Debian's jupyter-notebook and python3-ipykernel, or set Workspaces:Python to an interpreter that has both")
if notebook.version_info[0] != 6:
    stop(f"WORK-003 Jupyter notebook {notebook.__version__} is not supported: workspaces need version 6")

python = environment()
kernel(python)
record(python)
os.environ.update(
    JUPYTER_CONFIG_DIR=os.path.join(ROOT, "jupyter", "config"),
    JUPYTER_DATA_DIR=os.path.join(ROOT, "jupyter", "data"),
    JUPYTER_RUNTIME_DIR=os.path.join(SESSION, "run"),
    IPYTHONDIR=os.path.join(ROOT, "jupyter", "ipython"),
)
os.execv(sys.executable, [sys.executable, "-m", "notebook", "--config", os.path.join(SESSION, "config.py")])
