"""Rules about the tree: the folders, the build, what belongs together."""
import json
import re

from tree import MAIN_FILE, layer_of, stem_of


def layers(tree):
    """the folders of test/lint/layers are those of src/, lowest first, as in the Makefile"""
    table, seen = tree.layers(), []
    for layer, allowed in table.items():
        for other in sorted(set(allowed) - set(seen)):
            yield 'test/lint/layers: %s may include %s, which is no lower folder' % (layer, other)
        seen.append(layer)
    objects = makefile_objects(tree)
    for name in tree.source_files():
        if name != MAIN_FILE and layer_of(name) not in table:
            yield '%s: its folder is not in test/lint/layers' % name
        if name.endswith('.c') and name[:-2] + '.o' not in objects:
            yield '%s: not built, its object is missing in the Makefile' % name
    order = [seen.index(layer_of(o)) for o in objects if layer_of(o) in seen]
    if order != sorted(order):
        yield 'Makefile: the objects are not in the order of test/lint/layers'


def makefile_objects(tree):
    text = tree.text('Makefile') if tree.has('Makefile') else ''
    return re.findall(r'(?:src/)?(?:\w+/)?\b\w+\.o\b', re.sub(r'#.*', '', text))


def build(tree):
    """the Makefile leaves warnings, optimisation and machine to who builds"""
    for number, line in tree.lines('Makefile'):
        code = line.split('#')[0]
        for word in re.findall(r'-Werror\S*|-O[0-3sg]\b|-march\S*|-mtune\S*|-mcpu\S*'
                               r'|__DATE__|__TIME__|\$\(shell date', code):
            yield 'Makefile:%d: %s does not belong in the build' % (number, word)
    for name in tree.source_files():
        for number, line in tree.lines(name):
            if re.search(r'\b__(DATE|TIME|TIMESTAMP)__\b', line):
                yield '%s:%d: a build date makes builds differ' % (name, number)


def version(tree):
    """the version of the control file is the one that the others tell"""
    match = re.search(r"^default_version *= *'([^']+)'",
                      tree.text('pc_analytics_fdw.control'), re.M)
    if not match:
        yield 'pc_analytics_fdw.control: no default_version'
        return
    written = match.group(1)
    script = 'sql/pc_analytics_fdw--%s.sql' % written
    if not tree.has(script):
        yield '%s: missing, the control file says %s' % (script, written)
    meta = json.loads(tree.text('META.json'))
    semver = '.'.join((written.split('.') + ['0', '0'])[:3])
    provided = meta['provides']['pc_analytics_fdw']
    if [meta['version'], provided['version'], provided['file']] != [semver, semver, script]:
        yield 'META.json: should say version %s and file %s' % (semver, script)
    if not tree.text('debian/changelog').startswith('pc-analytics-fdw (%s-' % written):
        yield 'debian/changelog: the newest version should be %s' % written
    headings = re.findall(r'^## (\S+)', tree.text('CHANGELOG.md'), re.M)
    if not headings or headings[0] != written:
        yield 'CHANGELOG.md: the newest heading should be "## %s"' % written
    yield from scripts(tree, headings)


def scripts(tree, versions):
    """What is wrong with the install scripts of versions, newest first, and those between them."""
    wanted = ['%s--%s' % pair for pair in zip(versions[1:], versions)] + versions
    present = [stem_of(f)[len('pc_analytics_fdw--'):] for f in tree.select('sql/pc_analytics_fdw--*.sql')]
    listed = re.search(r'^SQL_FILES *= *(.*)$', tree.text('Makefile'), re.M)
    for what in sorted(set(wanted) - set(present)):
        yield 'sql/pc_analytics_fdw--%s.sql: missing, CHANGELOG.md has its versions' % what
    for what in sorted(set(present) ^ set(listed.group(1).split() if listed else [])):
        yield 'Makefile: SQL_FILES differs from sql/ in %s' % what


def chapters(tree):
    """each chapter of sql/ is run, and says what it expects"""
    text = tree.text('Makefile').replace('\\\n', ' ')
    match = re.search(r'^REGRESS\s*=(.*)$', text, re.M)
    listed = match.group(1).split() if match else []
    written = [stem_of(f) for f in tree.select('sql/*.sql')
               if not stem_of(f).startswith('pc_analytics_fdw--')]
    for name in sorted(set(written) - set(listed)):
        yield 'sql/%s.sql: not in the Makefile\'s REGRESS' % name
    for name in listed:
        if name not in written:
            yield 'sql/%s.sql: missing, the Makefile\'s REGRESS has it' % name
        if not tree.has('expected/%s.out' % name):
            yield 'expected/%s.out: missing' % name
    for name in sorted(stem_of(f) for f in tree.select('expected/*.out')):
        if re.sub(r'_\d+$', '', name) not in listed and name not in listed:
            yield 'expected/%s.out: no such chapter' % name


def top_level(tree):
    """the top level is as drawn in CONTRIBUTING.md, nothing beside it"""
    drawn = {'Makefile', MAIN_FILE, 'pc_analytics_fdw.control', 'README.md', 'src', 'sql',
             'expected', 'test', 'doc', 'examples', 'CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE',
             'META.json', 'debian', 'packaging', '.editorconfig', '.gitignore', '.github', '.ci'}
    for name in sorted({f.split('/')[0] for f in tree.files} - drawn):
        yield '%s: not drawn in the top level' % name


RULES = [layers, build, version, chapters, top_level]
