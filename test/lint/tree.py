"""The tree that the rules read: its files, its tables, its C taken apart."""
import concurrent.futures
import fnmatch
import functools
import os
import re

NOT_SOURCE = ('*.o', '*.bc', '*.d', '*.so', '*.pyc', 'regression.diffs',
              'regression.out', 'compile_commands.json', '*~', '.*.sw?')
NOT_SOURCE_DIRS = ('.git', '.cache', '__pycache__', 'results', 'tmp_check', 'output_iso',
                   'node_modules')

MAIN_FILE = 'pc_analytics_fdw.c'


class Tree:
    """The files below root, or of them those that are named."""

    def __init__(self, root, names=None):
        self.root = os.path.abspath(root)
        self.files = sorted(name for name in self._walk() if names is None or name in names)
        self._texts = {}
        self._notes = []

    def _walk(self):
        for folder, dirs, names in os.walk(self.root):
            dirs[:] = [d for d in dirs if d not in NOT_SOURCE_DIRS]
            for name in names:
                if not any(fnmatch.fnmatch(name, p) for p in NOT_SOURCE):
                    yield os.path.relpath(os.path.join(folder, name), self.root)

    def note(self, text):
        """Say what a rule could not look at."""
        self._notes.append(text)

    def take_notes(self):
        notes, self._notes = self._notes, []
        return notes

    def has(self, name):
        return name in self.files

    def raw(self, name):
        with open(os.path.join(self.root, name), 'rb') as stream:
            return stream.read()

    def text(self, name):
        if name not in self._texts:
            self._texts[name] = self.raw(name).decode('utf-8', 'replace')
        return self._texts[name]

    def lines(self, name):
        """Pairs of line number and line."""
        return list(enumerate(self.text(name).split('\n'), 1))

    def select(self, *patterns):
        return [f for f in self.files if any(fnmatch.fnmatch(f, p) for p in patterns)]

    def source_files(self):
        """The C of the extension itself."""
        return [f for f in self.files
                if f == MAIN_FILE or re.fullmatch(r'src/(\w+/)?\w+\.[ch]', f)]

    def c_files(self):
        return [f for f in self.files if f.endswith(('.c', '.h'))]

    def scripts(self, language):
        """Files of a script language, by their name's end or first line."""
        ends = {'shell': ('.sh',), 'perl': ('.pl', '.pm'), 'python': ('.py',)}[language]
        shebang = {'shell': r'#!.*\b(ba|da)?sh\b', 'perl': r'#!.*\bperl\b',
                   'python': r'#!.*\bpython3?\b'}[language]
        return [f for f in self.files
                if f.endswith(ends)
                or ('.' not in os.path.basename(f) and re.match(shebang, self.text(f)))]

    def table(self, name):
        """The lines of a table file without comments: (number, line)."""
        if not self.has(name):
            return []
        return [(n, line) for n, line in self.lines(name)
                if line.strip() and not line.lstrip().startswith('#')]

    def layers(self):
        """The table test/lint/layers: folder -> folders it may include, lowest first."""
        return {line.split(':')[0].strip(): line.split(':')[1].split()
                for _, line in self.table('test/lint/layers') if not line.startswith('only ')}

    def exclusive_includes(self):
        """Its lines "only A -> B: FILES": (A, B) -> files of A that may include B."""
        matches = (re.match(r'only (\w+) -> (\w+): (.*)', line)
                   for _, line in self.table('test/lint/layers'))
        return {(m.group(1), m.group(2)): m.group(3).split() for m in matches if m}


def at_once(function, names):
    """Pairs of a name and function(name), which runs a program and waits for it."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from zip(names, pool.map(function, names))


def layer_of(name):
    """The folder of a file of src/; a file of src/ itself is its own."""
    parts = name.split('/')
    return parts[1] if len(parts) == 3 else stem_of(name)


def stem_of(name):
    return os.path.splitext(os.path.basename(name))[0]


def blank(match):
    """Keep the line breaks of what is taken out, so line numbers stay."""
    return re.sub(r'[^\n]', ' ', match.group(0))


@functools.lru_cache(None)
def without_comments(text):
    """C code with its comments blanked out, strings kept."""
    token = r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/|//[^\n]*'
    return re.sub(token, lambda m: blank(m) if m.group(0)[0] == '/' else m.group(0),
                  text, flags=re.S)


def functions(text):
    """Yield (name, is_static, first_line, body) of each function definition.

    Reads PostgreSQL's layout: the name starts a line, the braces of the body
    stand alone in the first column.
    """
    lines = without_comments(text).split('\n')
    start = None
    for i, line in enumerate(lines):
        if line.rstrip() == '{' and start is None:
            head = signature(lines, i)
            start = (i, head) if head else None
        elif line.rstrip() == '}' and start is not None:
            first, (name, is_static) = start
            yield name, is_static, first + 1, '\n'.join(lines[first + 1:i])
            start = None


def signature(lines, brace):
    """(name, is_static) of the function whose body opens there, or None."""
    head = []
    for line in reversed(lines[:brace]):
        if not line.strip() or line.rstrip().endswith((';', '}')) or line.startswith('#'):
            break
        head.insert(0, line)
    text = '\n'.join(head)
    match = re.match(r'[^(=]*?(\w+)\s*\(', text)
    if not match:
        return None
    return match.group(1), bool(re.search(r'\bstatic\b', text))
