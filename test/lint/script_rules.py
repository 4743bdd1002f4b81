"""Rules about scripts: each can be read by its own language."""
import glob
import json
import os
import re
import shutil
import subprocess
import tempfile

from tree import at_once

# Other versions of perltidy break some lines elsewhere; this is that of Debian 12.
PERLTIDY_VERSION = 'v20220613'


def run(arguments, **more):
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, **more)
    return done.returncode, done.stdout.strip()


def shell(tree):
    """shell scripts are understood by bash, and please shellcheck"""
    shellcheck = shutil.which('shellcheck')
    if not shellcheck:
        tree.note('shellcheck is not installed')

    def check(name):
        code, output = run(['bash', '-n', name], cwd=tree.root)
        if shellcheck and not code:
            code, output = run([shellcheck, '-x', '-S', 'warning', '-f', 'gcc', name],
                               cwd=tree.root)
        return output if code else ''

    for _, output in at_once(check, tree.scripts('shell')):
        yield from output.split('\n') if output else ()


def perl(tree):
    """Perl scripts compile"""
    libraries = perl_libraries() + [os.path.join(tree.root, 'test', 'lib')]
    code, _ = run(['perl', *['-I' + path for path in libraries],
                   '-MPostgreSQL::Test::Cluster', '-e', '1'])
    modules = ''.join(tree.text(f) for f in tree.scripts('perl') if f.startswith('test/lib/'))
    names = tree.scripts('perl')
    for name in names if code else ():
        if 'PostgreSQL::Test' in tree.text(name) + modules:
            tree.note('%s not read, PostgreSQL::Test is not installed' % name)
            names = [other for other in names if other != name]

    def compiled(name):
        return run(['perl', *['-I' + path for path in libraries], '-wc', name], cwd=tree.root)

    for name, (failed, output) in at_once(compiled, names):
        if failed or output != '%s syntax OK' % name:
            yield '%s: %s' % (name, output)


def perl_warnings(tree):
    """Perl scripts use strict, and warnings that are errors"""
    for name in tree.scripts('perl'):
        for pragma in ('use strict;', "use warnings FATAL => 'all';"):
            if pragma not in tree.text(name).split('\n'):
                yield '%s: "%s" is missing' % (name, pragma)


def perl_layout(tree):
    """Perl scripts are laid out by perltidy with test/lint/perltidyrc"""
    found = shutil.which('perltidy') and run(['perltidy', '--version'])[1]
    if not found or PERLTIDY_VERSION not in found:
        tree.note('perltidy %s is not installed' % PERLTIDY_VERSION)
        return

    def tidied(name):
        return run(['perltidy', '--profile=test/lint/perltidyrc', '--standard-output',
                    '--standard-error-output', name], cwd=tree.root)

    for name, (code, output) in at_once(tidied, tree.scripts('perl')):
        if code:
            yield '%s: perltidy cannot read it' % name
        elif output != tree.text(name).strip():
            yield '%s: perltidy --profile=test/lint/perltidyrc changes it' % name


def c_layout(tree):
    """C files are laid out by pgindent with test/lint/typedefs.list"""
    if not shutil.which('pgindent') or not shutil.which('pg_bsd_indent'):
        tree.note('pgindent is not installed')
        return
    types = os.path.join(tree.root, 'test/lint/typedefs.list')
    # pgindent leaves files behind where it fails
    with tempfile.TemporaryDirectory() as folder:
        def indented(name):
            return run(['pgindent', '--check', '--typedefs=' + types,
                        os.path.join(tree.root, name)], cwd=folder)

        for name, (code, output) in at_once(indented, tree.c_files()):
            if code:
                yield '%s: %s' % (name, output or 'pgindent changes it')


def perl_libraries():
    """Where PostgreSQL's test modules are: as told, else where Debian has them."""
    told = [p for p in os.environ.get('PERL5LIB', '').split(':') if p]
    found = glob.glob('/usr/lib/postgresql/*/lib/pgxs/src/test/perl')
    return told + sorted(found, key=lambda p: int(p.split('/')[4]), reverse=True)[:1]


def python(tree):
    """Python scripts compile"""
    for name in tree.scripts('python'):
        try:
            compile(tree.raw(name), name, 'exec')
        except (SyntaxError, ValueError) as error:
            yield '%s: %s' % (name, error)


def json_files(tree):
    """JSON files are JSON"""
    for name in tree.files:
        if name.endswith('.json') and not name.startswith('test/mock_api/seeds/'):
            try:
                json.loads(tree.text(name))
            except ValueError as error:
                yield '%s: %s' % (name, error)


def patches(tree):
    """the patches of test/mutation apply"""
    if not shutil.which('patch'):
        tree.note('patch is not installed')
        return
    for name in tree.select('test/mutation/*.patch'):
        with open(os.path.join(tree.root, name), encoding='utf-8') as text:
            code, output = run(['patch', '-p1', '--fuzz=1', '--dry-run', '--force'],
                               cwd=tree.root, stdin=text)
        if code:
            yield '%s: %s' % (name, output)


def example(tree):
    """the example of a new resource in CONTRIBUTING.md applies"""
    found = re.search(r'^```diff\n(.*?)^```$', tree.text('CONTRIBUTING.md'), re.M | re.S)
    if not found:
        yield 'CONTRIBUTING.md: there is no example of a new resource'
    elif not shutil.which('patch'):
        tree.note('patch is not installed')
    else:
        # documents have no tabs, so that white space is not compared
        code, output = run(['patch', '-p1', '-l', '--fuzz=0', '--dry-run', '--force'],
                           cwd=tree.root, input=found.group(1))
        if code:
            yield 'CONTRIBUTING.md: %s' % output


RULES = [shell, perl, perl_warnings, perl_layout, c_layout, python, json_files, patches, example]
