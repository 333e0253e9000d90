"""Executes a notebook with parameters; writes it as it ran, as HTML, and the values that it gave."""
import json
import math
import os
import re
import sys
import traceback
import warnings

ATTEMPT = os.environ["MLP_ATTEMPT_DIR"]
SCRAP = "application/scrapbook.scrap.json+json"
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def stop(words):
    print(words, file=sys.stderr, flush=True)
    sys.exit(1)


try:
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from nbconvert import HTMLExporter
except ImportError as missing:
    stop(f"WORK-030 {sys.executable} cannot execute notebooks ({missing}): install Debian's jupyter-nbconvert and python3-ipykernel, or name another interpreter in the input 'python'")


def seconds(duration):
    """Of an ISO 8601 duration such as PT1H30M; None where there is none."""
    if duration is None:
        return None
    found = re.fullmatch(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", duration)
    if found is None:
        stop(f"WORK-031 the cellTimeout '{duration}' is no duration such as PT10M")
    weeks, days, hours, minutes, rest = (float(part or 0) for part in found.groups())
    return max(1, math.ceil((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + rest))


def first_line(source):
    return next((line.strip() for line in source.splitlines() if line.strip() and not line.strip().startswith("#")), "(empty)")[:200]


def inject(notebook, parameters):
    """Like papermill: a cell of assignments after the one tagged 'parameters', or first."""
    if not parameters:
        return
    for name in parameters:
        if not name.isidentifier():
            stop(f"WORK-031 the parameter '{name}' is no name of a variable")
    cell = nbformat.v4.new_code_cell("# Given by the run\n" + "\n".join(f"{name} = {value!r}" for name, value in parameters.items()))
    cell.metadata["tags"] = ["injected-parameters"]
    if notebook.nbformat_minor < 5:  # cells have ids from 4.5 on
        cell.pop("id", None)
    notebook.cells = [c for c in notebook.cells if "injected-parameters" not in c.metadata.get("tags", [])]
    at = next((i + 1 for i, c in enumerate(notebook.cells) if "parameters" in c.metadata.get("tags", [])), 0)
    notebook.cells.insert(at, cell)


def values_of(notebook):
    """What cells displayed as scraps, the last of each name."""
    values = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            scrap = output.get("data", {}).get(SCRAP)
            if isinstance(scrap, dict) and isinstance(scrap.get("name"), str):
                values[scrap["name"]] = scrap.get("data")
    return values


def keep(notebook, name):
    path = os.path.join(ATTEMPT, name)
    nbformat.write(notebook, path)
    return path


with open(os.path.join(ATTEMPT, "inputs.json")) as file:
    inputs = json.load(file)
path = inputs["notebook"]
try:
    notebook = nbformat.read(path, as_version=4)
except FileNotFoundError:
    stop(f"WORK-032 there is no notebook '{path}'")
except Exception as problem:
    stop(f"WORK-032 '{path}' is no notebook: {problem}")
inject(notebook, inputs.get("parameters") or {})
code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]


class Reporting(NotebookClient):
    """Tells how far it is."""

    running = 0

    async def async_execute_cell(self, cell, cell_index, *args, **more):
        self.running = cell_index
        if cell.cell_type == "code":
            with open(os.path.join(ATTEMPT, "progress.json.tmp"), "w") as file:
                json.dump({"fraction": code.index(cell_index) / max(1, len(code)), "message": f"cell {cell_index + 1}: {first_line(cell.source)}"}, file)
            os.replace(file.name, os.path.join(ATTEMPT, "progress.json"))
            print(f"cell {cell_index + 1}: {first_line(cell.source)}", flush=True)
        return await super().async_execute_cell(cell, cell_index, *args, **more)


client = Reporting(notebook, timeout=seconds(inputs.get("cellTimeout")), kernel_name=inputs.get("kernel") or "python3", resources={"metadata": {"path": os.path.dirname(path) or "."}})
try:
    client.execute()
except CellExecutionError as failed:
    number = next((i for i, cell in enumerate(notebook.cells) if any(o.output_type == "error" for o in cell.get("outputs", []))), None)
    error = next(o for o in notebook.cells[number].outputs if o.output_type == "error")
    print(ESCAPES.sub("", "\n".join(error.traceback)), file=sys.stderr)
    print(f"The notebook as far as it came: {keep(notebook, 'executed.ipynb')}", file=sys.stderr)
    stop(f"WORK-033 cell {number + 1} failed at '{first_line(notebook.cells[number].source)}': {error.ename}: {ESCAPES.sub('', error.evalue)[:500]}")
except CellTimeoutError:
    keep(notebook, "executed.ipynb")
    stop(f"WORK-034 cell {client.running + 1} took longer than {seconds(inputs['cellTimeout'])} s at '{first_line(notebook.cells[client.running].source)}'")
except DeadKernelError:
    keep(notebook, "executed.ipynb")
    stop("WORK-035 the kernel died: most often it used more memory than the activity asks for")
except Exception:
    traceback.print_exc()
    stop(f"WORK-036 the kernel '{inputs.get('kernel') or 'python3'}' could not be started, see above")

keep(notebook, "executed.ipynb")
# Outputs may hold whatever the data held: scripts and event handlers are taken out of what people look at.
# Formulas and interactive widgets would need scripts, which artifacts are not shown with.
warnings.filterwarnings("ignore", message="Your element with mimetype")
html, _ = HTMLExporter(sanitize_html=True, mathjax_url="", require_js_url="").from_notebook_node(notebook)
html = re.sub(r"<script\b[^>]*>.*?</script>", "", html, flags=re.DOTALL | re.IGNORECASE)
with open(os.path.join(ATTEMPT, "notebook.html"), "w", encoding="utf-8") as file:
    file.write(html)
with open(os.path.join(ATTEMPT, "outputs.json.tmp"), "w") as file:
    json.dump({"notebook": {"$file": "executed.ipynb", "kind": "notebook"}, "html": {"$file": "notebook.html", "kind": "html"}, "cells": len(code), "values": values_of(notebook)}, file)
os.replace(file.name, os.path.join(ATTEMPT, "outputs.json"))
