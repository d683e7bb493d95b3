"""Random templates through Jinja2 and through src/jinja, compared. Run by hand:

    python scripts/fuzz-jinja.py [--seed N] [--count N]

Prints the seed, and each template that the two render differently. Needs jinja2==3.1.6 and node.
"""
import argparse
import copy
import importlib.util
import json
import pathlib
import random
import re
import resource
import signal
import subprocess
import warnings

HERE = pathlib.Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location("record_jinja", HERE / "record-jinja.py")
record = importlib.util.module_from_spec(spec)
spec.loader.exec_module(record)

CONTEXT = {
    "s": "Hello  World\n second line ",
    "e": "a👍é🏽z",
    "n": 7,
    "z": 0,
    "f": 2.5,
    "neg": -3,
    "t": True,
    "none_": None,
    "l": [3, 1, 2],
    "w": ["b", "A", "c", "a"],
    "d": {"b": 1, "a": {"x": [1, None, True]}, "items": 5},
    "rows": [{"k": "x", "v": 1}, {"k": "Y", "v": 2}, {"k": "x", "v": 1.5}, {"v": 3}],
    "messages": [{"role": "user", "content": " hi "}, {"role": "assistant", "content": None}],
    "empty": [],
    "quote": "it's \"q\" \\ \t\x01",
}

ATOMS = [
    "s", "e", "n", "z", "f", "neg", "t", "none_", "l", "w", "d", "rows", "messages", "empty", "quote", "nope", "1", "0", "-2",
    "2.0", "1e20", "0.1", "2 ** 5", "2 ** -1", "'a'", "''", "'a b a'", "'x\\ny'", "true", "false", "none", "[]", "[1, 'a', none]", "(1, 2)", "(1,)",
    "{}", "{'k': 1, 2: 'v'}", "range(4)", "messages[0].role", "d.a.x", "d['b']", "rows[0]", "123456789012", "'ABC'", "'%s'", "'{}'",
]
FILTERS = [
    "abs", "attr('k')", "batch(2) | list", "batch(3, 'f') | list", "capitalize", "center(9)", "count", "default('D')", "default('D', true)",
    "dictsort", "dictsort(by='value')", "escape", "first", "float", "forceescape", "format('q')", "groupby('k')", "groupby('v') | list", "indent",
    "indent(2, true, true)", "int", "int(9, 16)", "items | list", "join", "join('-')", "join(',', attribute='k')", "last", "length", "list", "lower",
    "map('upper') | list", "map(attribute='k') | list", "map(attribute='v', default=0) | list", "map('default', 'q') | list", "max", "min", "max(attribute='v')",
    "reject('odd') | list", "reject | list", "rejectattr('k') | list", "replace('a', 'ZZ')", "replace('a', 'b', 1)", "reverse | list", "round",
    "round(1)", "round(1, 'floor')", "safe", "select('string') | list", "select | list", "selectattr('k', 'eq', 'x') | list", "slice(2) | list", "sort", "sort(reverse=true)",
    "sort(attribute='v')", "sort(case_sensitive=true)", "string", "striptags", "sum", "sum(attribute='v')", "title", "tojson", "tojson(indent=1)", "trim", "trim('a ')",
    "truncate(6)", "truncate(5, true, '..', 0)", "unique | list", "unique(attribute='k') | list", "upper", "urlencode", "wordcount", "wordwrap(5)", "xmlattr",
    "filesizeformat", "select('defined') | map('string') | join('|')",
]
METHODS = [
    "upper()", "lower()", "title()", "strip()", "strip('a')", "lstrip()", "rstrip('\\n ')", "split()", "split('a')", "split(' ', 1)", "rsplit(none, 1)", "splitlines()",
    "startswith('a')", "endswith(('d', ' '))", "find('l')", "rfind('l', 1, 9)", "index('a')", "count('l')", "replace('l', 'L')", "join(['x', 'y'])", "partition(' ')",
    "zfill(8)", "center(12, '*')", "ljust(6)", "rjust(6, '.')", "isdigit()", "isalpha()", "isupper()", "islower()", "isspace()", "capitalize()", "swapcase()",
    "format(1, a=2)", "items() | list", "keys() | list", "values() | list", "get('b')", "get('q', 'df')", "k", "role", "x", "expandtabs()", "removeprefix('a')",
    "istitle()", "isalnum()", "isnumeric()", "append(1)", "copy()", "real", "bit_length()",
]
TESTS = [
    "defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "mapping", "sequence", "iterable", "odd", "even", "divisibleby(2)",
    "eq(1)", "ne('a')", "lt(3)", "ge(1)", "in([1, 'a'])", "lower", "upper", "callable", "true", "false", "sameas(none)", "escaped", "divisibleby 3", "in l",
]
FILTER_BLOCKS = ['upper', 'trim', 'indent(1)', 'replace(" ", "_")']
BINARY = ["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", ">", "<=", ">=", "in", "not in", "and", "or"]
SUBSCRIPTS = ["[0]", "[-1]", "[1:]", "[:2]", "[::-1]", "['k']", "['a']", "[5]", "[-2:]", "[::2]", "[n]", "[1:-1]"]


class Maker:
    def __init__(self, rng):
        self.rng = rng

    def expression(self, depth=0):
        pick = self.rng.choice
        if depth > 2 or self.rng.random() < 0.25:
            return pick(ATOMS)
        inner = lambda: self.expression(depth + 1)
        kind = self.rng.randrange(11)
        if kind <= 2:
            return f"({inner()}) | {pick(FILTERS)}"
        if kind <= 4:
            return f"({inner()}).{pick(METHODS)}"
        if kind == 5:
            return f"({inner()}) is {pick(['', 'not '])}{pick(TESTS)}"
        if kind <= 7:
            return f"({inner()}) {pick(BINARY)} ({inner()})"
        if kind == 8:
            return f"({inner()}){pick(SUBSCRIPTS)}"
        if kind == 9:
            return f"({inner()} if {inner()} else {inner()})"
        return f"{pick(['not ', '-', '+'])}({inner()})"

    def statement(self, depth=0):
        pick = self.rng.choice
        if depth > 2 or self.rng.random() < 0.45:
            return pick(["{{ %s }}", "{{- %s -}}", "{{ %s }}\n", "  {{ %s }} |"]) % self.expression()
        body = lambda: "".join(self.statement(depth + 1) for _ in range(self.rng.randint(1, 2)))
        tag = lambda text: pick(["{%% %s %%}", "{%%- %s %%}", "{%% %s -%%}", "  {%% %s %%}\n", "\n{%%- %s -%%}\n"]) % text
        kind = self.rng.randrange(9)
        if kind <= 1:
            middle = pick(["", tag("else") + body(), tag(f"elif {self.expression(1)}") + body()])
            return tag(f"if {self.expression(1)}") + body() + middle + tag("endif")
        if kind <= 3:
            head = pick(["i in l", "i in w", "i in rows", "i in d", "i in e", f"i in ({self.expression(1)})", "i in l if i > 1", "k, v in d.items()", "i in range(3)"])
            use = pick(["{{ i }}", "{{ loop.index }}", "{{ loop.last }}", "{{ loop.previtem }}", "{{ loop.revindex }}{{ loop.cycle('p', 'q') }}", "{{ loop.changed(i) }}", ""])
            leave = pick(["", "", "", tag(f"if {self.expression(1)}") + tag(pick(["break", "continue"])) + tag("endif")])
            return tag(f"for {head}") + use + leave + body() + pick(["", tag("else") + "none"]) + tag("endfor")
        if kind == 4:
            return tag(f"set v = {self.expression(1)}") + "{{ v }}"
        if kind == 5:
            return tag("set ns = namespace(c=0)") + tag("for i in l") + tag("set ns.c = ns.c + i") + body() + tag("endfor") + "{{ ns.c }}"
        if kind == 6:
            return tag(f"macro m(a, b={pick(ATOMS)})") + "[{{ a }}{{ b }}]" + body() + tag("endmacro") + "{{ m(%s) }}" % self.expression(1)
        if kind == 7:
            return tag(f"filter {pick(FILTER_BLOCKS)}") + body() + tag("endfilter")
        return tag("set q") + body() + tag("endset") + "{{ q | length }}" + tag(f"with a = {self.expression(1)}") + "{{ a }}" + tag("endwith")


RUNNER = """
import { readFileSync } from 'node:fs'
import { TemplateError, TemplateLimitError, UnsupportedError } from './src/jinja/errors.ts'
import { Template } from './src/jinja/template.ts'
const { context, sources } = JSON.parse(readFileSync(0, 'utf8'))
const now = () => new Date(2026, 2, 7, 14, 5, 9)
console.log(JSON.stringify(sources.map((source) => {
  try {
    return { output: new Template(source).render(context, { now }) }
  } catch (error) {
    if (error instanceof UnsupportedError || error instanceof TemplateLimitError) return { unsupported: error.message }
    return { error: error instanceof TemplateError ? error.kind : error.name, message: error.message }
  }
})))
"""


def bounded(env, source):
    """What Jinja2 makes of a template within five seconds."""
    signal.alarm(5)
    try:
        return record.render(env, source, copy.deepcopy(CONTEXT))  # `indent` changes a list
    finally:
        signal.alarm(0)


def unbounded():
    resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def late(*_):
    raise TimeoutError


def without_addresses(result):
    return re.sub(r" (of \w+ object )?at 0x[0-9a-f]+", "", result)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=random.randrange(2**31))
    parser.add_argument("--count", type=int, default=3000)
    options = parser.parse_args()
    print(f"seed {options.seed}")
    warnings.simplefilter("ignore", SyntaxWarning)
    signal.signal(signal.SIGALRM, late)
    resource.setrlimit(resource.RLIMIT_DATA, (2**31, resource.RLIM_INFINITY))  # a text may be repeated very often
    maker = Maker(random.Random(options.seed))
    sources = ["".join(maker.statement() for _ in range(maker.rng.randint(1, 3))) for _ in range(options.count)]
    env = record.environment()
    theirs = [bounded(env, source) for source in sources]
    given = json.dumps({"context": CONTEXT, "sources": sources})
    command = ["node", "--import", "tsx", "--input-type=module", "--eval", RUNNER]
    ran = subprocess.run(command, input=given, capture_output=True, text=True, cwd=HERE.parent, check=True, preexec_fn=unbounded)
    different = 0
    for source, wanted, got in zip(sources, theirs, json.loads(ran.stdout)):
        if "unsupported" in got or wanted.get("error") in ("TimeoutError", "MemoryError"):
            continue
        if "output" in wanted:
            same = without_addresses(wanted["output"]) == without_addresses(got.get("output", ""))  and "output" in got
        else:
            same = wanted["error"] == got.get("error")
        if same:
            continue
        different += 1
        print(f"{source!r}\n  Jinja2 {wanted}\n  ours   {got}")
    print(f"{different} of {len(sources)} differ")
    raise SystemExit(different > 0)


if __name__ == "__main__":
    main()
