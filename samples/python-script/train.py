#!/usr/bin/env python3
"""Naive Bayes over categorical columns, in nothing but the standard library: an example of the attempt protocol.

The platform starts this with MLP_ATTEMPT_DIR set. In that folder the script reads inputs.json, and writes
metrics.jsonl and progress.json while it works, and outputs.json when it is done.
"""
import csv
import json
import math
import os
import random
import time
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path

ATTEMPT = Path(os.environ["MLP_ATTEMPT_DIR"])


def report(name, value, step=0):
    """One point of a metric: a line of metrics.jsonl."""
    at = datetime.now(timezone.utc).isoformat()
    with open(ATTEMPT / "metrics.jsonl", "a", encoding="utf-8") as lines:
        lines.write(json.dumps({"name": name, "value": value, "step": step, "at": at}) + "\n")


def progress(fraction, message):
    """How far we are. Written beside and renamed, so that nobody reads half of it."""
    temporary = ATTEMPT / "progress.json.tmp"
    temporary.write_text(json.dumps({"fraction": fraction, "message": message}), encoding="utf-8")
    temporary.replace(ATTEMPT / "progress.json")


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def made_up(rows, seed):
    """Visits whose outcome depends on page and device."""
    draw = random.Random(seed)
    for _ in range(rows):
        page, device = draw.choice(["home", "list", "detail"]), draw.choice(["phone", "desktop"])
        chance = {"home": 0.1, "list": 0.3, "detail": 0.7}[page] - (0.1 if device == "phone" else 0)
        yield {"page": page, "device": device, "clicked": "1" if draw.random() < chance else "0"}


def fit(rows, label, smoothing):
    columns = [c for c in rows[0] if c != label]
    classes = Counter(row[label] for row in rows)
    counts = {c: {k: Counter() for k in classes} for c in columns}
    for row in rows:
        for column in columns:
            counts[column][row[label]][row[column]] += 1
    return {"label": label, "columns": columns, "classes": classes, "counts": counts, "smoothing": smoothing}


def positive_chance(model, row):
    logs = {}
    for name, count in model["classes"].items():
        logs[name] = math.log(count)
        for column in model["columns"]:
            seen = model["counts"][column][name]
            logs[name] += math.log((seen[row[column]] + model["smoothing"]) / (count + model["smoothing"] * (len(seen) + 1)))
    top = max(logs.values())
    weights = {name: math.exp(value - top) for name, value in logs.items()}
    return weights.get("1", 0.0) / sum(weights.values())


def main():
    inputs = json.loads((ATTEMPT / "inputs.json").read_text(encoding="utf-8"))
    parameters = inputs.get("parameters", {})
    data = parameters.get("data")
    rows = read(data) if data else list(made_up(parameters.get("rows", 2000), parameters.get("seed", 1)))
    random.Random(parameters.get("seed", 1)).shuffle(rows)
    test, train = rows[: len(rows) // 5], rows[len(rows) // 5:]
    print(f"{len(train)} rows to learn from, {len(test)} to test with", flush=True)

    best = None
    smoothings = parameters.get("smoothings", [0.01, 0.1, 1.0])
    for step, smoothing in enumerate(smoothings, 1):
        model = fit(train, parameters.get("label", "clicked"), smoothing)
        loss = 0.0
        for row in test:
            chance = positive_chance(model, row)
            loss -= math.log(max(1e-9, chance if row[model["label"]] == "1" else 1 - chance))
        loss /= len(test)
        report("logLoss", loss, step)
        progress(step / len(smoothings), f"smoothing {smoothing}: log loss {loss:.4f}")
        if best is None or loss < best[0]:
            best = (loss, model)
        time.sleep(parameters.get("pause", 0))

    loss, model = best
    accuracy = sum((positive_chance(model, row) >= 0.5) == (row[model["label"]] == "1") for row in test) / len(test)
    folder = ATTEMPT / "scratch" / "model"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.json").write_text(json.dumps(model, indent=1, sort_keys=True), encoding="utf-8")

    # {"$file": …} makes the platform keep the folder as an artifact; the output is then a reference to it.
    outputs = {"rows": len(rows), "logLoss": loss, "accuracy": accuracy, "model": {"$file": "scratch/model", "kind": "folder"}}
    (ATTEMPT / "outputs.json").write_text(json.dumps(outputs), encoding="utf-8")


if __name__ == "__main__":
    main()
