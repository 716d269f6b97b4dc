#!/usr/bin/env python3
"""Finds pairs of folders of a target that depend on each other's types.

  scripts/folder-arrows.py                  fails if the pairs differ from those in ALLOWED
  scripts/folder-arrows.py --list [TARGET]  prints each folder's dependencies, and the types and files behind each pair

Reads Swift as text: a word counts as the type of that name which the target defines at the top level of a file. Nested
types are reached through those. A name that is defined in two folders, or is private to its file, is ignored.
"""
import collections
import os
import re
import subprocess
import sys

# Target, two folders ("." is the target's own), and why they depend on each other.
# EngineParts has the shared parts of the steps of a run; Engine creates and starts them.
ALLOWED = {
    ("ClawEngine", ".", "Cron"): "composition root: Engine starts the scheduler, which accepts through Engine",
    ("ClawEngine", ".", "Lanes"): "composition root: Engine starts the dispatcher, which takes EngineParts",
    ("ClawEngine", ".", "Nodes"): "composition root: Engine starts the watch over other nodes, which takes EngineParts",
    ("ClawEngine", ".", "Runs"): "composition root: EngineParts holds the registry of runs, whose writers take it",
    ("ClawEngine", ".", "Turn"): "composition root: Engine starts each run, whose steps take EngineParts",
}

DEFINITION = re.compile(
    r"^(?:@\w+(?:\([^)]*\))? )*(?:(?:public|package|internal|final|indirect) )*"
    r"(?:struct|class|enum|actor|protocol|typealias) (\w+)", re.M)
TEXT = re.compile(r'"""(?:.|\n)*?"""|"(?:\\.|[^"\\\n])*"')
COMMENT = re.compile(r"//.*")


def arrows_of(target):
    """For each pair of folders, the types of the second used by the first, each with the files that use it."""
    base = f"Sources/{target}"
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", base]
    files = [
        file for file in subprocess.run(listing, capture_output=True, text=True, check=True).stdout.split("\n")
        if file.endswith(".swift") and os.path.exists(file)]
    code = {}
    for file in files:
        with open(file, encoding="utf-8") as source:
            code[file] = COMMENT.sub("", TEXT.sub('""', source.read()))
    folder = {file: os.path.relpath(os.path.dirname(file), base) for file in files}
    homes = collections.defaultdict(set)
    for file in files:
        for name in DEFINITION.findall(code[file]):
            homes[name].add(folder[file])
    home = {name: next(iter(found)) for name, found in homes.items() if len(found) == 1}
    arrows = collections.defaultdict(lambda: collections.defaultdict(set))
    for file in files:
        for word in set(re.findall(r"\b[A-Z]\w*", code[file])):
            if home.get(word, folder[file]) != folder[file]:
                arrows[folder[file], home[word]][word].add(os.path.basename(file))
    return arrows


def pairs(arrows):
    return sorted((a, b) for a, b in arrows if a < b and (b, a) in arrows)


def show(target, arrows):
    print(target)
    for folder in sorted({a for a, _ in arrows}):
        print(f"  {folder:14} -> " + ", ".join(f"{b} {len(arrows[a, b])}" for a, b in sorted(arrows) if a == folder))
    for a, b in pairs(arrows):
        print(f"  {a} and {b} name each other:")
        for one, other in ((a, b), (b, a)):
            for name, files in sorted(arrows[one, other].items()):
                print(f"    {one} -> {other}: {name} ({', '.join(sorted(files))})")


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    targets = sorted(name for name in os.listdir("Sources") if os.path.isdir(f"Sources/{name}"))
    if sys.argv[1:2] == ["--list"]:
        for target in sys.argv[2:] or targets:
            show(target, arrows_of(target))
        return 0
    found = {(target, a, b) for target in targets for a, b in pairs(arrows_of(target))}
    for target, a, b in sorted(found - ALLOWED.keys()):
        print(f"{target}: the folders {a} and {b} name each other's types; scripts/folder-arrows.py --list {target}")
    for target, a, b in sorted(ALLOWED.keys() - found):
        print(f"{target}: {a} and {b} no longer name each other's types; take them out of scripts/folder-arrows.py")
    return 1 if found != ALLOWED.keys() else 0


if __name__ == "__main__":
    sys.exit(main())
