"""Records what Jinja2 makes of templates, for test/unit/jinja/ to compare ours with. Run by hand:

    pip install jinja2==3.1.6
    python scripts/record-jinja.py --templates LLAMA_CPP/models/templates

Jinja2 has the settings of transformers' chat templates, and lists that a template may change. Without --templates only the snippets are recorded anew.
"""
import argparse
import datetime
import gzip
import json
import pathlib

import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import SandboxedEnvironment

HERE = pathlib.Path(__file__).resolve().parent.parent / "test" / "unit" / "jinja"
NOW = datetime.datetime(2026, 3, 7, 14, 5, 9)


class Generation(Extension):
    """`{% generation %}`: a block of its own scope, whose text is the output."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_support"), [], [], body).set_lineno(line)

    def _support(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def environment():
    # transformers' sandbox is the immutable one, which refuses what Kimi K2's templates do to lists of their own.
    made = SandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols]
    )
    made.filters["tojson"] = tojson
    made.filters["from_json"] = json.loads  # not of transformers: some templates of llama.cpp need it
    made.globals["raise_exception"] = raise_exception
    made.globals["strftime_now"] = lambda format: NOW.strftime(format)
    return made


def render(env, source, variables):
    """{"output": text}, or {"error": kind, "message": text}."""
    try:
        return {"output": env.from_string(source).render(**variables)}
    except (jinja2.TemplateSyntaxError, SyntaxError) as error:
        return {"error": "TemplateSyntaxError", "message": str(error).splitlines()[0]}
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}


def record_snippets(env):
    given = json.loads((HERE / "snippets.json").read_text("utf-8"))
    rows = [{"source": source, **render(env, source, given["context"])} for source in given["snippets"]]
    lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
    (HERE / "recorded" / "snippets.json").write_text(f"[\n{lines}\n]\n", "utf-8")
    return len(rows)


def record_templates(env, folder):
    given = json.loads((HERE / "conversations.json").read_text("utf-8"))
    templates = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.jinja"))}
    results = {
        name: {title: render(env, source, {**given["common"], **case}) for title, case in given["cases"].items()}
        for name, source in templates.items()
    }
    data = json.dumps({"templates": templates, "results": results}, ensure_ascii=False).encode("utf-8")
    (HERE / "recorded" / "templates.json.gz").write_bytes(gzip.compress(data, 9, mtime=0))
    return len(templates)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--templates", type=pathlib.Path)
    options = parser.parse_args()
    env = environment()
    print(f"{record_snippets(env)} snippets")
    if options.templates is not None:
        print(f"{record_templates(env, options.templates)} templates")


if __name__ == "__main__":
    main()
