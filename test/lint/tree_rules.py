"""Rules about the tree: the table of rooms, the build, what belongs together."""
import json
import re

from house import FRONT_DOOR, room_of


def rooms(house):
    """the table of rooms is whole, lowest room first, as in the Makefile"""
    table = house.rooms()
    seen = []
    for room, allowed in table.items():
        for other in allowed:
            if other not in seen:
                yield 'test/lint/rooms: %s may include %s, which is no lower room' % (room, other)
        seen.append(room)
    for name in house.room_files():
        if room_of(name) not in table:
            yield '%s: no such room in test/lint/rooms' % name
    objects = makefile_objects(house)
    for name in house.room_files():
        if name.endswith('.c') and name[:-2] + '.o' not in objects:
            yield '%s: not built, its object is missing in the Makefile' % name
    order = [room_of(o) for o in objects]
    if order != [r for r in table if r in order]:
        yield 'Makefile: the objects are not in the order of test/lint/rooms'


def makefile_objects(house):
    text = house.text('Makefile') if house.has('Makefile') else ''
    return re.findall(r'(?:src/)?\b\w+\.o\b', re.sub(r'#.*', '', text))


def build(house):
    """the Makefile leaves warnings, optimisation and machine to who builds"""
    for number, line in house.lines('Makefile'):
        code = line.split('#')[0]
        for word in re.findall(r'-Werror\S*|-O[0-3sg]\b|-march\S*|-mtune\S*|-mcpu\S*'
                               r'|__DATE__|__TIME__|\$\(shell date', code):
            yield 'Makefile:%d: %s does not belong in the build' % (number, word)
    for name in house.room_files():
        for number, line in house.lines(name):
            if re.search(r'\b__(DATE|TIME|TIMESTAMP)__\b', line):
                yield '%s:%d: a build date makes builds differ' % (name, number)


def version(house):
    """the version of the control file is the one that the others tell"""
    match = re.search(r"^default_version *= *'([^']+)'",
                      house.text('pc_analytics_fdw.control'), re.M)
    if not match:
        yield 'pc_analytics_fdw.control: no default_version'
        return
    written = match.group(1)
    script = 'sql/pc_analytics_fdw--%s.sql' % written
    if not house.has(script):
        yield '%s: missing, the control file says %s' % (script, written)
    meta = json.loads(house.text('META.json'))
    semver = '.'.join((written.split('.') + ['0', '0'])[:3])
    provided = meta['provides']['pc_analytics_fdw']
    if [meta['version'], provided['version'], provided['file']] != [semver, semver, script]:
        yield 'META.json: should say version %s and file %s' % (semver, script)
    heading = re.search(r'^## (\S+)', house.text('CHANGELOG.md'), re.M)
    if not heading or heading.group(1) != written:
        yield 'CHANGELOG.md: the newest heading should be "## %s"' % written


def chapters(house):
    """each chapter of sql/ is run, and says what it expects"""
    text = house.text('Makefile').replace('\\\n', ' ')
    match = re.search(r'^REGRESS\s*=(.*)$', text, re.M)
    listed = match.group(1).split() if match else []
    written = [room_of(f) for f in house.select('sql/*.sql')
               if not room_of(f).startswith('pc_analytics_fdw--')]
    for name in sorted(set(written) - set(listed)):
        yield 'sql/%s.sql: not in the Makefile\'s REGRESS' % name
    for name in listed:
        if name not in written:
            yield 'sql/%s.sql: missing, the Makefile\'s REGRESS has it' % name
        if not house.has('expected/%s.out' % name):
            yield 'expected/%s.out: missing' % name
    for name in sorted(room_of(f) for f in house.select('expected/*.out')):
        if re.sub(r'_\d+$', '', name) not in listed and name not in listed:
            yield 'expected/%s.out: no such chapter' % name


def top_level(house):
    """the top level is as drawn in CONTRIBUTING.md, nothing beside it"""
    drawn = {'Makefile', FRONT_DOOR, 'pc_analytics_fdw.control', 'README.md', 'src', 'sql',
             'expected', 'test', 'doc', 'CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE',
             'META.json', '.editorconfig', '.gitignore', '.github', '.ci'}
    for name in sorted({f.split('/')[0] for f in house.files} - drawn):
        yield '%s: not drawn in the top level' % name


RULES = [rooms, build, version, chapters, top_level]
