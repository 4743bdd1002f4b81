"""Rules about scripts: each can be read by its own language."""
import glob
import json
import os
import shutil
import subprocess


def run(arguments, **more):
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, **more)
    return done.returncode, done.stdout.strip()


def shell(house):
    """shell scripts are understood by bash, and please shellcheck"""
    shellcheck = shutil.which('shellcheck')
    if not shellcheck:
        house.note('shellcheck is not installed')
    for name in house.scripts('shell'):
        code, output = run(['bash', '-n', name], cwd=house.root)
        if code:
            yield output
        elif shellcheck:
            code, output = run([shellcheck, '-x', '-S', 'warning', '-f', 'gcc', name],
                               cwd=house.root)
            if code:
                yield from output.split('\n')


def perl(house):
    """Perl scripts compile"""
    libraries = perl_libraries() + [os.path.join(house.root, 'test', 'lib')]
    code, _ = run(['perl', *['-I' + path for path in libraries],
                   '-MPostgreSQL::Test::Cluster', '-e', '1'])
    for name in house.scripts('perl'):
        if code and 'PostgreSQL::Test' in house.text(name) + house_modules(house, name):
            house.note('%s not read, PostgreSQL::Test is not installed' % name)
            continue
        failed, output = run(['perl', *['-I' + path for path in libraries], '-wc', name],
                             cwd=house.root)
        if failed or output != '%s syntax OK' % name:
            yield '%s: %s' % (name, output)


def house_modules(house, name):
    """The text of our own modules that the script may use."""
    return ''.join(house.text(f) for f in house.scripts('perl') if f.startswith('test/lib/'))


def perl_libraries():
    """Where PostgreSQL's test modules are: as told, else where Debian has them."""
    told = [p for p in os.environ.get('PERL5LIB', '').split(':') if p]
    found = glob.glob('/usr/lib/postgresql/*/lib/pgxs/src/test/perl')
    return told + sorted(found, key=lambda p: int(p.split('/')[4]), reverse=True)[:1]


def python(house):
    """Python scripts compile"""
    for name in house.scripts('python'):
        try:
            compile(house.raw(name), name, 'exec')
        except (SyntaxError, ValueError) as error:
            yield '%s: %s' % (name, error)


def json_files(house):
    """JSON files are JSON"""
    for name in house.files:
        if name.endswith('.json') and not name.startswith('test/mock_api/seeds/'):
            try:
                json.loads(house.text(name))
            except ValueError as error:
                yield '%s: %s' % (name, error)


def patches(house):
    """the patches of the mutants apply"""
    if not shutil.which('patch'):
        house.note('patch is not installed')
        return
    for name in house.select('test/mutation/*.patch'):
        with open(os.path.join(house.root, name), encoding='utf-8') as text:
            code, output = run(['patch', '-p1', '--fuzz=1', '--dry-run', '--force'],
                               cwd=house.root, stdin=text)
        if code:
            yield '%s: %s' % (name, output)


RULES = [shell, perl, python, json_files, patches]
